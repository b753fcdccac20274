// TCP options of captured segments, one after the other, whatever they are (RFC 9293 section 3.1). Unlike the
// engine's parser this one does not refuse: it shows what is there up to where it breaks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace fulcrum::capture {

class TcpOptionWalk {
public:
    explicit TcpOptionWalk(std::span<const std::uint8_t> options) : options_(options) {}

    struct Option {
        std::uint8_t kind = 0;
        std::size_t offset = 0;              // in the option bytes
        std::span<const std::uint8_t> bytes; // kind and length included
    };
    std::optional<Option> next() {
        if (at_ >= options_.size()) {
            return std::nullopt;
        }
        const auto kind = options_[at_];
        std::size_t length = 1;
        if (kind > 1) {
            length = at_ + 1 < options_.size() ? options_[at_ + 1] : 0;
            if (length < 2 || length > options_.size() - at_) {
                broken_ = true;
                at_ = options_.size();
                return std::nullopt;
            }
        }
        const Option found{kind, at_, options_.subspan(at_, length)};
        at_ = kind == 0 ? options_.size() : at_ + length;
        return found;
    }
    bool broken() const { return broken_; }

private:
    std::span<const std::uint8_t> options_;
    std::size_t at_ = 0;
    bool broken_ = false;
};

// The shift of a window scale option (RFC 7323), at most 14; none when absent.
inline std::optional<std::uint8_t> window_scale_of(std::span<const std::uint8_t> options) {
    TcpOptionWalk walk(options);
    while (const auto option = walk.next()) {
        if (option->kind == 3 && option->bytes.size() == 3) {
            return option->bytes[2] > 14 ? std::uint8_t{14} : option->bytes[2];
        }
    }
    return std::nullopt;
}

} // namespace fulcrum::capture
