// The PROXY protocol header that opens a connection and says whose it is (SPEC M10), versions 1 and 2:
// https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt, sections 2.1 and 2.2. Written towards servers,
// read from upstream. A service either expects it or does not: it is never guessed (section 2), so a
// connection without it is refused where it is expected.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "engine/base/address.h"

namespace fulcrum::http {

struct ProxiedConnection {
    IpAddress source, destination; // of one family
    std::uint16_t source_port = 0, destination_port = 0;
    bool operator==(const ProxiedConnection&) const = default;
};

enum class ProxyVersion : std::uint8_t { v1 = 1, v2 = 2 };

struct ProxyHeaderBytes {
    static constexpr std::size_t max_bytes =
        107; // of version 1 with its line end; version 2 takes at most 52
    std::array<std::uint8_t, max_bytes> bytes{};
    std::size_t size = 0;
    std::span<const std::uint8_t> span() const { return {bytes.data(), size}; }
};

// For a TCP connection; none: the sender speaks for itself (a health check): UNKNOWN in version 1, LOCAL
// in 2.
ProxyHeaderBytes emit_proxy_header(ProxyVersion version, const std::optional<ProxiedConnection>& connection);

// Reads one header from bytes that come in any pieces. Strict: one space between words, ports without leading
// zeros, the families agree, no datagrams. In version 2 everything behind the addresses (TLVs) is skipped
// unseen.
class ProxyHeaderReader {
public:
    enum class State : std::uint8_t { more, complete, refused };
    static constexpr std::uint32_t max_v2_bytes = 4096; // with TLVs; the format itself would allow 65,551

    // How many of the bytes belong to the header; those behind are the connection's own.
    std::size_t feed(std::span<const std::uint8_t> bytes);

    State state() const { return state_; }
    const char* reason() const { return reason_; } // refused
    // Complete. None: LOCAL, UNKNOWN, or a family that is not IP; the connection's own addresses count then.
    const std::optional<ProxiedConnection>& connection() const { return connection_; }

private:
    void refuse(const char* reason) {
        state_ = State::refused;
        reason_ = reason;
    }
    void take(std::uint8_t byte);
    void take_v1(std::uint8_t byte);
    void take_v2();
    void finish_v1();

    std::array<std::uint8_t, ProxyHeaderBytes::max_bytes>
        head_{};              // what is looked at: all of v1; v2 to the addresses
    std::uint32_t size_ = 0;  // seen
    std::uint32_t total_ = 0; // of a v2 header; 0: not known yet
    State state_ = State::more;
    bool version2_ = false;
    const char* reason_ = "";
    std::optional<ProxiedConnection> connection_;
};

} // namespace fulcrum::http
