// TLS records and the plain part of handshakes (RFC 8446 sections 4.1.2 and 5.1), as far as one packet shows
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace fulcrum::capture {

struct TlsRecord {
    std::uint8_t type = 0; // 20 change cipher spec, 21 alert, 22 handshake, 23 application data
    std::uint16_t version = 0, length = 0;
    std::size_t offset = 0;                // in the payload
    std::span<const std::uint8_t> content; // as much as is there
};

struct TlsHandshake {
    std::uint8_t type = 0; // 1 client hello, 2 server hello, 11 certificate, …
    std::uint32_t length = 0;
    std::size_t offset = 0;             // in the record's content
    std::span<const std::uint8_t> body; // as much as is there
};

class TlsWalk {
public:
    explicit TlsWalk(std::span<const std::uint8_t> payload) : payload_(payload) {}
    std::optional<TlsRecord> next();

private:
    std::span<const std::uint8_t> payload_;
    std::size_t at_ = 0;
};

// The handshake messages of a record of type 22; an encrypted one shows none.
class TlsHandshakeWalk {
public:
    explicit TlsHandshakeWalk(const TlsRecord& record) : content_(record.content) {}
    std::optional<TlsHandshake> next();

private:
    std::span<const std::uint8_t> content_;
    std::size_t at_ = 0;
};

struct TlsHello {
    std::uint16_t version = 0;
    std::size_t cipher_suites = 0;      // offered; 1 in a server hello
    std::string_view server_name;       // client hello; empty: not said
    std::size_t server_name_offset = 0; // in the handshake's body
};
std::optional<TlsHello> parse_tls_hello(const TlsHandshake& handshake); // types 1 and 2

} // namespace fulcrum::capture
