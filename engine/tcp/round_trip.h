// Round-trip time estimation and the retransmission time-out (RFC 6298), and the minimum that RACK wants.
#pragma once

#include "engine/base/clock.h"

namespace fulcrum::tcp {

class RoundTrip {
public:
    // RFC 6298 2.4 asks for a floor of 1 s; we follow Linux and its 200 ms, because a lab's links are short
    // and the delayed acknowledgements of its stacks are 40 ms. RFC 6298 section 5 allows a lower floor with
    // a finer clock.
    static constexpr Duration floor = std::chrono::milliseconds(200);
    static constexpr Duration ceiling = std::chrono::seconds(60);
    static constexpr Duration initial = std::chrono::seconds(1);

    void sample(Duration measured);
    bool known() const { return smoothed_.count() != 0; }
    Duration smoothed() const { return smoothed_; }
    Duration minimum() const { return minimum_; }
    Duration variation() const { return variation_; }
    Duration timeout() const; // without back-off

private:
    Duration smoothed_{0}, variation_{0}, minimum_{0};
};

} // namespace fulcrum::tcp
