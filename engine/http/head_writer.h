// Writes a message head into a buffer on the stack, then once into one of the pool: a head costs one block.
#pragma once

#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

#include "engine/tcp/buffer.h"

namespace fulcrum::http {

class HeadWriter {
public:
    HeadWriter() {} // not `= default`: the bytes stay unwritten, there are many of them

    HeadWriter& operator<<(std::string_view text) {
        if (text.size() > bytes_.size() - used_) {
            overflowed_ = true;
            return *this;
        }
        if (text.empty()) { // its data() may be null, which memcpy does not take
            return *this;
        }
        std::memcpy(bytes_.data() + used_, text.data(), text.size());
        used_ += text.size();
        return *this;
    }
    HeadWriter& operator<<(std::uint64_t number) {
        std::array<char, 20> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        return *this << std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()));
    }
    void field(std::string_view name, std::string_view value) { *this << name << ": " << value << "\r\n"; }

    bool overflowed() const { return overflowed_; }

    // Empty when the head outgrew the largest block, or the pool has none left.
    tcp::Slice finish(tcp::BufferPool& pool) {
        if (overflowed_) {
            return {};
        }
        return pool.copy({reinterpret_cast<const std::uint8_t*>(bytes_.data()), used_});
    }

private:
    std::array<char, tcp::BufferPool::sizes.back()> bytes_;
    std::size_t used_ = 0;
    bool overflowed_ = false;
};

} // namespace fulcrum::http
