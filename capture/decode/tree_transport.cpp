// Trees of TCP, UDP and VXLAN, with what the stream's history says about a segment.
#include <array>

#include "capture/decode/findings.h"
#include "capture/decode/tcp_options.h"
#include "capture/decode/tree_writer.h"
#include "capture/packet.h"
#include "engine/base/byte_order.h"
#include "engine/wire/checksum.h"
#include "engine/wire/tcp.h"

namespace fulcrum::capture {
namespace {

std::uint64_t pseudo_header_sum(const Layer& ip, std::uint8_t protocol, std::size_t length) {
    const auto addresses = ip.protocol == Protocol::ipv4 ? ip.bytes.subspan(12, 8) : ip.bytes.subspan(8, 32);
    return wire::sum_of(addresses) + protocol + length;
}

// What a checksum field says. Offload leaves the sum of the pseudo-header in it, with or without the length,
// for the card to finish: that is unfinished, not wrong.
struct Verdict {
    std::string_view words;
    bool wrong = false;
};
Verdict judge_checksum(const Layer& layer, const LayerContext& context, std::uint8_t protocol,
                       std::size_t at) {
    const auto field = load_be16(layer.bytes.data() + at);
    if (protocol == 17 && field == 0) {
        return {"none"};
    }
    if (context.ip == nullptr || layer.in_error) {
        return {"not checked"};
    }
    if (layer.missing != 0) {
        return {"not checked: the packet was cut"};
    }
    const auto length = layer.bytes.size();
    if (wire::finish(wire::sum_of(layer.bytes) + pseudo_header_sum(*context.ip, protocol, length)) == 0) {
        return {"right"};
    }
    if ((context.facts.flags & flag_checksum_not_ready) != 0 ||
        field == wire::fold(pseudo_header_sum(*context.ip, protocol, length)) ||
        field == wire::fold(pseudo_header_sum(*context.ip, protocol, 0))) {
        return {"left to offload, not written yet"};
    }
    // Segments larger than any frame were never on a wire like this.
    constexpr std::size_t largest_frame = 9216;
    if (length > largest_frame || static_cast<Direction>(context.facts.flags & 3U) == Direction::out) {
        return {"not checked: left to offload by its sender, it seems"};
    }
    return {"wrong", true};
}

void write_checksum(const TreeWriter& out, const Layer& layer, const LayerContext& context,
                    std::uint8_t protocol, std::size_t at) {
    const auto verdict = judge_checksum(layer, context, protocol, at);
    out.add(fmt::format("Checksum: 0x{:04x} ({})", load_be16(layer.bytes.data() + at), verdict.words),
            layer.bytes.subspan(at, 2))
        .mark(verdict.wrong ? TreeNode::Mark::warning : TreeNode::Mark::none);
}

void write_options(const TreeWriter& out, Bytes options) {
    if (options.empty()) {
        return;
    }
    const auto node = out.add(fmt::format("Options: {} bytes", options.size()), options);
    TcpOptionWalk walk(options);
    while (const auto option = walk.next()) {
        const auto b = option->bytes;
        const auto* p = b.data();
        if (option->kind == 2 && b.size() == 4) {
            node.number("Maximum segment size", load_be16(p + 2), b, "tcp.options.mss_val");
        } else if (option->kind == 3 && b.size() == 3) {
            node.add(fmt::format("Window scale: {} (times {})", p[2], 1U << std::min<unsigned>(p[2], 14)), b);
        } else if (option->kind == 4 && b.size() == 2) {
            node.add("SACK permitted", b);
        } else if (option->kind == 5) {
            std::string blocks;
            for (std::size_t at = 2; at + 8 <= b.size(); at += 8) {
                blocks += fmt::format(" {}–{}", load_be32(p + at), load_be32(p + at + 4));
            }
            node.add(fmt::format("SACK:{}", blocks), b);
        } else if (option->kind == 8 && b.size() == 10) {
            node.add(fmt::format("Timestamps: {}, echo {}", load_be32(p + 2), load_be32(p + 6)), b);
        } else if (option->kind == 1) {
            node.add("No operation", b);
        } else if (option->kind != 0) {
            node.add(fmt::format("Option {}, {} bytes", option->kind, b.size()), b);
        }
    }
    if (walk.broken()) {
        node.add("The options break off").mark(TreeNode::Mark::warning);
    }
}

void write_tcp(const TreeWriter& out, const Layer& layer, const LayerContext& context) {
    const auto b = layer.bytes;
    const auto* p = b.data();
    const auto& facts = context.facts;
    const bool known = context.innermost_tcp && !layer.in_error;
    out.number("Source port", load_be16(p), b.subspan(0, 2), "tcp.srcport");
    out.number("Destination port", load_be16(p + 2), b.subspan(2, 2), "tcp.dstport");
    if (b.size() < 8) {
        return; // cut by the capture
    }
    if (known && facts.stream) {
        out.number("Stream", *facts.stream, {}, "tcp.stream");
    }
    const auto relative = [&](std::string_view label, std::size_t at,
                              const std::optional<std::uint32_t>& base, std::string_view name,
                              std::string_view raw_name) {
        const auto raw = load_be32(p + at);
        if (known && base) {
            out.number(label, raw - *base, b.subspan(at, 4), name, "counted from the first")
                .number("As sent", raw, b.subspan(at, 4), raw_name);
        } else {
            // Of what an ICMP error quotes the fields hold the numbers as they were sent.
            constexpr std::size_t least = 16; // for the fields
            out.number(label, raw, b.subspan(at, 4),
                       layer.in_error     ? name
                       : b.size() < least ? std::string_view{}
                                          : raw_name);
        }
    };
    relative("Sequence", 4, facts.sequence_base, "tcp.seq", "tcp.seq_raw");
    if (b.size() < 20) {
        return; // quoted by an ICMP error, or cut by the capture
    }
    const auto flags = p[13];
    if ((flags & wire::tcp_flag::ack) != 0) {
        relative("Acknowledgement", 8, facts.acknowledgement_base, "tcp.ack", "tcp.ack_raw");
    }
    out.number("Header length", std::uint64_t{4} * (p[12] >> 4), b.subspan(12, 1), "tcp.hdr_len");
    constexpr std::array<std::tuple<std::uint8_t, std::string_view, std::string_view>, 8> names{{
        {0x01, "FIN", "tcp.flags.fin"},
        {0x02, "SYN", "tcp.flags.syn"},
        {0x04, "RST", "tcp.flags.reset"},
        {0x08, "PSH", "tcp.flags.push"},
        {0x10, "ACK", "tcp.flags.ack"},
        {0x20, "URG", "tcp.flags.urg"},
        {0x40, "ECE", "tcp.flags.ece"},
        {0x80, "CWR", "tcp.flags.cwr"},
    }};
    std::string set;
    for (const auto& [bit, word, name] : names) {
        set += (flags & bit) != 0 ? (set.empty() ? "" : ", ") + std::string(word) : "";
    }
    const auto node = out.hex("Flags", load_be16(p + 12) & 0x0fffU, 3, b.subspan(12, 2), "tcp.flags", set);
    for (const auto& [bit, word, name] : names) {
        node.number(word, (flags & bit) != 0 ? 1 : 0, b.subspan(13, 1), name);
    }
    const std::uint64_t window = load_be16(p + 14);
    if (known && facts.window_shift > 0 && (flags & wire::tcp_flag::syn) == 0) {
        out.number("Window", window << facts.window_shift, b.subspan(14, 2), "tcp.window_size",
                   fmt::format("{} times {}", window, 1U << facts.window_shift));
    } else {
        out.number("Window", window, b.subspan(14, 2), "tcp.window_size_value");
    }
    write_checksum(out, layer, context, 6, wire::tcp_checksum_offset);
    write_options(out, b.subspan(20, layer.header - 20));
    if (!layer.in_error) {
        out.number("Payload bytes", layer.payload().size() + layer.missing, layer.payload(), "tcp.len");
    }
    if (known) {
        for (const auto& finding : findings_of(facts.findings)) {
            out.add(std::string(finding.words), {}, finding.field)
                .mark(finding.bad ? TreeNode::Mark::warning : TreeNode::Mark::note);
        }
    }
}

void write_udp(const TreeWriter& out, const Layer& layer, const LayerContext& context) {
    const auto b = layer.bytes;
    out.number("Source port", load_be16(b.data()), b.subspan(0, 2), "udp.srcport");
    out.number("Destination port", load_be16(b.data() + 2), b.subspan(2, 2), "udp.dstport");
    if (is_cut(layer)) {
        return;
    }
    out.number("Length", load_be16(b.data() + 4), b.subspan(4, 2), "udp.length");
    write_checksum(out, layer, context, 17, 6);
}

} // namespace

std::vector<Finding> findings_of(std::uint16_t bits) {
    // In the order of the bits of tcp_finding.
    static constexpr std::array<Finding, 15> all{{
        {"Retransmission", "tcp.analysis.retransmission", true},
        {"Fast retransmission", "tcp.analysis.fast_retransmission", true},
        {"Spurious retransmission: it was acknowledged already", "tcp.analysis.spurious_retransmission",
         true},
        {"Out of order", "tcp.analysis.out_of_order", true},
        {"A segment before this one was not captured", "tcp.analysis.lost_segment", true},
        {"Duplicate acknowledgement", "tcp.analysis.duplicate_ack", true},
        {"Window closed", "tcp.analysis.zero_window", true},
        {"Zero-window probe", "tcp.analysis.zero_window_probe", false},
        {"Answer to a zero-window probe", "tcp.analysis.zero_window_probe_ack", false},
        {"Keep-alive", "tcp.analysis.keep_alive", false},
        {"Answer to a keep-alive", "tcp.analysis.keep_alive_ack", false},
        {"Window update", "tcp.analysis.window_update", false},
        {"Fills the receiver's window", "tcp.analysis.window_full", true},
        {"Acknowledges what was not captured", "tcp.analysis.ack_lost_segment", true},
        {"The ports of an earlier connection again", "tcp.analysis.reused_ports", false},
    }};
    std::vector<Finding> found;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if ((bits >> i & 1U) != 0) {
            found.push_back(all[i]);
        }
    }
    return found;
}

void write_transport(const TreeWriter& out, const Layer& layer, const LayerContext& context) {
    switch (layer.protocol) {
    case Protocol::tcp:
        return write_tcp(out, layer, context);
    case Protocol::udp:
        return write_udp(out, layer, context);
    case Protocol::vxlan:
        out.number("Network identifier", load_be32(layer.bytes.data() + 4) >> 8, layer.bytes.subspan(4, 3),
                   "vxlan.vni");
        return;
    default:
        return;
    }
}

} // namespace fulcrum::capture
