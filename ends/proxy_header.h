// The PROXY protocol header, versions 1 and 2, out of untrusted bytes
// (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt, sections 2.1 and 2.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/address.h"

namespace fulcrum::ends {

struct ProxyHeader {
    int version = 1;
    bool local = false; // v2 LOCAL, v1 UNKNOWN: the sender speaks for itself, the addresses say nothing
    struct Endpoints {
        IpAddress source, destination;
        std::uint16_t source_port = 0, destination_port = 0;
    };
    std::optional<Endpoints> endpoints; // none: local, or a family that is not IP
};

struct ProxyOutcome {
    enum class Kind { absent, incomplete, complete, refused } kind = Kind::absent;
    std::size_t length = 0;  // complete: bytes of the header
    const char* reason = ""; // refused
};

// Looks at the first bytes of a connection. `absent` as soon as they cannot be a PROXY header.
ProxyOutcome parse_proxy_header(std::string_view bytes, ProxyHeader& header);

std::string endpoint_text(const IpAddress& address, std::uint16_t port); // "10.1.1.1:80", "[2001:db8::1]:80"

} // namespace fulcrum::ends
