#include "capture/pcapng_source.h"

#include <fmt/format.h>
#include <limits>

namespace fulcrum::capture {
namespace {

__extension__ using Wide = __int128;

std::int64_t saturated(Wide value) {
    constexpr Wide low = std::numeric_limits<std::int64_t>::min();
    constexpr Wide high = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(value < low ? low : value > high ? high : value);
}

std::uint64_t ticks_at(const Block& block, std::size_t at) {
    const auto high = block.order.load32(block.body.data() + at);
    const auto low = block.order.load32(block.body.data() + at + 4);
    return (std::uint64_t{high} << 32) | low;
}

// Packet bytes and options behind the fixed part of a packet block.
Result<> take_packet(const Block& block, std::size_t fixed, std::uint32_t captured, ReadPacket& into) {
    const auto rest = block.body.subspan(fixed);
    if (captured > rest.size()) {
        return damaged_at(block.offset, fmt::format("a packet of {} bytes in a block with room for {}",
                                                    captured, rest.size()));
    }
    into.packet.bytes = rest.first(captured);
    const auto padded = (std::size_t{captured} + 3) & ~std::size_t{3}; // a block is a multiple of four
    into.options = Options(rest.subspan(std::min(padded, rest.size())), block.order);
    into.packet.flags = 0;
    if (const auto flags = into.options.find(option::packet_flags); flags && flags->value.size() == 4) {
        into.packet.flags = block.order.load32(flags->value.data());
    }
    into.offset = block.offset;
    return {};
}

Result<> too_short(const Block& block, std::string_view what) {
    return damaged_at(block.offset, fmt::format("{} of {} bytes is too short", what, block.body.size() + 12));
}

} // namespace

std::int64_t PcapngSource::Clock::nanoseconds(std::uint64_t ticks) const {
    const unsigned exponent = resolution & 0x7fU;
    Wide ns = ticks;
    if ((resolution & 0x80U) != 0) { // a power of two; 64 + 30 bits fit
        ns = (ns * 1'000'000'000) >> exponent;
    } else if (exponent <= 9) {
        for (unsigned i = exponent; i < 9; ++i) {
            ns *= 10;
        }
    } else {
        for (unsigned i = 9; i < exponent && ns != 0; ++i) {
            ns /= 10;
        }
    }
    return saturated(ns + Wide{offset_s} * 1'000'000'000);
}

Result<bool> PcapngSource::next(ReadPacket& into) {
    while (true) {
        auto block = blocks_.next();
        if (!block) {
            return tl::unexpected(block.error());
        }
        if (!*block) {
            return false;
        }
        Result<> done;
        ReadPacket read;
        bool is_packet = false;
        switch ((*block)->type) {
        case BlockType::section:
            done = process_section(**block);
            break;
        case BlockType::interface:
            done = process_interface(**block);
            break;
        case BlockType::statistics:
            done = process_statistics(**block);
            break;
        case BlockType::enhanced_packet:
            is_packet = true;
            done = process_enhanced(**block, read);
            break;
        case BlockType::packet:
            is_packet = true;
            done = process_obsolete(**block, read);
            break;
        case BlockType::simple_packet:
            is_packet = true;
            done = process_simple(**block, read);
            break;
        default:
            break; // names and what is not known: carries no packet
        }
        if (!done) {
            return tl::unexpected(done.error());
        }
        if (is_packet) {
            into = read;
            return true;
        }
    }
}

Result<> PcapngSource::process_section(const Block& block) {
    if (block.body.size() < 16) {
        return too_short(block, "section header");
    }
    if (block.order.load16(block.body.data() + 4) != 1) {
        return damaged_at(block.offset + 12,
                          fmt::format("pcapng version {}", block.order.load16(block.body.data() + 4)));
    }
    section_begins_ = interfaces_.size();
    ++sections_;
    return {};
}

Result<> PcapngSource::process_interface(const Block& block) {
    if (block.body.size() < 8) {
        return too_short(block, "interface description");
    }
    CaptureInterface interface;
    Clock clock;
    interface.link_type = block.order.load16(block.body.data());
    interface.snaplen_bytes = block.order.load32(block.body.data() + 4);
    interface.section = sections_ - 1;
    Options options(block.body.subspan(8), block.order);
    while (const auto found = options.next()) {
        switch (found->code) {
        case option::comment:
            interface.comment = found->text();
            break;
        case option::interface_name:
            interface.name = found->text();
            break;
        case option::interface_description:
            interface.description = found->text();
            break;
        case option::interface_filter:
            interface.filter = found->value.empty() || found->value[0] != 0 ? "" : found->text().substr(1);
            break;
        case option::interface_resolution:
            clock.resolution = found->value.size() == 1 ? found->value[0] : clock.resolution;
            break;
        case option::interface_offset:
            clock.offset_s = found->value.size() == 8
                                 ? static_cast<std::int64_t>(block.order.load64(found->value.data()))
                                 : 0;
            break;
        default:
            break;
        }
    }
    if (options.damaged()) {
        return damaged_at(block.offset, "the options of an interface break off");
    }
    interfaces_.push_back(std::move(interface));
    clocks_.push_back(clock);
    return {};
}

Result<> PcapngSource::process_statistics(const Block& block) {
    if (block.body.size() < 12) {
        return too_short(block, "interface statistics");
    }
    const auto index = global_index(block, block.order.load32(block.body.data()));
    if (!index) {
        return tl::unexpected(index.error());
    }
    Options options(block.body.subspan(12), block.order);
    while (const auto found = options.next()) {
        if (found->value.size() == 8 && found->code == option::statistics_received) {
            interfaces_[*index].received = block.order.load64(found->value.data());
        } else if (found->value.size() == 8 && found->code == option::statistics_dropped) {
            interfaces_[*index].dropped = block.order.load64(found->value.data());
        }
    }
    return {};
}

Result<> PcapngSource::process_enhanced(const Block& block, ReadPacket& into) const {
    if (block.body.size() < 20) {
        return too_short(block, "enhanced packet");
    }
    const auto* body = block.body.data();
    const auto index = global_index(block, block.order.load32(body));
    if (!index) {
        return tl::unexpected(index.error());
    }
    into.packet.interface = *index;
    into.packet.time_ns = clocks_[*index].nanoseconds(ticks_at(block, 4));
    into.packet.original_bytes = block.order.load32(body + 16);
    return take_packet(block, 20, block.order.load32(body + 12), into);
}

Result<> PcapngSource::process_obsolete(const Block& block, ReadPacket& into) const {
    if (block.body.size() < 20) {
        return too_short(block, "packet");
    }
    const auto* body = block.body.data();
    const auto index = global_index(block, block.order.load16(body));
    if (!index) {
        return tl::unexpected(index.error());
    }
    into.packet.interface = *index;
    into.packet.time_ns = clocks_[*index].nanoseconds(ticks_at(block, 4));
    into.packet.original_bytes = block.order.load32(body + 16);
    return take_packet(block, 20, block.order.load32(body + 12), into);
}

Result<> PcapngSource::process_simple(const Block& block, ReadPacket& into) const {
    if (block.body.size() < 4) {
        return too_short(block, "simple packet");
    }
    const auto index = global_index(block, 0);
    if (!index) {
        return tl::unexpected(index.error());
    }
    into.packet.interface = *index;
    into.packet.original_bytes = block.order.load32(block.body.data());
    const auto snaplen = interfaces_[*index].snaplen_bytes;
    auto captured = into.packet.original_bytes;
    if (snaplen != 0) {
        captured = std::min(captured, snaplen);
    }
    auto taken = take_packet(block, 4, captured, into);
    into.options = {}; // this block has none
    into.packet.flags = 0;
    return taken;
}

Result<std::uint32_t> PcapngSource::global_index(const Block& block, std::uint32_t in_section) const {
    if (in_section >= interfaces_.size() - section_begins_) {
        return damaged_at(block.offset,
                          fmt::format("interface {} is not described in its section", in_section));
    }
    return static_cast<std::uint32_t>(section_begins_ + in_section);
}

} // namespace fulcrum::capture
