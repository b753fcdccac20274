#include "capture/decode/packet_tree.h"

#include <ctime>

#include "capture/decode/tree_writer.h"
#include "capture/packet.h"
#include "engine/base/address.h"

namespace fulcrum::capture {
namespace {

std::string seconds_text(std::int64_t ns) {
    const auto magnitude = ns < 0 ? ~static_cast<std::uint64_t>(ns) + 1 : static_cast<std::uint64_t>(ns);
    return fmt::format("{}{}.{:09}", ns < 0 ? "-" : "", magnitude / 1'000'000'000, magnitude % 1'000'000'000);
}

std::string calendar_text(std::int64_t ns) {
    auto seconds = static_cast<std::time_t>(ns / 1'000'000'000);
    auto part = ns % 1'000'000'000;
    if (part < 0) {
        part += 1'000'000'000;
        --seconds;
    }
    std::tm broken{};
    if (::gmtime_r(&seconds, &broken) == nullptr) {
        return seconds_text(ns);
    }
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &broken);
    return fmt::format("{}.{:09} UTC", text, part);
}

void write_frame(const TreeWriter& out, Bytes packet, const PacketFacts& facts) {
    out.number("Number", facts.number, {}, "frame.number");
    if (facts.time_ns) {
        out.add(fmt::format("Time: {}", calendar_text(*facts.time_ns)), {}, "frame.time_epoch",
                seconds_text(*facts.time_ns));
    } else {
        out.add("Time: the file does not say");
    }
    if (facts.since_first_ns) {
        const auto text = seconds_text(*facts.since_first_ns);
        out.add(fmt::format("Since the first packet: {} s", text), {}, "frame.time_relative", text);
    }
    if (facts.since_previous_ns) {
        out.add(fmt::format("Since the packet before: {} s", seconds_text(*facts.since_previous_ns)));
    }
    out.number("Bytes on the wire", facts.original_bytes, {}, "frame.len");
    auto kept = out.number("Bytes kept", packet.size(), {}, "frame.cap_len");
    if (packet.size() < facts.original_bytes) {
        kept.mark(TreeNode::Mark::note);
        kept.add(fmt::format("{} bytes were not captured", facts.original_bytes - packet.size()));
    }
    if (!facts.interface.empty()) {
        out.text("Interface", facts.interface, {}, "frame.interface_name");
    }
    switch (static_cast<Direction>(facts.flags & 3U)) {
    case Direction::in:
        out.add("Direction: in");
        break;
    case Direction::out:
        out.add("Direction: out");
        break;
    default:
        break;
    }
    if (facts.options_damaged) {
        out.add("The options of its block are damaged: comments and flags behind the damage are lost")
            .mark(TreeNode::Mark::warning);
    }
    for (const auto& comment : facts.comments) {
        out.text("Comment", comment, {}, "frame.comment").mark(TreeNode::Mark::note);
    }
}

std::string title_with_ends(const Layer& layer) {
    const bool has_ports = layer.protocol == Protocol::tcp || layer.protocol == Protocol::udp;
    if (is_cut(layer) && !has_ports) {
        return fmt::format("{}, cut", title_of(layer.protocol));
    }
    const auto* p = layer.bytes.data();
    const auto mac = [&](std::size_t at) {
        Mac one;
        std::copy(p + at, p + at + 6, one.bytes.begin());
        return one.text();
    };
    const auto port = [&](std::size_t at) { return p[at] << 8 | p[at + 1]; };
    switch (layer.protocol) {
    case Protocol::ethernet:
        return fmt::format("Ethernet, {} → {}", mac(6), mac(0));
    case Protocol::ipv4:
    case Protocol::ipv6:
        return fmt::format("{}, {} → {}", title_of(layer.protocol), endpoint_text(layer, true),
                           endpoint_text(layer, false));
    case Protocol::tcp:
    case Protocol::udp:
        return fmt::format("{}, {} → {}", title_of(layer.protocol), port(0), port(2));
    case Protocol::payload:
        return fmt::format("Payload, {} bytes", layer.bytes.size());
    default:
        return std::string(title_of(layer.protocol));
    }
}

} // namespace

std::string TreeWriter::printable(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 4096)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : fmt::format("\\x{:02x}", byte);
        } else if (byte < 0x80) {
            out += c;
        } else {
            out += fmt::format("\\x{:02x}", byte);
        }
    }
    return out;
}

std::string TreeWriter::quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte >= 0x7f) {
            out += fmt::format("\\x{:02x}", byte);
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string endpoint_text(const Layer& ip, bool source) {
    const auto* p = ip.bytes.data();
    return ip.protocol == Protocol::ipv4 ? IpAddress::v4_bytes(p + (source ? 12 : 16)).text()
                                         : IpAddress::v6_bytes(p + (source ? 8 : 24)).text();
}

std::vector<TreeNode> make_tree(Bytes packet, Bytes reassembled, const Layers& layers,
                                const PacketFacts& facts) {
    TreeNode root;
    const TreeWriter top(root, packet, false);
    write_frame(top.add(fmt::format("Packet {}, {} bytes", facts.number, facts.original_bytes), packet),
                packet, facts);

    const auto* innermost = layers.last(Protocol::tcp);
    LayerContext context{facts};
    for (const auto& layer : layers) {
        const TreeWriter writer(root, layer.reassembled ? reassembled : packet, layer.reassembled);
        const auto own = layer.protocol == Protocol::tcp || layer.protocol == Protocol::udp
                             ? layer.bytes.first(layer.header)
                         : layer.header == 0 ? layer.bytes
                                             : layer.bytes.first(layer.header);
        auto title = title_with_ends(layer);
        if (layer.in_error) {
            title += " (quoted by the error)";
        } else if (layer.reassembled) {
            title += " (put together from several packets)";
        }
        const bool is_data = layer.protocol == Protocol::payload || layer.protocol == Protocol::mdns;
        const auto node =
            writer.add(std::move(title), own, is_data ? std::string_view{} : name_of(layer.protocol));
        if (layer.protocol == Protocol::ipv4 || layer.protocol == Protocol::ipv6) {
            context.ip = &layer;
        }
        context.innermost_tcp = &layer == innermost;
        if (is_cut(layer)) {
            node.add(fmt::format("{} bytes of its header were captured", layer.bytes.size()))
                .mark(TreeNode::Mark::note);
        }
        write_link(node, layer);
        write_network(node, layer);
        write_transport(node, layer, context);
        write_application(node, layer);
    }
    return std::move(root.children);
}

} // namespace fulcrum::capture
