#include "engine/http/proxy_protocol.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "engine/base/byte_order.h"

namespace fulcrum::http {

namespace {

constexpr std::array<std::uint8_t, 12> signature{0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                                 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
constexpr std::string_view v1_start = "PROXY ";
constexpr std::size_t v2_fixed_bytes = 16;
constexpr std::uint8_t v2_local = 0x20, v2_proxy = 0x21;
constexpr std::uint8_t v2_tcp4 = 0x11, v2_tcp6 = 0x21;

std::optional<std::uint16_t> read_port(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) {
        return std::nullopt;
    }
    std::uint32_t out = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        out = out * 10 + static_cast<std::uint32_t>(c - '0');
    }
    return out > 65535 ? std::nullopt : std::optional(static_cast<std::uint16_t>(out));
}

// The word up to the next space, which goes too; the last word has none behind it.
std::string_view take_word(std::string_view& text) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

void put(ProxyHeaderBytes& out, const void* bytes, std::size_t size) {
    std::memcpy(out.bytes.data() + out.size, bytes, size);
    out.size += size;
}

void put_be16(ProxyHeaderBytes& out, std::uint16_t value) {
    store_be16(out.bytes.data() + out.size, value);
    out.size += 2;
}

ProxyHeaderBytes emit_v1(const std::optional<ProxiedConnection>& c) {
    ProxyHeaderBytes out;
    const std::string text =
        c ? fmt::format("PROXY {} {} {} {} {}\r\n", c->source.is_v4() ? "TCP4" : "TCP6", c->source.text(),
                        c->destination.text(), c->source_port, c->destination_port)
          : std::string("PROXY UNKNOWN\r\n");
    put(out, text.data(), text.size());
    return out;
}

ProxyHeaderBytes emit_v2(const std::optional<ProxiedConnection>& c) {
    ProxyHeaderBytes out;
    put(out, signature.data(), signature.size());
    const bool v4 = c && c->source.is_v4();
    const std::array<std::uint8_t, 2> kind{c ? v2_proxy : v2_local, !c   ? std::uint8_t{0}
                                                                    : v4 ? v2_tcp4
                                                                         : v2_tcp6};
    put(out, kind.data(), kind.size());
    const std::size_t address_bytes = v4 ? 4 : 16;
    put_be16(out, c ? static_cast<std::uint16_t>(2 * address_bytes + 4) : std::uint16_t{0});
    if (c) {
        put(out, c->source.bytes().data() + (16 - address_bytes), address_bytes);
        put(out, c->destination.bytes().data() + (16 - address_bytes), address_bytes);
        put_be16(out, c->source_port);
        put_be16(out, c->destination_port);
    }
    return out;
}

} // namespace

ProxyHeaderBytes emit_proxy_header(ProxyVersion version, const std::optional<ProxiedConnection>& connection) {
    return version == ProxyVersion::v1 ? emit_v1(connection) : emit_v2(connection);
}

std::size_t ProxyHeaderReader::feed(std::span<const std::uint8_t> bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && state_ == State::more) {
        take(bytes[used]);
        ++used;
    }
    return used;
}

void ProxyHeaderReader::take(std::uint8_t byte) {
    if (size_ == 0) {
        version2_ = byte == signature[0];
    }
    if (size_ < head_.size()) {
        head_[size_] = byte;
    }
    ++size_;
    version2_ ? take_v2() : take_v1(byte);
}

void ProxyHeaderReader::take_v1(std::uint8_t byte) {
    if (size_ <= v1_start.size()) {
        if (byte != static_cast<std::uint8_t>(v1_start[size_ - 1])) {
            refuse("no PROXY header");
        }
    } else if (byte == '\n') {
        finish_v1();
    } else if (size_ == head_.size()) {
        refuse("the PROXY header is too long");
    }
}

void ProxyHeaderReader::finish_v1() {
    std::string_view text(reinterpret_cast<const char*>(head_.data()), size_ - 1);
    if (!text.ends_with('\r')) {
        return refuse("the PROXY header's line does not end in CR LF");
    }
    text.remove_suffix(1);
    text.remove_prefix(v1_start.size());
    const std::string_view family = take_word(text);
    state_ = State::complete;
    if (family == "UNKNOWN") {
        return; // what follows up to the line's end is to be ignored (section 2.1)
    }
    if (family != "TCP4" && family != "TCP6") {
        return refuse("the PROXY header names an unknown family");
    }
    const std::string_view source = take_word(text), destination = take_word(text),
                           source_port = take_word(text);
    // What is left is the last word and nothing else: read_port refuses a space.
    const auto from = IpAddress::parse(source), to = IpAddress::parse(destination);
    const auto from_port = read_port(source_port), to_port = read_port(text);
    const bool colons = family == "TCP6";
    const auto fits = [colons](std::string_view word) {
        return (word.find(':') != std::string_view::npos) == colons;
    };
    if (!from || !to || !fits(source) || !fits(destination) || from->is_v4() != to->is_v4()) {
        return refuse("the PROXY header has a bad address");
    }
    if (!from_port || !to_port) {
        return refuse("the PROXY header has a bad port");
    }
    connection_ = ProxiedConnection{*from, *to, *from_port, *to_port};
}

void ProxyHeaderReader::take_v2() {
    if (size_ <= signature.size()) {
        if (head_[size_ - 1] != signature[size_ - 1]) {
            refuse("no PROXY header");
        }
        return;
    }
    if (size_ < v2_fixed_bytes) {
        return;
    }
    const std::uint8_t command = head_[12], family = head_[13];
    if (size_ == v2_fixed_bytes) {
        const std::size_t length = load_be16(head_.data() + 14);
        total_ = static_cast<std::uint32_t>(v2_fixed_bytes + length);
        if (command != v2_local && command != v2_proxy) {
            return refuse("the PROXY header has an unknown version or command");
        }
        if ((family >> 4) > 3 || (family & 0xf) > 2) {
            return refuse("the PROXY header names an unknown family");
        }
        if (command == v2_proxy && (family & 0xf) == 2) {
            return refuse("the PROXY header speaks of datagrams");
        }
        const std::size_t needed = family == v2_tcp4 ? 12 : family == v2_tcp6 ? 36 : 0;
        if (command == v2_proxy && length < needed) {
            return refuse("the PROXY header is too short for its addresses");
        }
        if (total_ > max_v2_bytes) {
            return refuse("the PROXY header is too long");
        }
    }
    if (size_ < total_) {
        return;
    }
    const std::uint8_t* at = head_.data() + v2_fixed_bytes;
    if (command == v2_proxy && family == v2_tcp4) {
        connection_ = {IpAddress::v4_bytes(at), IpAddress::v4_bytes(at + 4), load_be16(at + 8),
                       load_be16(at + 10)};
    } else if (command == v2_proxy && family == v2_tcp6) {
        const auto source = IpAddress::v6_bytes(at), destination = IpAddress::v6_bytes(at + 16);
        if (source.is_v4() != destination.is_v4()) { // one of them IPv4-mapped: no connection has such ends
            return refuse("the PROXY header has a bad address");
        }
        connection_ = {source, destination, load_be16(at + 32), load_be16(at + 34)};
    }
    state_ = State::complete;
}

} // namespace fulcrum::http
