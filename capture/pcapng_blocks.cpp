#include "capture/pcapng_blocks.h"

#include <charconv>
#include <fmt/format.h>

#include "engine/base/byte_order.h"

namespace fulcrum::capture {
namespace {

constexpr std::size_t frame_bytes = 12; // type and the two lengths

std::size_t padded(std::size_t bytes) {
    return (bytes + 3) & ~std::size_t{3};
}

} // namespace

std::uint16_t ByteOrder::load16(const std::uint8_t* p) const {
    return big ? load_be16(p) : static_cast<std::uint16_t>(p[0] | (p[1] << 8));
}
std::uint32_t ByteOrder::load32(const std::uint8_t* p) const {
    return big ? load_be32(p) : __builtin_bswap32(load_be32(p));
}
std::uint64_t ByteOrder::load64(const std::uint8_t* p) const {
    return big ? load_be64(p) : __builtin_bswap64(load_be64(p));
}

tl::unexpected<Error> damaged_at(std::uint64_t offset, std::string_view why) {
    return bad_input(fmt::format("offset {}: {}", offset, why));
}

std::optional<std::uint64_t> damage_offset(const Error& error) {
    constexpr std::string_view before = "offset ";
    const auto at = error.message.find(before);
    if (at == std::string::npos) {
        return std::nullopt;
    }
    const auto* first = error.message.data() + at + before.size();
    const auto* last = error.message.data() + error.message.size();
    std::uint64_t value = 0;
    const auto [end, problem] = std::from_chars(first, last, value);
    return problem == std::errc{} && end != last && *end == ':' ? std::optional(value) : std::nullopt;
}

std::optional<Options::Option> Options::next() {
    if (rest_.empty() || damaged_) {
        return std::nullopt; // opt_endofopt may be left out when nothing follows
    }
    if (rest_.size() < 4) {
        damaged_ = true;
        return std::nullopt;
    }
    const auto code = order_.load16(rest_.data());
    const std::size_t length = order_.load16(rest_.data() + 2);
    if (code == option::end) {
        rest_ = {};
        return std::nullopt;
    }
    if (padded(length) > rest_.size() - 4) {
        damaged_ = true;
        return std::nullopt;
    }
    const Option found{code, rest_.subspan(4, length)};
    rest_ = rest_.subspan(4 + padded(length));
    return found;
}

std::optional<Options::Option> Options::find(std::uint16_t code) const {
    auto list = *this;
    while (const auto found = list.next()) {
        if (found->code == code) {
            return found;
        }
    }
    return std::nullopt;
}

Options options_of(const Block& block) {
    std::size_t fixed = 0;
    switch (block.type) {
    case BlockType::section:
        fixed = 16;
        break;
    case BlockType::interface:
        fixed = 8;
        break;
    case BlockType::statistics:
        fixed = 12;
        break;
    case BlockType::enhanced_packet:
    case BlockType::packet:
        fixed = 20;
        break;
    default:
        return {};
    }
    if (block.body.size() < fixed) {
        return {};
    }
    if (fixed == 20) { // the packet comes first
        const std::size_t captured = block.order.load32(block.body.data() + 12);
        if (padded(captured) > block.body.size() - fixed) {
            return {};
        }
        fixed += padded(captured);
    }
    return {block.body.subspan(fixed), block.order};
}

std::optional<std::uint64_t> broken_option(const Block& block) {
    constexpr std::size_t front = 8; // type and length
    constexpr std::size_t flags_bytes = 4;
    const bool is_packet = block.type == BlockType::enhanced_packet || block.type == BlockType::packet;
    auto options = options_of(block);
    while (true) {
        const auto at = options.rest();
        const auto found = options.next();
        if (options.damaged() || (found && is_packet && found->code == option::packet_flags &&
                                  found->value.size() != flags_bytes)) {
            return block.offset + front + static_cast<std::size_t>(at.data() - block.body.data());
        }
        if (!found) {
            return std::nullopt;
        }
    }
}

Result<std::optional<Block>> BlockIterator::next() {
    const auto left = file_.size() - offset_;
    missing_ = 0;
    if (left == 0) {
        return std::nullopt;
    }
    if (left < frame_bytes) {
        missing_ = frame_bytes - left;
        return damaged_at(offset_, "the file ends inside a block");
    }
    const auto* start = file_.data() + offset_;
    // The section header's type is a palindrome, and its third word tells the order of everything in the
    // section.
    if (load_be32(start) == static_cast<std::uint32_t>(BlockType::section)) {
        if (load_be32(start + 8) == byte_order_magic) {
            order_.big = true;
        } else if (load_be32(start + 8) == __builtin_bswap32(byte_order_magic)) {
            order_.big = false;
        } else {
            return damaged_at(offset_ + 8, "no byte order magic in a section header");
        }
        in_section_ = true;
    } else if (!in_section_) {
        return damaged_at(offset_, "no section header");
    }
    const std::size_t length = order_.load32(start + 4);
    if (length < frame_bytes || length % 4 != 0) {
        return damaged_at(offset_ + 4, fmt::format("block length {}", length));
    }
    if (length > left) {
        missing_ = length - left;
        return damaged_at(offset_, fmt::format("the file ends inside a block of {} bytes", length));
    }
    if (order_.load32(start + length - 4) != length) {
        return damaged_at(offset_ + length - 4, "the two lengths of a block differ");
    }
    Block block{offset_, static_cast<BlockType>(order_.load32(start)), order_,
                file_.subspan(static_cast<std::size_t>(offset_) + 8, length - frame_bytes)};
    offset_ += length;
    return block;
}

} // namespace fulcrum::capture
