// Packets and pcapng files made by hand, byte by byte, so that what is expected of them is known.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/byte_order.h"
#include "engine/wire/checksum.h"
#include "engine/wire/tcp.h"

namespace fulcrum::capture::made {

using Frame = std::vector<std::uint8_t>;

inline Frame bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

inline void append(Frame& out, const Frame& more) {
    out.insert(out.end(), more.begin(), more.end());
}

inline Frame ethernet(std::uint8_t destination, std::uint8_t source, std::uint16_t type,
                      const Frame& payload) {
    Frame out{2, 0, 0, 0, 0, destination, 2, 0, 0, 0, 0, source, 0, 0};
    store_be16(out.data() + 12, type);
    append(out, payload);
    return out;
}

struct Ipv4 {
    std::string source, destination;
    std::uint8_t protocol = 6, ttl = 64;
    std::uint16_t id = 1, fragment = 0x4000; // the word with the flags
};

inline Frame ipv4(const Ipv4& header, const Frame& payload) {
    Frame out(20);
    out[0] = 0x45;
    store_be16(out.data() + 2, static_cast<std::uint16_t>(20 + payload.size()));
    store_be16(out.data() + 4, header.id);
    store_be16(out.data() + 6, header.fragment);
    out[8] = header.ttl;
    out[9] = header.protocol;
    IpAddress::parse(header.source)->store_v4(out.data() + 12);
    IpAddress::parse(header.destination)->store_v4(out.data() + 16);
    store_be16(out.data() + 10, wire::checksum_of(out));
    append(out, payload);
    return out;
}

// A segment with a right checksum in a whole packet, without Ethernet.
inline Frame tcp_packet(const Ipv4& ip, const wire::TcpHeader& header, std::string_view payload = {}) {
    Frame segment(header.size() + payload.size());
    std::copy(payload.begin(), payload.end(), segment.begin() + static_cast<std::ptrdiff_t>(header.size()));
    header.emit(segment, IpAddress::parse(ip.source)->v4_value(),
                IpAddress::parse(ip.destination)->v4_value());
    return ipv4(ip, segment);
}

inline Frame udp_packet(Ipv4 ip, std::uint16_t source, std::uint16_t destination, const Frame& payload) {
    Frame datagram(8);
    store_be16(datagram.data(), source);
    store_be16(datagram.data() + 2, destination);
    store_be16(datagram.data() + 4, static_cast<std::uint16_t>(8 + payload.size()));
    append(datagram, payload);
    ip.protocol = 17;
    return ipv4(ip, datagram);
}

// Writes pcapng in either byte order.
class Pcapng {
public:
    explicit Pcapng(bool big = false) : big_(big) {}

    void number16(Frame& out, std::uint16_t value) const { number(out, value, 2); }
    void number32(Frame& out, std::uint32_t value) const { number(out, value, 4); }
    void number64(Frame& out, std::uint64_t value) const { number(out, value, 8); }
    void time(Frame& out, std::uint64_t ticks) const {
        number32(out, static_cast<std::uint32_t>(ticks >> 32));
        number32(out, static_cast<std::uint32_t>(ticks));
    }
    void option(Frame& out, std::uint16_t code, const Frame& value) const {
        number16(out, code);
        number16(out, static_cast<std::uint16_t>(value.size()));
        append(out, value);
        out.resize((out.size() + 3) / 4 * 4);
    }
    void block(std::uint32_t type, const Frame& body) {
        const auto length = static_cast<std::uint32_t>(12 + (body.size() + 3) / 4 * 4);
        number32(file, type);
        number32(file, length);
        append(file, body);
        file.resize(file.size() + length - 12 - body.size());
        number32(file, length);
    }
    void section(const Frame& options = {}) {
        Frame body;
        number32(body, 0x1a2b3c4d);
        number16(body, 1);
        number16(body, 0);
        number64(body, ~std::uint64_t{0});
        append(body, options);
        block(0x0a0d0d0a, body);
    }
    void interface(std::uint16_t link_type, std::uint32_t snaplen, const Frame& options = {}) {
        Frame body;
        number16(body, link_type);
        number16(body, 0);
        number32(body, snaplen);
        append(body, options);
        block(1, body);
    }
    void packet(std::uint32_t interface, std::uint64_t ticks, const Frame& bytes, const Frame& options = {}) {
        Frame body;
        number32(body, interface);
        time(body, ticks);
        number32(body, static_cast<std::uint32_t>(bytes.size()));
        number32(body, static_cast<std::uint32_t>(bytes.size()));
        append(body, bytes);
        body.resize((body.size() + 3) / 4 * 4);
        append(body, options);
        block(6, body);
    }
    void simple_packet(std::uint32_t original, const Frame& bytes) {
        Frame body;
        number32(body, original);
        append(body, bytes);
        block(3, body);
    }

    Frame file;

private:
    void number(Frame& out, std::uint64_t value, int bytes) const {
        for (int i = 0; i < bytes; ++i) {
            const int shift = 8 * (big_ ? bytes - 1 - i : i);
            out.push_back(static_cast<std::uint8_t>(value >> shift));
        }
    }
    bool big_;
};

} // namespace fulcrum::capture::made
