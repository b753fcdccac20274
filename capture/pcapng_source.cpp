#include "capture/pcapng_source.h"

#include <fmt/format.h>
#include <limits>
#include <utility>

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
    constexpr std::string_view broken_option_words = "an option that does not fit into its block";
    while (true) {
        if (broken_) {
            return damaged_at(*broken_, broken_option_words);
        }
        auto block = blocks_.next();
        if (!block) {
            return tl::unexpected(block.error());
        }
        if (!*block) {
            return false;
        }
        offset_ = blocks_.offset();
        Result<> done;
        ReadPacket read;
        bool is_packet = false;
        broken_ = broken_option(**block);
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
        case BlockType::name_resolution:
            done = process_names(**block);
            break;
        default:
            if (other_blocks_.size() < max_kept) {
                other_blocks_.push_back({static_cast<std::uint32_t>((*block)->type), (*block)->offset,
                                         (*block)->body.size() + 12});
            }
            break;
        }
        if (!done) {
            return tl::unexpected(done.error());
        }
        if (is_packet) { // what stands before its options is whole
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
    CaptureSection section;
    section.big_endian = block.order.big;
    Options options(block.body.subspan(16), block.order);
    while (const auto found = options.next()) {
        switch (found->code) {
        case option::comment:
            section.comments.emplace_back(found->text());
            break;
        case option::section_hardware:
            section.hardware = found->text();
            break;
        case option::section_os:
            section.os = found->text();
            break;
        case option::section_application:
            section.application = found->text();
            break;
        default:
            break;
        }
    }
    sections_.push_back(std::move(section));
    return {};
}

// Records of type 1 (IPv4) and 2 (IPv6): an address, then names that each end with a zero (section 4.5).
Result<> PcapngSource::process_names(const Block& block) {
    auto rest = block.body;
    while (rest.size() >= 4) {
        const auto type = block.order.load16(rest.data());
        const std::size_t length = block.order.load16(rest.data() + 2);
        if (type == 0) {
            return {};
        }
        if (length > rest.size() - 4) {
            return damaged_at(block.offset, "the names of a name resolution block break off");
        }
        const auto value = rest.subspan(4, length);
        const std::size_t address_bytes = type == 1 ? 4 : type == 2 ? 16 : 0;
        if (address_bytes != 0 && length > address_bytes && names_.size() < max_kept) {
            NameRecord record{
                type == 1 ? IpAddress::v4_bytes(value.data()) : IpAddress::v6_bytes(value.data()), {}};
            std::string name;
            for (const auto byte : value.subspan(address_bytes)) {
                if (byte != 0) {
                    name.push_back(static_cast<char>(byte));
                } else if (!name.empty()) {
                    record.names.push_back(std::exchange(name, {}));
                }
            }
            if (!name.empty()) {
                record.names.push_back(std::move(name));
            }
            names_.push_back(std::move(record));
        }
        rest = rest.subspan(std::min(rest.size(), 4 + ((length + 3) & ~std::size_t{3})));
    }
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
    interface.section = static_cast<std::uint32_t>(sections_.size() - 1);
    Options options(block.body.subspan(8), block.order);
    while (const auto found = options.next()) {
        switch (found->code) {
        case option::comment:
            interface.comments.emplace_back(found->text());
            break;
        case option::interface_name:
            interface.name = found->text();
            break;
        case option::interface_description:
            interface.description = found->text();
            break;
        case option::interface_filter:
            if (!found->value.empty() && found->value[0] == 0) { // 0: as text
                interface.filter = Options::Option{found->code, found->value.subspan(1)}.text();
            }
            break;
        case option::interface_os:
            interface.os = found->text();
            break;
        case option::interface_hardware:
            interface.hardware = found->text();
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
    interface.resolution = clock.resolution;
    interface.offset_s = clock.offset_s;
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
    auto& interface = interfaces_[*index];
    Options options(block.body.subspan(12), block.order);
    while (const auto found = options.next()) {
        if (found->value.size() != 8) {
            continue;
        }
        const auto* value = found->value.data();
        const auto time = [&] { // the upper word first, whatever the byte order
            return clocks_[*index].nanoseconds((std::uint64_t{block.order.load32(value)} << 32) |
                                               block.order.load32(value + 4));
        };
        switch (found->code) {
        case option::statistics_start:
            interface.start_ns = time();
            break;
        case option::statistics_end:
            interface.end_ns = time();
            break;
        case option::statistics_received:
            interface.received = block.order.load64(value);
            break;
        case option::statistics_dropped:
            interface.dropped = block.order.load64(value);
            break;
        case option::statistics_filter_accepted:
            interface.filter_accepted = block.order.load64(value);
            break;
        case option::statistics_os_dropped:
            interface.os_dropped = block.order.load64(value);
            break;
        case option::statistics_delivered:
            interface.delivered = block.order.load64(value);
            break;
        default:
            break;
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
