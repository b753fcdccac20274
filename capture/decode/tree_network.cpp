// Trees of link and network headers.
#include "capture/decode/tree_writer.h"
#include "engine/base/address.h"
#include "engine/base/byte_order.h"
#include "engine/wire/checksum.h"

namespace fulcrum::capture {
namespace {

std::string mac_text(const std::uint8_t* p) {
    Mac mac;
    std::copy(p, p + 6, mac.bytes.begin());
    return mac.text();
}

std::string_view type_meaning(std::uint16_t type) {
    switch (type) {
    case 0x0800:
        return "IPv4";
    case 0x0806:
        return "ARP";
    case 0x86dd:
        return "IPv6";
    case 0x8100:
        return "802.1Q";
    case 0x6558:
        return "Ethernet";
    default:
        return {};
    }
}

std::string_view protocol_meaning(std::uint8_t protocol) {
    switch (protocol) {
    case 1:
        return "ICMP";
    case 4:
        return "IPv4 in IP";
    case 6:
        return "TCP";
    case 17:
        return "UDP";
    case 41:
        return "IPv6 in IP";
    case 47:
        return "GRE";
    case 58:
        return "ICMPv6";
    default:
        return {};
    }
}

void write_ethernet(const TreeWriter& out, Bytes b) {
    const auto address = [&](std::string_view label, std::size_t at, std::string_view name) {
        const auto text = mac_text(b.data() + at);
        const bool group = (b[at] & 1) != 0;
        out.add(fmt::format("{}: {}{}", label, text,
                            text == "ff:ff:ff:ff:ff:ff" ? " (broadcast)"
                            : group                     ? " (group)"
                                                        : ""),
                b.subspan(at, 6), name, text);
    };
    address("Destination", 0, "eth.dst");
    address("Source", 6, "eth.src");
    const auto type = load_be16(b.data() + 12);
    if (type >= 1536) {
        out.hex("Type", type, 4, b.subspan(12, 2), "eth.type", type_meaning(type));
    } else {
        out.add(fmt::format("Length: {} (802.3)", type), b.subspan(12, 2));
    }
}

void write_arp(const TreeWriter& out, Bytes b) {
    const auto operation = load_be16(b.data() + 6);
    out.number("Hardware type", load_be16(b.data()), b.subspan(0, 2), "arp.hw.type");
    out.hex("Protocol type", load_be16(b.data() + 2), 4, b.subspan(2, 2), "arp.proto.type");
    out.number("Operation", operation, b.subspan(6, 2), "arp.opcode",
               operation == 1   ? "request"
               : operation == 2 ? "reply"
                                : "");
    if (b.size() < 28 || b[4] != 6 || b[5] != 4) {
        return;
    }
    const auto pair = [&](std::string_view who, std::size_t at, std::string_view mac_name,
                          std::string_view ip_name) {
        const auto mac = mac_text(b.data() + at);
        const auto ip = IpAddress::v4_bytes(b.data() + at + 6).text();
        out.add(fmt::format("{} MAC: {}", who, mac), b.subspan(at, 6), mac_name, mac);
        out.add(fmt::format("{} IP: {}", who, ip), b.subspan(at + 6, 4), ip_name, ip);
    };
    pair("Sender", 8, "arp.src.hw_mac", "arp.src.proto_ipv4");
    pair("Target", 18, "arp.dst.hw_mac", "arp.dst.proto_ipv4");
    if (std::equal(b.begin() + 14, b.begin() + 18, b.begin() + 24)) {
        out.add("An announcement of the sender's own address (gratuitous)").mark(TreeNode::Mark::note);
    }
}

void write_ipv4(const TreeWriter& out, const Layer& layer) {
    const auto b = layer.bytes;
    if (is_cut(layer)) {
        return;
    }
    out.number("Header length", layer.header, b.subspan(0, 1), "ip.hdr_len");
    out.number("DSCP", b[1] >> 2, b.subspan(1, 1), "ip.dsfield.dscp");
    auto total = out.number("Total length", load_be16(b.data() + 2), b.subspan(2, 2), "ip.len");
    if (load_be16(b.data() + 2) == 0) {
        total.add("0: left to offload").mark(TreeNode::Mark::note);
    } else if (layer.missing != 0) {
        total.add(fmt::format("{} bytes of it were not captured", layer.missing)).mark(TreeNode::Mark::note);
    }
    out.hex("Identification", load_be16(b.data() + 4), 4, b.subspan(4, 2), "ip.id");
    const auto word = load_be16(b.data() + 6);
    out.number("Don't fragment", (word >> 14) & 1U, b.subspan(6, 1), "ip.flags.df");
    out.number("More fragments", (word >> 13) & 1U, b.subspan(6, 1), "ip.flags.mf");
    out.number("Fragment offset", word & 0x1fffU, b.subspan(6, 2), "ip.frag_offset",
               (word & 0x1fff) != 0 ? fmt::format("{} bytes", 8 * (word & 0x1fff)) : "");
    out.number("TTL", b[8], b.subspan(8, 1), "ip.ttl");
    out.number("Protocol", b[9], b.subspan(9, 1), "ip.proto", protocol_meaning(b[9]));
    const bool right = wire::checksum_of(b.first(layer.header)) == 0;
    const bool empty = load_be16(b.data() + 10) == 0;
    out.hex("Header checksum", load_be16(b.data() + 10), 4, b.subspan(10, 2), "ip.checksum",
            right   ? "right"
            : empty ? "0: left to offload"
                    : "wrong")
        .mark(right || empty ? TreeNode::Mark::none : TreeNode::Mark::warning);
    for (const auto& [label, at, name] :
         {std::tuple("Source", 12U, "ip.src"), std::tuple("Destination", 16U, "ip.dst")}) {
        const auto text = IpAddress::v4_bytes(b.data() + at).text();
        out.add(fmt::format("{}: {}", label, text), b.subspan(at, 4), name, text);
    }
    if (layer.header > 20) {
        out.add(fmt::format("Options: {} bytes", layer.header - 20), b.subspan(20, layer.header - 20));
    }
}

void write_ipv6(const TreeWriter& out, const Layer& layer) {
    const auto b = layer.bytes;
    if (is_cut(layer)) {
        return;
    }
    out.hex("Flow label", load_be32(b.data()) & 0xfffffU, 5, b.subspan(1, 3), "ipv6.flow");
    out.number("Payload length", load_be16(b.data() + 4), b.subspan(4, 2), "ipv6.plen");
    out.number("Next header", b[6], b.subspan(6, 1), "ipv6.nxt", protocol_meaning(b[6]));
    out.number("Hop limit", b[7], b.subspan(7, 1), "ipv6.hlim");
    for (const auto& [label, at, name] :
         {std::tuple("Source", 8U, "ipv6.src"), std::tuple("Destination", 24U, "ipv6.dst")}) {
        const auto text = IpAddress::v6_bytes(b.data() + at).text();
        // A mapped address reads as IPv4 and would not be found again.
        out.add(fmt::format("{}: {}", label, text), b.subspan(at, 16), name,
                text.find(':') == std::string::npos ? "" : text);
    }
    if (layer.header > 40) {
        out.add(fmt::format("Extension headers: {} bytes", layer.header - 40),
                b.subspan(40, layer.header - 40));
    }
}

std::string_view icmp_meaning(std::uint8_t type, std::uint8_t code) {
    switch (type) {
    case 0:
        return "echo reply";
    case 3:
        return code == 4   ? "fragmentation needed"
               : code == 3 ? "port unreachable"
               : code == 1 ? "host unreachable"
                           : "unreachable";
    case 5:
        return "redirect";
    case 8:
        return "echo request";
    case 11:
        return "time exceeded";
    default:
        return {};
    }
}
std::string_view icmpv6_meaning(std::uint8_t type) {
    switch (type) {
    case 1:
        return "unreachable";
    case 2:
        return "packet too big";
    case 3:
        return "time exceeded";
    case 128:
        return "echo request";
    case 129:
        return "echo reply";
    case 133:
        return "router solicitation";
    case 134:
        return "router advertisement";
    case 135:
        return "neighbour solicitation";
    case 136:
        return "neighbour advertisement";
    default:
        return {};
    }
}

void write_icmp(const TreeWriter& out, const Layer& layer) {
    const auto b = layer.bytes;
    const bool six = layer.protocol == Protocol::icmpv6;
    out.number("Type", b[0], b.subspan(0, 1), six ? "icmpv6.type" : "icmp.type",
               six ? icmpv6_meaning(b[0]) : icmp_meaning(b[0], b[1]));
    if (b.size() < 2) {
        return;
    }
    out.number("Code", b[1], b.subspan(1, 1), six ? "icmpv6.code" : "icmp.code");
    if (b.size() < 8) {
        return;
    }
    if (!six && (b[0] == 0 || b[0] == 8)) {
        out.add(fmt::format("Identifier: {}", load_be16(b.data() + 4)), b.subspan(4, 2));
        out.number("Sequence", load_be16(b.data() + 6), b.subspan(6, 2), "icmp.seq");
    } else if (!six && b[0] == 3 && b[1] == 4) {
        out.add(fmt::format("MTU of the next link: {}", load_be16(b.data() + 6)), b.subspan(6, 2));
    } else if (six && b[0] == 2) {
        out.add(fmt::format("MTU of the next link: {}", load_be32(b.data() + 4)), b.subspan(4, 4));
    }
}

void write_gre(const TreeWriter& out, const Layer& layer) {
    const auto b = layer.bytes;
    const auto flags = load_be16(b.data());
    out.add(fmt::format("Flags: 0x{:04x} (version {})", flags, flags & 7U), b.subspan(0, 2));
    const auto type = load_be16(b.data() + 2);
    out.hex("Protocol", type, 4, b.subspan(2, 2), "gre.proto", type_meaning(type));
    const std::size_t key = 4 + ((flags & 0xc000) != 0 ? 4 : 0);
    if ((flags & 0x2000) != 0 && (flags & 7) == 0 && layer.header >= key + 4) {
        out.number("Key", load_be32(b.data() + key), b.subspan(key, 4), "gre.key");
    }
}

} // namespace

void write_link(const TreeWriter& out, const Layer& layer) {
    const auto b = layer.bytes;
    switch (layer.protocol) {
    case Protocol::ethernet:
        return write_ethernet(out, b);
    case Protocol::vlan:
        if (is_cut(layer)) {
            return;
        }
        out.number("Priority", b[0] >> 5, b.subspan(0, 1), "vlan.priority");
        out.number("VLAN", load_be16(b.data()) & 0x0fffU, b.subspan(0, 2), "vlan.id");
        out.hex("Type", load_be16(b.data() + 2), 4, b.subspan(2, 2), "vlan.etype",
                type_meaning(load_be16(b.data() + 2)));
        return;
    case Protocol::linux_cooked:
        out.add(layer.header == 20 ? "Version: 2" : "Version: 1");
        return;
    case Protocol::mpls:
        for (std::size_t at = 0; at < layer.header; at += 4) {
            const auto word = load_be32(b.data() + at);
            out.number("Label", word >> 12, b.subspan(at, 4), "mpls.label",
                       fmt::format("class {}, TTL {}", word >> 9 & 7U, word & 0xffU));
        }
        return;
    case Protocol::pppoe:
        out.hex("Session", load_be16(b.data() + 2), 4, b.subspan(2, 2), "pppoe.session_id");
        return;
    case Protocol::arp:
        return is_cut(layer) ? void() : write_arp(out, b);
    default:
        return;
    }
}

void write_network(const TreeWriter& out, const Layer& layer) {
    switch (layer.protocol) {
    case Protocol::ipv4:
        return write_ipv4(out, layer);
    case Protocol::ipv6:
        return write_ipv6(out, layer);
    case Protocol::icmp:
    case Protocol::icmpv6:
        return write_icmp(out, layer);
    case Protocol::gre:
        return write_gre(out, layer);
    default:
        return;
    }
}

} // namespace fulcrum::capture
