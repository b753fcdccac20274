// A rate limit: `burst` at once, `per_second` in the long run.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/base/clock.h"

namespace fulcrum::stack {

class TokenBucket {
public:
    TokenBucket(std::uint32_t per_second, std::uint32_t burst)
        : cost_(std::chrono::nanoseconds(std::chrono::seconds(1)) / per_second), capacity_(cost_ * burst),
          credit_(capacity_) {}

    // Takes one token; false when there is none.
    bool take(Instant now) {
        if (now > last_) {
            credit_ = last_ == Instant{} ? capacity_ : std::min(capacity_, credit_ + (now - last_));
            last_ = now;
        }
        if (credit_ < cost_) {
            return false;
        }
        credit_ -= cost_;
        return true;
    }

private:
    Duration cost_;
    Duration capacity_;
    Duration credit_;
    Instant last_{};
};

} // namespace fulcrum::stack
