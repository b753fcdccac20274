// Fields of Ethernet, VLAN, ARP, IP, ICMP and GRE.
#include <array>

#include "capture/filter/field.h"
#include "engine/base/byte_order.h"

namespace fulcrum::capture {
namespace {

using Type = FieldType;
using View = PacketView;

constexpr auto eth = mask_of(Protocol::ethernet), vlan = mask_of(Protocol::vlan),
               arp = mask_of(Protocol::arp), ip = mask_of(Protocol::ipv4), ipv6 = mask_of(Protocol::ipv6),
               icmp = mask_of(Protocol::icmp), icmpv6 = mask_of(Protocol::icmpv6),
               gre = mask_of(Protocol::gre), mpls = mask_of(Protocol::mpls), pppoe = mask_of(Protocol::pppoe);

constexpr std::uint64_t max8 = 0xff, max16 = 0xffff;

constexpr Field layer(std::string_view name, FieldType type, ProtocolMask of,
                      void (*take)(const View&, const Layer&, Values&),
                      std::uint64_t most = ~std::uint64_t{0}) {
    return {name, type, of, take, nullptr, most};
}
constexpr Field whole(std::string_view name, ProtocolMask of) {
    return {name, Type::protocol, of};
}

// Templates over the place of a field, which the capture may have cut off.
template <std::size_t at>
void byte(const View&, const Layer& l, Values& out) {
    if (l.bytes.size() > at) {
        out.number(l.bytes[at]);
    }
}
template <std::size_t at>
void word(const View&, const Layer& l, Values& out) {
    if (l.bytes.size() >= at + 2) {
        out.number(load_be16(l.bytes.data() + at));
    }
}
template <std::size_t at, std::size_t length>
void piece(const View&, const Layer& l, Values& out) {
    if (l.bytes.size() >= at + length) {
        out.bytes(l.bytes.subspan(at, length));
    }
}
template <std::size_t at>
void v4(const View&, const Layer& l, Values& out) {
    if (l.bytes.size() >= at + 4) {
        out.number(load_be32(l.bytes.data() + at));
    }
}
template <std::size_t at, std::uint16_t bits, unsigned shift>
void part(const View&, const Layer& l, Values& out) {
    if (l.bytes.size() >= at + 2) {
        out.number((load_be16(l.bytes.data() + at) & bits) >> shift);
    }
}

// ARP between other hardware or protocols has other places for its addresses.
bool is_ethernet_ipv4(const Layer& l) {
    return l.bytes.size() >= 28 && l.bytes[4] == 6 && l.bytes[5] == 4;
}
template <std::size_t at>
void arp_mac(const View&, const Layer& l, Values& out) {
    if (is_ethernet_ipv4(l)) {
        out.bytes(l.bytes.subspan(at, 6));
    }
}
template <std::size_t at>
void arp_ip(const View&, const Layer& l, Values& out) {
    if (is_ethernet_ipv4(l)) {
        out.number(load_be32(l.bytes.data() + at));
    }
}

constexpr std::array fields{
    whole("eth", eth),
    layer("eth.addr", Type::mac, eth,
          [](const View&, const Layer& l, Values& out) {
              out.bytes(l.bytes.subspan(0, 6));
              out.bytes(l.bytes.subspan(6, 6));
          }),
    layer("eth.dst", Type::mac, eth, piece<0, 6>),
    layer("eth.src", Type::mac, eth, piece<6, 6>),
    layer(
        "eth.type", Type::number, eth,
        [](const View&, const Layer& l, Values& out) {
            if (const auto type = load_be16(l.bytes.data() + 12); type >= 1536) { // less is a length (802.3)
                out.number(type);
            }
        },
        max16),
    whole("sll", mask_of(Protocol::linux_cooked)),
    whole("null", mask_of(Protocol::null_link)),
    whole("vlan", vlan),
    layer("vlan.id", Type::number, vlan, part<0, 0x0fff, 0>, 0xfff),
    layer("vlan.priority", Type::number, vlan, part<0, 0xe000, 13>, 7),
    layer("vlan.etype", Type::number, vlan, word<2>, max16),

    whole("llc", mask_of(Protocol::llc)),
    whole("mpls", mpls),
    layer(
        "mpls.label", Type::number, mpls,
        [](const View&, const Layer& l, Values& out) {
            for (std::size_t at = 0; at < l.header; at += 4) {
                out.number(load_be32(l.bytes.data() + at) >> 12);
            }
        },
        0xfffff),
    whole("pppoes", pppoe),
    layer("pppoe.session_id", Type::number, pppoe, word<2>, max16),
    whole("ppp", mask_of(Protocol::ppp)),
    whole("chdlc", mask_of(Protocol::hdlc)),

    whole("arp", arp),
    layer("arp.hw.type", Type::number, arp, word<0>, max16),
    layer("arp.proto.type", Type::number, arp, word<2>, max16),
    layer("arp.opcode", Type::number, arp, word<6>, max16),
    layer("arp.src.hw_mac", Type::mac, arp, arp_mac<8>),
    layer("arp.src.proto_ipv4", Type::ipv4, arp, arp_ip<14>),
    layer("arp.dst.hw_mac", Type::mac, arp, arp_mac<18>),
    layer("arp.dst.proto_ipv4", Type::ipv4, arp, arp_ip<24>),

    whole("ip", ip),
    layer("ip.addr", Type::ipv4, ip,
          [](const View& v, const Layer& l, Values& out) {
              v4<12>(v, l, out);
              v4<16>(v, l, out);
          }),
    layer("ip.src", Type::ipv4, ip, v4<12>),
    layer("ip.dst", Type::ipv4, ip, v4<16>),
    layer(
        "ip.hdr_len", Type::number, ip,
        [](const View&, const Layer& l, Values& out) { out.number(4 * (l.bytes[0] & 0x0fU)); }, max8),
    layer(
        "ip.dsfield.dscp", Type::number, ip,
        [](const View&, const Layer& l, Values& out) {
            if (l.bytes.size() > 1) {
                out.number(l.bytes[1] >> 2);
            }
        },
        max8),
    layer("ip.len", Type::number, ip, word<2>, max16),
    layer("ip.id", Type::number, ip, word<4>, max16),
    layer("ip.flags.df", Type::boolean, ip, part<6, 0x4000, 14>),
    layer("ip.flags.mf", Type::boolean, ip, part<6, 0x2000, 13>),
    layer("ip.frag_offset", Type::number, ip, part<6, 0x1fff, 0>, max16),
    layer("ip.ttl", Type::number, ip, byte<8>, max8),
    layer("ip.proto", Type::number, ip, byte<9>, max8),
    layer("ip.checksum", Type::number, ip, word<10>, max16),

    whole("ipv6", ipv6),
    layer("ipv6.addr", Type::ipv6, ipv6,
          [](const View& v, const Layer& l, Values& out) {
              piece<8, 16>(v, l, out);
              piece<24, 16>(v, l, out);
          }),
    layer("ipv6.src", Type::ipv6, ipv6, piece<8, 16>),
    layer("ipv6.dst", Type::ipv6, ipv6, piece<24, 16>),
    layer("ipv6.plen", Type::number, ipv6, word<4>, max16),
    layer("ipv6.nxt", Type::number, ipv6, byte<6>, max8),
    layer("ipv6.hlim", Type::number, ipv6, byte<7>, max8),
    layer(
        "ipv6.flow", Type::number, ipv6,
        [](const View&, const Layer& l, Values& out) {
            if (l.bytes.size() >= 4) {
                out.number(load_be32(l.bytes.data()) & 0xfffffU);
            }
        },
        0xfffff),

    whole("icmp", icmp),
    layer("icmp.type", Type::number, icmp, byte<0>, max8),
    layer("icmp.code", Type::number, icmp, byte<1>, max8),
    layer(
        "icmp.seq", Type::number, icmp,
        [](const View&, const Layer& l, Values& out) {
            if (l.bytes.size() >= 8 && (l.bytes[0] == 0 || l.bytes[0] == 8)) {
                out.number(load_be16(l.bytes.data() + 6));
            }
        },
        max16),
    whole("icmpv6", icmpv6),
    layer("icmpv6.type", Type::number, icmpv6, byte<0>, max8),
    layer("icmpv6.code", Type::number, icmpv6, byte<1>, max8),

    // An IP header straight inside another (RFC 2003); Wireshark has no name for it.
    Field{"ipip", Type::boolean, mask_of(Protocol::ipip), nullptr,
          [](const View& v, Values& out) {
              if (v.record().has(Protocol::ipip)) {
                  out.number(1);
              }
          }},
    whole("gre", gre),
    layer("gre.proto", Type::number, gre, word<2>, max16),
    layer(
        "gre.key", Type::number, gre,
        [](const View&, const Layer& l, Values& out) {
            const auto flags = load_be16(l.bytes.data());
            const std::size_t at = 4 + ((flags & 0xc000) != 0 ? 4 : 0);
            if ((flags & 0x2000) != 0 && (flags & 7) == 0 && l.header >= at + 4) {
                out.number(load_be32(l.bytes.data() + at));
            }
        },
        0xffffffff),
};

} // namespace

std::span<const Field> network_fields() {
    return fields;
}

} // namespace fulcrum::capture
