#include "ends/proxy_header.h"

#include <algorithm>

#include "ends/http_fields.h"
#include "engine/base/byte_order.h"

namespace fulcrum::ends {
namespace {

using Kind = ProxyOutcome::Kind;

constexpr std::string_view v1_start = "PROXY ";
constexpr std::string_view v2_signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t v1_max_bytes = 107;
constexpr std::size_t v2_fixed_bytes = 16;
constexpr std::size_t v2_max_bytes = v2_fixed_bytes + 4096; // addresses are at most 216; the rest is TLVs

ProxyOutcome refused(const char* reason) {
    return {Kind::refused, 0, reason};
}

bool could_become(std::string_view bytes, std::string_view start) {
    const auto n = std::min(bytes.size(), start.size());
    return bytes.substr(0, n) == start.substr(0, n);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto value = parse_decimal(text);
    if (!value || *value > 65535 || text.size() > 5) {
        return std::nullopt;
    }
    return static_cast<std::uint16_t>(*value);
}

ProxyOutcome parse_v1(std::string_view bytes, ProxyHeader& header) {
    const auto end = bytes.substr(0, v1_max_bytes).find("\r\n");
    if (end == std::string_view::npos) {
        return bytes.size() >= v1_max_bytes ? refused("PROXY line too long") : ProxyOutcome{Kind::incomplete};
    }
    auto line = bytes.substr(v1_start.size(), end - v1_start.size());
    header.version = 1;
    const auto length = end + 2;
    if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) {
        header.local = true;
        return {Kind::complete, length};
    }
    std::string_view words[5];
    for (std::size_t i = 0; i < 5; ++i) {
        const auto space = line.find(' ');
        if ((space == std::string_view::npos) != (i == 4)) {
            return refused("PROXY line needs a family, two addresses and two ports");
        }
        words[i] = line.substr(0, space);
        line.remove_prefix(i == 4 ? line.size() : space + 1);
    }
    const bool v4 = words[0] == "TCP4";
    if (!v4 && words[0] != "TCP6") {
        return refused("PROXY line with an unknown family");
    }
    const auto source = IpAddress::parse(words[1]);
    const auto destination = IpAddress::parse(words[2]);
    const auto source_port = parse_port(words[3]);
    const auto destination_port = parse_port(words[4]);
    if (!source || !destination || !source_port || !destination_port || source->is_v4() != v4 ||
        destination->is_v4() != v4) {
        return refused("PROXY line with a bad address or port");
    }
    header.endpoints = ProxyHeader::Endpoints{*source, *destination, *source_port, *destination_port};
    return {Kind::complete, length};
}

ProxyOutcome parse_v2(std::string_view bytes, ProxyHeader& header) {
    if (bytes.size() < v2_fixed_bytes) {
        return {Kind::incomplete};
    }
    const auto* raw = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const unsigned version = raw[12] >> 4;
    const unsigned command = raw[12] & 0xf;
    const unsigned family = raw[13] >> 4;
    const std::size_t length = v2_fixed_bytes + load_be16(raw + 14);
    if (version != 2 || command > 1) {
        return refused("PROXY v2 with an unknown version or command");
    }
    if (length > v2_max_bytes) {
        return refused("PROXY v2 header too long");
    }
    if (bytes.size() < length) {
        return {Kind::incomplete};
    }
    header.version = 2;
    header.local = command == 0;
    if (header.local) {
        return {Kind::complete, length};
    }
    const auto* body = raw + v2_fixed_bytes;
    const std::size_t address_bytes = family == 1 ? 4 : family == 2 ? 16 : 0;
    if (address_bytes == 0) {
        return {Kind::complete, length}; // AF_UNSPEC and AF_UNIX carry nothing that we could show
    }
    if (length - v2_fixed_bytes < 2 * address_bytes + 4) {
        return refused("PROXY v2 header too short for its addresses");
    }
    const auto read = [&](const std::uint8_t* p) {
        return family == 1 ? IpAddress::v4_bytes(p) : IpAddress::v6_bytes(p);
    };
    header.endpoints =
        ProxyHeader::Endpoints{read(body), read(body + address_bytes), load_be16(body + 2 * address_bytes),
                               load_be16(body + 2 * address_bytes + 2)};
    return {Kind::complete, length};
}

} // namespace

ProxyOutcome parse_proxy_header(std::string_view bytes, ProxyHeader& header) {
    header = {};
    if (could_become(bytes, v1_start)) {
        return bytes.size() < v1_start.size() ? ProxyOutcome{Kind::incomplete} : parse_v1(bytes, header);
    }
    if (could_become(bytes, v2_signature)) {
        return bytes.size() < v2_signature.size() ? ProxyOutcome{Kind::incomplete} : parse_v2(bytes, header);
    }
    return {Kind::absent};
}

std::string endpoint_text(const IpAddress& address, std::uint16_t port) {
    const auto number = std::to_string(port);
    return address.is_v4() ? address.text() + ":" + number : "[" + address.text() + "]:" + number;
}

} // namespace fulcrum::ends
