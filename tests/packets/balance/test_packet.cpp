#include "tests/packets/balance/test_packet.h"

#include <charconv>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/base/byte_order.h"

namespace fulcrum::test {

namespace {

struct EndpointText {
    IpAddress address;
    std::uint16_t port = 0;
};

EndpointText endpoint(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    EndpointText out{ip(text.substr(0, colon)), 0};
    if (colon != std::string::npos) {
        std::from_chars(text.data() + colon + 1, text.data() + text.size(), out.port);
    }
    return out;
}

void put_ethernet(Bytes& b, const Mac& to, const Mac& from, std::uint16_t type) {
    std::memcpy(b.data(), to.bytes.data(), 6);
    std::memcpy(b.data() + 6, from.bytes.data(), 6);
    store_be16(b.data() + 12, type);
}

void put_ipv4(Bytes& b, std::uint8_t protocol, const IpAddress& from, const IpAddress& to, std::uint8_t ttl,
              bool dont_fragment) {
    std::uint8_t* h = b.data() + 14;
    h[0] = 0x45;
    store_be16(h + 2, static_cast<std::uint16_t>(b.size() - 14));
    store_be16(h + 4, 0x1234);
    store_be16(h + 6, dont_fragment ? 0x4000 : 0);
    h[8] = ttl;
    h[9] = protocol;
    from.store_v4(h + 12);
    to.store_v4(h + 16);
    store_be16(h + 10, static_cast<std::uint16_t>(~plain_sum(b, 14, 34)));
}

std::uint32_t pseudo(const Bytes& b) {
    std::uint32_t sum = 0;
    for (std::size_t i = 26; i < 34; i += 2) {
        sum += load_be16(b.data() + i);
    }
    return sum + b[23] + static_cast<std::uint32_t>(load_be16(b.data() + 16) - 4 * (b[14] & 15));
}

std::size_t checksum_at(const Bytes& b) {
    const std::size_t l4 = 14 + 4 * (b[14] & 15U);
    return l4 + (b[23] == 6 ? 16 : b[23] == 17 ? 6 : 2);
}

} // namespace

Mac mac(int n) {
    return Mac{{2, 0, 0, 0, 0, static_cast<std::uint8_t>(n)}};
}

IpAddress ip(std::string_view text) {
    const auto parsed = IpAddress::parse(text);
    if (!parsed) {
        throw std::invalid_argument(std::string(text));
    }
    return *parsed;
}

Bytes pattern(std::size_t size) {
    Bytes out(size);
    for (std::size_t i = 0; i < size; ++i) {
        out[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
    }
    return out;
}

std::uint16_t plain_sum(const Bytes& bytes, std::size_t from, std::size_t to, std::uint32_t start) {
    std::uint64_t sum = start;
    for (std::size_t i = from; i < to; i += 2) {
        sum += static_cast<std::uint64_t>(bytes.at(i)) << 8;
        sum += i + 1 < to ? bytes.at(i + 1) : 0;
    }
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<std::uint16_t>(sum);
}

TestFrame make_tcp(const TcpSpec& s) {
    const EndpointText from = endpoint(s.from);
    const EndpointText to = endpoint(s.to);
    TestFrame out;
    out.bytes.resize(14 + 20 + 20 + s.payload.size());
    put_ethernet(out.bytes, s.to_mac, s.from_mac, 0x0800);
    put_ipv4(out.bytes, 6, from.address, to.address, s.ttl, s.dont_fragment);
    std::uint8_t* t = out.bytes.data() + 34;
    store_be16(t, from.port);
    store_be16(t + 2, to.port);
    store_be32(t + 4, s.seq);
    store_be32(t + 8, s.ack);
    t[12] = 5 << 4;
    t[13] = s.flags;
    store_be16(t + 14, 501);
    std::copy(s.payload.begin(), s.payload.end(), out.bytes.begin() + 54);
    store_be16(t + 16,
               static_cast<std::uint16_t>(~plain_sum(out.bytes, 34, out.bytes.size(), pseudo(out.bytes))));
    return out;
}

TestFrame make_gso_tcp(const TcpSpec& s, std::uint16_t gso_size) {
    TestFrame out = make_tcp(s);
    out.meta.flags = wire::VnetMeta::needs_checksum;
    out.meta.gso_type = wire::VnetMeta::gso_tcp_v4;
    out.meta.hdr_len = 54;
    out.meta.gso_size = gso_size;
    out.meta.csum_start = 34;
    out.meta.csum_offset = 16;
    store_be16(out.bytes.data() + 50, plain_sum({}, 0, 0, pseudo(out.bytes)));
    return out;
}

TestFrame make_udp(const UdpSpec& s) {
    const EndpointText from = endpoint(s.from);
    const EndpointText to = endpoint(s.to);
    TestFrame out;
    out.bytes.resize(14 + 20 + 8 + s.payload.size());
    put_ethernet(out.bytes, s.to_mac, s.from_mac, 0x0800);
    put_ipv4(out.bytes, 17, from.address, to.address, s.ttl, false);
    std::uint8_t* u = out.bytes.data() + 34;
    store_be16(u, from.port);
    store_be16(u + 2, to.port);
    store_be16(u + 4, static_cast<std::uint16_t>(8 + s.payload.size()));
    std::copy(s.payload.begin(), s.payload.end(), out.bytes.begin() + 42);
    if (s.checksum) {
        store_be16(u + 6, static_cast<std::uint16_t>(
                              ~plain_sum(out.bytes, 34, out.bytes.size(), pseudo(out.bytes))));
    }
    return out;
}

TestFrame make_ping(Mac from_mac, Mac to_mac, const std::string& from, const std::string& to,
                    std::uint16_t sequence, bool reply, std::uint16_t identifier) {
    TestFrame out;
    out.bytes.resize(14 + 20 + 8 + 24);
    put_ethernet(out.bytes, to_mac, from_mac, 0x0800);
    put_ipv4(out.bytes, 1, ip(from), ip(to), 64, false);
    std::uint8_t* i = out.bytes.data() + 34;
    i[0] = reply ? 0 : 8;
    store_be16(i + 4, identifier);
    store_be16(i + 6, sequence);
    store_be16(i + 2, static_cast<std::uint16_t>(~plain_sum(out.bytes, 34, out.bytes.size())));
    return out;
}

TestFrame make_icmp_error(Mac from_mac, Mac to_mac, const std::string& from, const std::string& to,
                          std::uint8_t type, std::uint8_t code, std::uint32_t rest, const TestFrame& about,
                          std::size_t quoted_bytes) {
    const std::size_t quoted = std::min(quoted_bytes, about.bytes.size() - 14);
    TestFrame out;
    out.bytes.resize(14 + 20 + 8 + quoted);
    put_ethernet(out.bytes, to_mac, from_mac, 0x0800);
    put_ipv4(out.bytes, 1, ip(from), ip(to), 64, false);
    std::uint8_t* i = out.bytes.data() + 34;
    i[0] = type;
    i[1] = code;
    store_be32(i + 4, rest);
    std::memcpy(i + 8, about.bytes.data() + 14, quoted);
    store_be16(i + 2, static_cast<std::uint16_t>(~plain_sum(out.bytes, 34, out.bytes.size())));
    return out;
}

TestFrame make_arp(bool reply, Mac from_mac, Mac to_mac, const std::string& sender_ip,
                   const std::string& target_ip) {
    TestFrame out;
    out.bytes.resize(42);
    put_ethernet(out.bytes, to_mac, from_mac, 0x0806);
    std::uint8_t* a = out.bytes.data() + 14;
    store_be16(a, 1);
    store_be16(a + 2, 0x0800);
    a[4] = 6;
    a[5] = 4;
    store_be16(a + 6, reply ? 2 : 1);
    std::memcpy(a + 8, from_mac.bytes.data(), 6);
    ip(sender_ip).store_v4(a + 14);
    std::memcpy(a + 18, reply ? to_mac.bytes.data() : Mac{}.bytes.data(), 6);
    ip(target_ip).store_v4(a + 24);
    return out;
}

Mac TestFrame::to_mac() const {
    Mac m;
    std::copy_n(bytes.begin(), 6, m.bytes.begin());
    return m;
}
Mac TestFrame::from_mac() const {
    Mac m;
    std::copy_n(bytes.begin() + 6, 6, m.bytes.begin());
    return m;
}
std::uint16_t TestFrame::be16(std::size_t at) const {
    return static_cast<std::uint16_t>((bytes.at(at) << 8) | bytes.at(at + 1));
}
std::uint32_t TestFrame::be32(std::size_t at) const {
    return (std::uint32_t{be16(at)} << 16) | be16(at + 2);
}
std::string TestFrame::from_ip() const {
    return IpAddress::v4(be32(26)).text();
}
std::string TestFrame::to_ip() const {
    return IpAddress::v4(be32(30)).text();
}
std::string TestFrame::from() const {
    return fmt::format("{}:{}", from_ip(), be16(l4()));
}
std::string TestFrame::to() const {
    return fmt::format("{}:{}", to_ip(), be16(l4() + 2));
}

Bytes TestFrame::l4_payload() const {
    const std::size_t header = protocol() == 6 ? 4U * (bytes.at(l4() + 12) >> 4) : 8U;
    return Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(l4() + header), bytes.end());
}

bool TestFrame::ip_checksum_right() const {
    return plain_sum(bytes, 14, l4()) == 0xffff;
}

bool TestFrame::l4_checksum_right() const {
    return plain_sum(bytes, l4(), 14U + total_length(), protocol() == 1 ? 0 : pseudo(bytes)) == 0xffff;
}

bool TestFrame::l4_checksum_partial_right() const {
    return be16(checksum_at(bytes)) == plain_sum({}, 0, 0, pseudo(bytes));
}

std::string TestFrame::text() const {
    std::string out = fmt::format("{} > {} type {:04x}, {} bytes", from_mac().text(), to_mac().text(),
                                  ethertype(), bytes.size());
    if (is_ipv4() && bytes.size() >= l4() + 4) {
        out += fmt::format(": protocol {} {} > {} ttl {}", protocol(), from(), to(), ttl());
    }
    return out;
}

} // namespace fulcrum::test
