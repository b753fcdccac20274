// Fields of TCP, UDP and VXLAN. Sequence numbers are relative and windows scaled, as in Wireshark.
#include <array>

#include "capture/decode/tcp_options.h"
#include "capture/filter/field.h"
#include "engine/base/byte_order.h"
#include "engine/wire/tcp.h"

namespace fulcrum::capture {
namespace {

using Type = FieldType;
using View = PacketView;

constexpr auto tcp = mask_of(Protocol::tcp), udp = mask_of(Protocol::udp), vxlan = mask_of(Protocol::vxlan);
constexpr std::uint64_t max16 = 0xffff, max32 = 0xffffffff;

constexpr Field layer(std::string_view name, FieldType type, ProtocolMask of,
                      void (*take)(const View&, const Layer&, Values&),
                      std::uint64_t most = ~std::uint64_t{0}) {
    return {name, type, of, take, nullptr, most};
}
constexpr Field whole(std::string_view name, ProtocolMask of) {
    return {name, Type::protocol, of};
}

// A segment quoted by an ICMP error may be no more than its first eight bytes, and a capture may cut it. Up
// to the window it is told what it is, as in Wireshark.
bool has_flags(const Layer& l) {
    return l.bytes.size() >= 16;
}

// The stream that a segment belongs to, when it is the packet's own.
const TcpStream* stream_of(const View& v, const Layer& l) {
    const auto& record = v.record();
    if (l.in_error || record.stream == no_stream || (record.flags & PacketRecord::is_udp) != 0) {
        return nullptr;
    }
    return &v.reading().index().tcp()[record.stream];
}
std::size_t side_of(const View& v) {
    return (v.record().flags & PacketRecord::from_b) != 0 ? 1 : 0;
}

void sequence(const View& v, const Layer& l, Values& out) {
    if (!has_flags(l) && (!l.in_error || l.bytes.size() < 8)) {
        return; // cut by the capture: of no stream
    }
    const auto raw = load_be32(l.bytes.data() + 4);
    const auto* stream = stream_of(v, l);
    out.number(stream != nullptr && stream->has_base[side_of(v)] ? raw - stream->base[side_of(v)] : raw);
}
void acknowledgement(const View& v, const Layer& l, Values& out) {
    if (!has_flags(l)) {
        return;
    }
    const auto raw = load_be32(l.bytes.data() + 8);
    const auto* stream = stream_of(v, l);
    const bool relative =
        stream != nullptr && stream->has_base[1 - side_of(v)] && (l.bytes[13] & wire::tcp_flag::ack) != 0;
    out.number(relative ? raw - stream->base[1 - side_of(v)] : raw);
}
void window(const View& v, const Layer& l, Values& out) {
    if (!has_flags(l)) {
        return;
    }
    const std::uint64_t raw = load_be16(l.bytes.data() + 14);
    const auto* stream = stream_of(v, l);
    const bool scaled = stream != nullptr && (l.bytes[13] & wire::tcp_flag::syn) == 0 &&
                        stream->window_shift[0] != -2 && stream->window_shift[1] != -2 &&
                        stream->window_shift[side_of(v)] > 0;
    out.number(scaled ? raw << stream->window_shift[side_of(v)] : raw);
}

template <std::uint16_t bit, unsigned shift>
void flag(const View&, const Layer& l, Values& out) {
    if (has_flags(l)) {
        out.number((load_be16(l.bytes.data() + 12) & bit) >> shift);
    }
}

template <std::size_t at>
void word(const View&, const Layer& l, Values& out) {
    if (l.bytes.size() >= at + 2) {
        out.number(load_be16(l.bytes.data() + at));
    }
}
void ports(const View&, const Layer& l, Values& out) {
    out.number(load_be16(l.bytes.data()));
    out.number(load_be16(l.bytes.data() + 2));
}

template <bool of_udp>
void stream(const View& v, Values& out) {
    const auto& record = v.record();
    if (record.stream != no_stream && ((record.flags & PacketRecord::is_udp) != 0) == of_udp) {
        out.number(record.stream);
    }
}

template <std::uint16_t bits>
void finding(const View& v, Values& out) {
    if ((v.record().analysis & bits) != 0) {
        out.number(1);
    }
}
template <std::uint16_t bits>
constexpr Field analysis(std::string_view name) {
    return {name, Type::boolean, tcp, nullptr, finding<bits>};
}

constexpr std::array fields{
    whole("tcp", tcp),
    layer("tcp.port", Type::number, tcp, ports, max16),
    layer("tcp.srcport", Type::number, tcp, word<0>, max16),
    layer("tcp.dstport", Type::number, tcp, word<2>, max16),
    Field{"tcp.stream", Type::number, tcp, nullptr, stream<false>, max32},
    layer(
        "tcp.len", Type::number, tcp,
        [](const View&, const Layer& l, Values& out) {
            if (has_flags(l) && !l.in_error) {
                out.number(l.payload().size() + l.missing);
            }
        },
        max32),
    layer("tcp.seq", Type::number, tcp, sequence, max32),
    layer(
        "tcp.seq_raw", Type::number, tcp,
        [](const View& v, const Layer& l, Values& out) {
            // Wireshark has it of what ICMPv6 quotes, and not of what ICMP does.
            if (has_flags(l) && (!l.in_error || v.record().has(Protocol::icmpv6))) {
                out.number(load_be32(l.bytes.data() + 4));
            }
        },
        max32),
    layer("tcp.ack", Type::number, tcp, acknowledgement, max32),
    layer(
        "tcp.ack_raw", Type::number, tcp,
        [](const View&, const Layer& l, Values& out) {
            if (has_flags(l)) {
                out.number(load_be32(l.bytes.data() + 8));
            }
        },
        max32),
    layer(
        "tcp.hdr_len", Type::number, tcp,
        [](const View&, const Layer& l, Values& out) {
            if (has_flags(l)) {
                out.number(std::uint64_t{4} * (l.bytes[12] >> 4)); // l.header when nothing was cut
            }
        },
        60),
    layer("tcp.window_size", Type::number, tcp, window, max32),
    layer(
        "tcp.window_size_value", Type::number, tcp,
        [](const View&, const Layer& l, Values& out) {
            if (has_flags(l)) {
                out.number(load_be16(l.bytes.data() + 14));
            }
        },
        max16),
    layer("tcp.flags", Type::number, tcp, flag<0x0fff, 0>, 0xfff),
    layer("tcp.flags.fin", Type::boolean, tcp, flag<0x001, 0>),
    layer("tcp.flags.syn", Type::boolean, tcp, flag<0x002, 1>),
    layer("tcp.flags.reset", Type::boolean, tcp, flag<0x004, 2>),
    layer("tcp.flags.push", Type::boolean, tcp, flag<0x008, 3>),
    layer("tcp.flags.ack", Type::boolean, tcp, flag<0x010, 4>),
    layer("tcp.flags.urg", Type::boolean, tcp, flag<0x020, 5>),
    layer("tcp.flags.ece", Type::boolean, tcp, flag<0x040, 6>),
    layer("tcp.flags.cwr", Type::boolean, tcp, flag<0x080, 7>),
    layer(
        "tcp.options.mss_val", Type::number, tcp,
        [](const View&, const Layer& l, Values& out) {
            if (l.header > 20) {
                TcpOptionWalk walk(l.bytes.subspan(20, l.header - 20));
                while (const auto option = walk.next()) {
                    if (option->kind == 2 && option->bytes.size() == 4) {
                        out.number(load_be16(option->bytes.data() + 2));
                    }
                }
            }
        },
        max16),
    layer("tcp.payload", Type::bytes, tcp,
          [](const View&, const Layer& l, Values& out) {
              if (!l.payload().empty()) {
                  out.bytes(l.payload());
              }
          }),
    analysis<0x7fff & ~tcp_finding::reused_ports>("tcp.analysis.flags"),
    analysis<tcp_finding::any_retransmission>("tcp.analysis.retransmission"),
    analysis<tcp_finding::fast_retransmission>("tcp.analysis.fast_retransmission"),
    analysis<tcp_finding::spurious_retransmission>("tcp.analysis.spurious_retransmission"),
    analysis<tcp_finding::out_of_order>("tcp.analysis.out_of_order"),
    analysis<tcp_finding::lost_segment>("tcp.analysis.lost_segment"),
    analysis<tcp_finding::ack_lost_segment>("tcp.analysis.ack_lost_segment"),
    analysis<tcp_finding::duplicate_ack>("tcp.analysis.duplicate_ack"),
    analysis<tcp_finding::zero_window>("tcp.analysis.zero_window"),
    analysis<tcp_finding::zero_window_probe>("tcp.analysis.zero_window_probe"),
    analysis<tcp_finding::zero_window_probe_ack>("tcp.analysis.zero_window_probe_ack"),
    analysis<tcp_finding::keep_alive>("tcp.analysis.keep_alive"),
    analysis<tcp_finding::keep_alive_ack>("tcp.analysis.keep_alive_ack"),
    analysis<tcp_finding::window_update>("tcp.analysis.window_update"),
    analysis<tcp_finding::window_full>("tcp.analysis.window_full"),
    analysis<tcp_finding::reused_ports>("tcp.analysis.reused_ports"),

    whole("udp", udp),
    layer("udp.port", Type::number, udp, ports, max16),
    layer("udp.srcport", Type::number, udp, word<0>, max16),
    layer("udp.dstport", Type::number, udp, word<2>, max16),
    layer("udp.length", Type::number, udp, word<4>, max16),
    Field{"udp.stream", Type::number, udp, nullptr, stream<true>, max32},
    layer("udp.payload", Type::bytes, udp,
          [](const View&, const Layer& l, Values& out) {
              if (!l.payload().empty()) {
                  out.bytes(l.payload());
              }
          }),
    whole("vxlan", vxlan),
    layer(
        "vxlan.vni", Type::number, vxlan,
        [](const View&, const Layer& l, Values& out) { out.number(load_be32(l.bytes.data() + 4) >> 8); },
        0xffffff),
};

} // namespace

std::span<const Field> transport_fields() {
    return fields;
}

} // namespace fulcrum::capture
