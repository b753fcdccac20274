#include "capture/decode/layers.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "capture/decode/application.h"
#include "capture/decode/framing.h"
#include "engine/base/byte_order.h"

namespace fulcrum::capture {
namespace {

constexpr std::uint16_t type_transparent_bridging = 0x6558; // GRE: an Ethernet frame follows

// Single hop and multihop (RFC 5881, 5883), over the links of an aggregate (RFC 7130), seamless (RFC 7881).
bool is_bfd_port(std::uint16_t destination) {
    return destination == 3784 || destination == 4784 || destination == 6784 || destination == 7784;
}

// A header chain of IPv6: where the upper protocol begins.
struct Ipv6Chain {
    std::uint32_t header = 40;
    std::uint8_t next = 0;
    std::uint32_t fragment_at = 0; // of the fragment header; 0: none
};

std::optional<Ipv6Chain> walk_extensions(Bytes packet) {
    Ipv6Chain chain;
    chain.next = packet[6];
    while (true) {
        const auto rest = packet.size() - chain.header;
        const auto* p = packet.data() + chain.header;
        switch (chain.next) {
        case 0:   // hop by hop
        case 43:  // routing
        case 60:  // destination options
        case 135: // mobility
            if (rest < 8 || rest < 8 * (std::size_t{p[1]} + 1)) {
                return std::nullopt;
            }
            chain.next = p[0];
            chain.header += 8 * (std::uint32_t{p[1]} + 1);
            break;
        case 51: // authentication
            if (rest < 8 || rest < 4 * (std::size_t{p[1]} + 2)) {
                return std::nullopt;
            }
            chain.next = p[0];
            chain.header += 4 * (std::uint32_t{p[1]} + 2);
            break;
        case 44: // fragment
            if (rest < 8) {
                return std::nullopt;
            }
            chain.fragment_at = chain.header;
            chain.next = p[0];
            chain.header += 8;
            return chain; // what follows may be any part of the datagram
        default:
            return chain;
        }
    }
}

} // namespace

// One pass over a packet. Each step takes the bytes that its header gets, adds its layer, and goes on inside.
class LayerWalk {
public:
    LayerWalk(Layers& into, Bytes reassembled) : into_(into), reassembled_bytes_(reassembled) {
        into_.count_ = 0;
        into_.mask_ = 0;
        into_.fragment_ = 0xff;
    }

    // Goes on with what is there behind the innermost TCP header.
    explicit LayerWalk(Layers& into) : into_(into) {}

    void link(std::uint16_t type, Bytes bytes) {
        switch (type) {
        case link_type::ethernet:
            return ethernet(bytes);
        case link_type::null:
        case link_type::loop:
            return null_link(bytes, type == link_type::loop);
        case link_type::bsd_raw_12:
        case link_type::bsd_raw_14:
        case link_type::raw:
        case link_type::ipv4:
        case link_type::ipv6:
            return ip(bytes);
        case link_type::linux_sll:
            return cooked(bytes, 16, 14);
        case link_type::linux_sll2:
            return cooked(bytes, 20, 0);
        case link_type::ppp:
            return ppp(bytes);
        case link_type::ppp_hdlc:
        case link_type::cisco_hdlc:
            return hdlc(bytes);
        case link_type::ppp_with_direction: // one byte: who sent it
            return bytes.empty() ? void() : ppp(bytes.subspan(1));
        case link_type::ppp_ether:
            return pppoe_session(bytes);
        default:
            return rest(bytes);
        }
    }

    void replace_messages(std::optional<Framing> framing, const SplitMessage& split, std::size_t behind) {
        const auto* tcp = into_.last(Protocol::tcp);
        if (tcp == nullptr) {
            return;
        }
        auto keep = static_cast<std::size_t>(tcp - into_.begin()) + 1;
        const bool cut = tcp->missing != 0, of_datagram = tcp->reassembled;
        if (keep < into_.count_ && into_.layers_[keep].protocol == Protocol::proxy) {
            ++keep;
        }
        const auto payload = into_.layers_[keep - 1].payload();
        into_.count_ = static_cast<std::uint8_t>(keep);
        into_.mask_ &= mask_of(Protocol::ipip);
        for (const auto& layer : into_) {
            into_.mask_ |= mask_of(layer.protocol);
        }
        reassembled_ = of_datagram;
        if (!framing) {
            return rest(payload);
        }
        if (!split.bytes.empty()) {
            reassembled_ = true;
            message(*framing, split.bytes, split.missing);
        }
        reassembled_ = of_datagram;
        messages(*framing, payload.subspan(std::min(behind, payload.size())), cut, false);
    }

private:
    bool add(Protocol protocol, Bytes bytes, std::size_t header, std::size_t missing = 0) {
        if (into_.count_ == Layers::capacity) {
            return false;
        }
        into_.layers_[into_.count_++] = {protocol,     in_error_,
                                         reassembled_, static_cast<std::uint32_t>(header),
                                         bytes,        static_cast<std::uint32_t>(missing)};
        into_.mask_ |= mask_of(protocol);
        return true;
    }
    void rest(Bytes bytes) {
        if (!bytes.empty()) {
            add(Protocol::payload, bytes, 0);
        }
    }

    void ethernet(Bytes bytes) {
        if (bytes.size() < 14) {
            return rest(bytes);
        }
        if (add(Protocol::ethernet, bytes, 14)) {
            by_type_or_length(load_be16(bytes.data() + 12), bytes.subspan(14));
        }
    }
    void null_link(Bytes bytes, bool big_endian) {
        if (bytes.size() < 4) {
            return rest(bytes);
        }
        // The family is in the order of the machine that captured: small numbers, so both can be told apart.
        const auto word = load_be32(bytes.data());
        const auto family = big_endian || word < 0x10000 ? word : __builtin_bswap32(word);
        if (!add(Protocol::null_link, bytes, 4)) {
            return;
        }
        const bool known = family == 2 || family == 10 || family == 24 || family == 28 || family == 30;
        return known ? ip(bytes.subspan(4)) : rest(bytes.subspan(4));
    }
    void cooked(Bytes bytes, std::size_t header, std::size_t type_at) {
        if (bytes.size() < header) {
            return rest(bytes);
        }
        if (add(Protocol::linux_cooked, bytes, header)) {
            constexpr std::uint16_t type_llc = 4;
            const auto type = load_be16(bytes.data() + type_at);
            type == type_llc ? llc(bytes.subspan(header)) : by_type(type, bytes.subspan(header));
        }
    }

    // IEEE 802.3 section 3.2.6: what is less than 1536 is the length of what follows.
    void by_type_or_length(std::uint16_t type, Bytes bytes) {
        type < 1536 ? llc(bytes.first(std::min<std::size_t>(type, bytes.size()))) : by_type(type, bytes);
    }

    void by_type(std::uint16_t type, Bytes bytes) {
        switch (type) {
        case 0x0800:
        case 0x86dd:
            return ip(bytes);
        case 0x0806:
            if (bytes.size() < 8 && bytes.size() >= 2) {
                add(Protocol::arp, bytes, bytes.size());
                return;
            }
            if (bytes.size() >= 8) {
                const auto length = 8 + 2 * (std::size_t{bytes[4]} + bytes[5]);
                add(Protocol::arp, bytes.first(std::min(bytes.size(), length)),
                    std::min(bytes.size(), length));
                return;
            }
            return rest(bytes);
        case 0x8100:
        case 0x88a8:
        case 0x9100:
            if (bytes.size() == 2 || bytes.size() == 3) {
                add(Protocol::vlan, bytes, bytes.size());
                return;
            }
            if (bytes.size() >= 4 && add(Protocol::vlan, bytes, 4)) {
                return by_type_or_length(load_be16(bytes.data() + 2), bytes.subspan(4));
            }
            return rest(bytes);
        case 0x8847:
        case 0x8848:
            return mpls(bytes);
        case 0x8864:
            return pppoe_session(bytes);
        default:
            return rest(bytes);
        }
    }

    // IEEE 802.2, and what RFC 1042 and 802.1H put behind it (SNAP).
    void llc(Bytes bytes) {
        constexpr std::uint8_t sap_ip = 0x06, sap_snap = 0xaa, unnumbered_information = 0x03;
        if (bytes.size() < 3 || bytes[2] != unnumbered_information) {
            return rest(bytes);
        }
        if (bytes[0] == sap_ip && bytes[1] == sap_ip) {
            return add(Protocol::llc, bytes, 3) ? ip(bytes.subspan(3)) : void();
        }
        if (bytes[0] != sap_snap || bytes[1] != sap_snap || bytes.size() < 8) {
            return rest(bytes);
        }
        if (!add(Protocol::llc, bytes, 8)) {
            return;
        }
        constexpr std::uint32_t ethernet_types = 0x000000, bridge_tunnel = 0x0000f8, bridged = 0x0080c2;
        const auto organization = load_be32(bytes.data() + 2) & 0xffffffU;
        const auto type = load_be16(bytes.data() + 6);
        if (organization == ethernet_types || organization == bridge_tunnel) {
            return by_type(type, bytes.subspan(8));
        }
        if (organization == bridged && (type == 1 || type == 7)) { // Ethernet with and without its checksum
            constexpr std::size_t padding = 2;
            return bytes.size() < 8 + padding ? rest(bytes.subspan(8)) : ethernet(bytes.subspan(8 + padding));
        }
        return rest(bytes.subspan(8));
    }

    // A stack of labels (RFC 3032). What is below them is not said: IP tells by its first four bits.
    void mpls(Bytes bytes) {
        std::size_t labels = 0;
        bool bottom = false;
        while (!bottom && bytes.size() - labels >= 4) {
            bottom = (bytes[labels + 2] & 1) != 0;
            labels += 4;
        }
        if (labels == 0 || !add(Protocol::mpls, bytes, labels)) {
            return rest(bytes);
        }
        return bottom ? ip(bytes.subspan(labels)) : rest(bytes.subspan(labels));
    }

    // RFC 2516 section 4: the session stage.
    void pppoe_session(Bytes bytes) {
        constexpr std::size_t header = 6;
        if (bytes.size() < header) {
            return rest(bytes);
        }
        const std::size_t length = load_be16(bytes.data() + 4);
        const auto whole = bytes.first(std::min(bytes.size(), header + length));
        if (add(Protocol::pppoe, whole, header)) {
            ppp(whole.subspan(header));
        }
    }
    // Cisco's, or PPP in HDLC-like framing (RFC 1662).
    void hdlc(Bytes bytes) {
        if (bytes.size() >= 4 && (bytes[0] == 0x0f || bytes[0] == 0x8f)) {
            return add(Protocol::hdlc, bytes, 4) ? by_type(load_be16(bytes.data() + 2), bytes.subspan(4))
                                                 : void();
        }
        return ppp(bytes);
    }
    // RFC 1661 section 2: address and control may be left out, and the first byte of the protocol, which is
    // then odd.
    void ppp(Bytes bytes) {
        std::size_t header = bytes.size() >= 2 && bytes[0] == 0xff && bytes[1] == 0x03 ? 2 : 0;
        if (bytes.size() < header + 2) {
            return rest(bytes);
        }
        const bool short_protocol = (bytes[header] & 1) != 0;
        const std::uint16_t protocol = short_protocol ? bytes[header] : load_be16(bytes.data() + header);
        header += short_protocol ? 1 : 2;
        if (!add(Protocol::ppp, bytes, header)) {
            return;
        }
        const auto inside = bytes.subspan(header);
        switch (protocol) {
        case 0x0021:
        case 0x0057:
            return ip(inside);
        case 0x0281:
        case 0x0283:
            return mpls(inside);
        default:
            return rest(inside);
        }
    }

    void ip(Bytes bytes) {
        if (bytes.empty()) {
            return;
        }
        switch (bytes[0] >> 4) {
        case 4:
            return ipv4(bytes);
        case 6:
            return ipv6(bytes);
        default:
            return rest(bytes);
        }
    }
    void ipv4(Bytes bytes) {
        if (bytes.size() < 20) {
            add(Protocol::ipv4, bytes, bytes.size());
            return;
        }
        const std::size_t header = std::size_t{4} * (bytes[0] & 0x0fU);
        // An offloading sender may leave the length 0: then it is what was captured.
        std::size_t total = load_be16(bytes.data() + 2);
        if (total == 0) {
            total = bytes.size();
        }
        if (header < 20 || header > bytes.size() || total < header) {
            return rest(bytes);
        }
        const auto whole = bytes.first(std::min(bytes.size(), total));
        if (!add(Protocol::ipv4, whole, header, total - whole.size())) {
            return;
        }
        const bool fragment = (load_be16(bytes.data() + 6) & 0x3fff) != 0;
        above_ip(bytes[9], whole.subspan(header), total - whole.size(), fragment);
    }
    void ipv6(Bytes bytes) {
        if (bytes.size() < 40) {
            add(Protocol::ipv6, bytes, bytes.size());
            return;
        }
        std::size_t total = 40 + std::size_t{load_be16(bytes.data() + 4)};
        if (total == 40) {
            total = bytes.size(); // nothing, or an offloading sender, or a jumbogram
        }
        const auto whole = bytes.first(std::min(bytes.size(), total));
        const auto chain = walk_extensions(whole);
        if (!add(Protocol::ipv6, whole, chain ? chain->header : 40, total - whole.size())) {
            return;
        }
        if (!chain) {
            return rest(whole.subspan(40));
        }
        const bool fragment = chain->fragment_at != 0 &&
                              (load_be16(whole.data() + chain->fragment_at + 2) & 0xfff9) != 0; // not atomic
        above_ip(chain->next, whole.subspan(chain->header), total - whole.size(), fragment);
    }
    void above_ip(std::uint8_t protocol, Bytes payload, std::size_t missing, bool fragment) {
        if (fragment) {
            if (in_error_ || into_.fragment_ != 0xff) {
                return rest(payload);
            }
            into_.fragment_ = static_cast<std::uint8_t>(into_.count_ - 1);
            if (reassembled_bytes_.empty()) {
                return rest(payload);
            }
            payload = reassembled_bytes_;
            missing = 0;
            reassembled_ = true;
        }
        switch (protocol) {
        case 1:
            return icmp(payload);
        case 4:
        case 41:
            into_.mask_ |= mask_of(Protocol::ipip);
            return ip(payload);
        case 6:
            return tcp(payload, missing);
        case 17:
            return udp(payload, missing);
        case 47:
            return gre(payload);
        case 51:
            return ah(payload, missing);
        case 137:
            return mpls(payload);
        case 58:
            return icmpv6(payload);
        default:
            return rest(payload);
        }
    }

    // RFC 4302 section 2. In IPv6 it is one of the extension headers.
    void ah(Bytes bytes, std::size_t missing) {
        const std::size_t header = bytes.size() < 2 ? 0 : std::size_t{4} * (bytes[1] + 2U);
        if (header < 12 || header > bytes.size() || !add(Protocol::ah, bytes, header)) {
            return rest(bytes);
        }
        above_ip(bytes[0], bytes.subspan(header), missing, false);
    }

    void icmp(Bytes bytes) {
        if (bytes.size() < 6) {
            return rest(bytes);
        }
        const std::size_t header = std::min<std::size_t>(bytes.size(), 8);
        if (!add(Protocol::icmp, bytes, header)) {
            return;
        }
        const auto type = bytes[0];
        const bool quotes = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
        quote(bytes.subspan(header), quotes);
    }
    void icmpv6(Bytes bytes) {
        if (bytes.empty()) {
            return;
        }
        const std::size_t header = std::min<std::size_t>(bytes.size(), 8);
        if (add(Protocol::icmpv6, bytes, header)) {
            quote(bytes.subspan(header), bytes[0] >= 1 && bytes[0] <= 4);
        }
    }
    void quote(Bytes bytes, bool quotes) {
        if (!quotes || in_error_ || bytes.empty()) {
            return rest(bytes);
        }
        in_error_ = true;
        ip(bytes);
    }

    void tcp(Bytes bytes, std::size_t missing) {
        if (bytes.size() < 20) {
            // An ICMP error quotes as little as the ports and the sequence number; a capture may keep no more
            // than a part of the header.
            if (bytes.size() < 4 || (!in_error_ && missing == 0)) {
                return rest(bytes);
            }
            const std::size_t header = bytes.size() > 12 ? std::size_t{4} * (bytes[12] >> 4) : 20;
            const auto lacking = std::max<std::size_t>(header, 20) - bytes.size();
            add(Protocol::tcp, bytes, bytes.size(), missing - std::min(missing, lacking));
            return;
        }
        const std::size_t header = std::size_t{4} * (bytes[12] >> 4);
        if (header > bytes.size() &&
            header - bytes.size() <= missing) { // the capture kept no more of its options
            add(Protocol::tcp, bytes, bytes.size(), missing - (header - bytes.size()));
            return;
        }
        if (header < 20 || header > bytes.size()) {
            return rest(bytes);
        }
        if (add(Protocol::tcp, bytes, header, missing) && !in_error_) {
            tcp_payload(load_be16(bytes.data()), load_be16(bytes.data() + 2), bytes.subspan(header),
                        missing != 0);
        }
    }
    void tcp_payload(std::uint16_t source, std::uint16_t destination, Bytes bytes, bool cut) {
        if (bytes.empty()) {
            return;
        }
        if (const auto header = proxy_header_bytes(bytes)) {
            if (!add(Protocol::proxy, bytes, header)) {
                return;
            }
            bytes = bytes.subspan(header);
            if (bytes.empty()) {
                return;
            }
        }
        const auto http = bytes.subspan(empty_line_bytes(bytes));
        if (starts_http(http)) {
            add(Protocol::http, http, http_head_bytes(http));
        } else if (const auto framing = framing_of(source, destination, bytes)) {
            messages(*framing, bytes, cut, true);
        } else {
            rest(bytes);
        }
    }
    // The whole messages at the front of `bytes`. What is there of one that is not whole counts when the
    // capture cut the rest, or when `or_part` and it is all that there is; else the stream goes on with it.
    void messages(Framing framing, Bytes bytes, bool cut, bool or_part) {
        std::size_t whole = 0;
        while (whole < bytes.size()) {
            const auto behind = bytes.subspan(whole);
            const auto length = framed_bytes(framing, behind);
            if (!length) {
                break;
            }
            const bool is_whole = *length != 0 && *length <= behind.size();
            if (!is_whole && !cut && !(or_part && whole == 0)) {
                break;
            }
            const auto taken = is_whole ? *length : behind.size();
            if (framing == Framing::dns && !message(framing, behind.first(taken), 0)) {
                break;
            }
            whole += taken;
        }
        if (framing != Framing::dns && whole != 0 && !message(framing, bytes.first(whole), 0)) {
            whole = 0;
        }
        rest(bytes.subspan(whole));
    }
    // One of DNS, or any number of the others. False: too little is there to be one.
    bool message(Framing framing, Bytes bytes, std::size_t missing) {
        switch (framing) {
        case Framing::dns:
            return bytes.size() >= 2 + 12 && add(Protocol::dns, bytes.subspan(2), 12, missing);
        case Framing::bgp:
            return bytes.size() >= 19 && add(Protocol::bgp, bytes, 19, missing);
        case Framing::tls:
            return bytes.size() >= 5 && add(Protocol::tls, bytes, 5, missing);
        }
        return false;
    }

    void udp(Bytes bytes, std::size_t missing) {
        if (bytes.size() < 8) {
            if (bytes.size() < 4 || (!in_error_ && missing == 0)) {
                return rest(bytes);
            }
            add(Protocol::udp, bytes, bytes.size(), missing - std::min(missing, 8 - bytes.size()));
            return;
        }
        // The length is 0 in a jumbogram and wrong in an offloaded one: never more than the IP packet.
        std::size_t length = load_be16(bytes.data() + 4);
        if (length < 8 || length > bytes.size()) {
            length = bytes.size();
        }
        if (!add(Protocol::udp, bytes.first(length), 8, missing) || in_error_) {
            return;
        }
        const auto source = load_be16(bytes.data());
        const auto destination = load_be16(bytes.data() + 2);
        const auto payload = bytes.first(length).subspan(8);
        const auto is = [&](std::uint16_t port) { return source == port || destination == port; };
        constexpr std::uint16_t mpls_in_udp = 6635; // RFC 7510
        if (destination == mpls_in_udp) {
            mpls(payload);
        } else if (payload.size() >= 8 && destination == 4789) {
            if (add(Protocol::vxlan, payload, 8)) {
                ethernet(payload.subspan(8));
            }
        } else if (payload.size() >= (missing != 0 ? 4 : 12) && (is(53) || is(5353) || is(5355))) {
            add(is(53) ? Protocol::dns : Protocol::mdns, payload, std::min<std::size_t>(payload.size(), 12));
        } else if (payload.size() >= 24 && is_bfd_port(destination) && payload[3] >= 24 &&
                   payload[3] <= payload.size()) {
            add(Protocol::bfd, payload.first(payload[3]), payload[3]);
        } else {
            rest(payload);
        }
    }

    // RFC 2784, RFC 2890; version 0 only.
    void gre(Bytes bytes) {
        if (bytes.size() < 4) {
            return rest(bytes);
        }
        const auto flags = load_be16(bytes.data());
        std::size_t header = 4;
        header += (flags & 0xc000) != 0 ? 4 : 0; // checksum or routing present: both fields are
        header += (flags & 0x2000) != 0 ? 4 : 0; // key
        header += (flags & 0x1000) != 0 ? 4 : 0; // sequence number
        const auto version = flags & 7U;
        if (version == 1) {
            header = 8 + ((flags & 0x1000) != 0 ? 4U : 0U) + ((flags & 0x0080) != 0 ? 4U : 0U); // RFC 2637
        }
        if (header > bytes.size()) {
            header = 4;
        }
        if (!add(Protocol::gre, bytes, header)) {
            return;
        }
        const auto type = load_be16(bytes.data() + 2);
        if ((flags & 0x4000) != 0 || version > 1) {
            return rest(bytes.subspan(header));
        }
        if (type == 0x880b) {
            return ppp(bytes.subspan(header));
        }
        return type == type_transparent_bridging ? ethernet(bytes.subspan(header))
                                                 : by_type(type, bytes.subspan(header));
    }

    Layers& into_;
    Bytes reassembled_bytes_;
    bool in_error_ = false;
    bool reassembled_ = false;
};

bool is_cut(const Layer& layer) {
    const auto fixed = [&]() -> std::size_t {
        switch (layer.protocol) {
        case Protocol::ipv4:
        case Protocol::tcp:
            return 20;
        case Protocol::ipv6:
            return 40;
        case Protocol::udp:
        case Protocol::icmp:
        case Protocol::icmpv6:
        case Protocol::arp:
            return 8;
        case Protocol::vlan:
            return 4;
        case Protocol::dns:
        case Protocol::mdns:
            return 12;
        default:
            return 0;
        }
    }();
    return layer.bytes.size() < fixed;
}

const Layer* Layers::first(Protocol protocol) const {
    const auto* found = std::find_if(begin(), end(), [&](const Layer& l) { return l.protocol == protocol; });
    return found == end() ? nullptr : found;
}

const Layer* Layers::last(Protocol protocol) const {
    for (const auto* layer = end(); layer != begin();) {
        --layer;
        if (layer->protocol == protocol && !layer->in_error) {
            return layer;
        }
    }
    return nullptr;
}

void find_layers(std::uint16_t link_type, Bytes packet, Layers& into, Bytes reassembled) {
    LayerWalk(into, reassembled).link(link_type, packet);
}

void set_messages(Layers& layers, std::optional<Framing> framing, const SplitMessage& split,
                  std::size_t behind) {
    LayerWalk(layers).replace_messages(framing, split, behind);
}

std::optional<FragmentFacts> fragment_facts(const Layer& ip) {
    const auto* p = ip.bytes.data();
    if (is_cut(ip)) {
        return std::nullopt;
    }
    if (ip.protocol == Protocol::ipv4) {
        const auto word = load_be16(p + 6);
        if ((word & 0x3fff) == 0) {
            return std::nullopt;
        }
        return FragmentFacts{load_be16(p + 4), p[9], (word & 0x2000) != 0,
                             std::uint32_t{8} * (word & 0x1fffU), ip.payload()};
    }
    if (ip.protocol != Protocol::ipv6) {
        return std::nullopt;
    }
    const auto chain = walk_extensions(ip.bytes);
    if (!chain || chain->fragment_at == 0) {
        return std::nullopt;
    }
    const auto* f = p + chain->fragment_at;
    const auto word = load_be16(f + 2);
    if ((word & 0xfff9) == 0) {
        return std::nullopt;
    }
    return FragmentFacts{load_be32(f + 4), f[0], (word & 1) != 0, word & 0xfff8U, ip.payload()};
}

std::string_view name_of(Protocol protocol) {
    constexpr std::array<std::string_view, static_cast<std::size_t>(Protocol::last_)> names{
        "eth",  "vlan", "sll",  "null", "llc",    "mpls", "pppoes", "ppp", "chdlc", "arp",
        "ip",   "ipv6", "ah",   "icmp", "icmpv6", "tcp",  "udp",    "gre", "vxlan", "proxy",
        "http", "dns",  "mdns", "tls",  "bgp",    "bfd",  "ipip",   "data"};
    return names[static_cast<std::size_t>(protocol)];
}

std::string_view title_of(Protocol protocol) {
    constexpr std::array<std::string_view, static_cast<std::size_t>(Protocol::last_)> titles{
        "Ethernet",
        "802.1Q VLAN",
        "Linux cooked capture",
        "BSD loopback",
        "802.2 LLC",
        "MPLS",
        "PPPoE",
        "PPP",
        "Cisco HDLC",
        "ARP",
        "IPv4",
        "IPv6",
        "Authentication header",
        "ICMP",
        "ICMPv6",
        "TCP",
        "UDP",
        "GRE",
        "VXLAN",
        "PROXY protocol",
        "HTTP",
        "DNS",
        "mDNS",
        "TLS",
        "BGP",
        "BFD",
        "IP in IP",
        "Payload"};
    return titles[static_cast<std::size_t>(protocol)];
}

} // namespace fulcrum::capture
