// What a message head says: the start line and the fields as views into its bytes, and the decisions that
// follow from them: how the body ends, whether the connection lives on, whom the request is for.
//
// The text is split by Boost.Beast's parser; HeadScanner has already refused what is ambiguous as bytes. Here
// is refused what is ambiguous as meaning (RFC 9112 sections 3.2, 6.1, 6.3; RFC 9110 section 7.2). Stricter
// than the RFC, because a proxy must read as the strictest and the most lenient server would:
//   Content-Length more than once, or as a list                even with equal values
//   Transfer-Encoding with Content-Length                      the RFC lets a proxy drop the length
//   Transfer-Encoding other than the one word "chunked"        the RFC lets other codings stand before it
//   Content_Length, Transfer_Encoding                          to some servers the same variables as with "-"
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace fulcrum::http {

inline constexpr std::size_t max_fields = 128;

// The fields that a proxy itself reads or writes.
enum class FieldName : std::uint8_t {
    other,
    connection,
    content_length,
    cookie,
    expect,
    framing_look_alike, // Content_Length, Transfer_Encoding
    host,
    http2_settings,
    keep_alive,
    proxy, // everything that starts with "Proxy-"
    te,
    transfer_encoding,
    upgrade,
    x_forwarded_for,
    x_forwarded_port,
    x_forwarded_proto,
};

struct Field {
    std::string_view name, value; // the value without white space around it
    FieldName id = FieldName::other;
};

enum class Method : std::uint8_t { get, head, post, put, delete_, options, trace, connect, other };

// RFC 9110 section 9.2.2: sending it twice does what sending it once does.
constexpr bool is_idempotent(Method m) {
    return m == Method::get || m == Method::head || m == Method::put || m == Method::delete_ ||
           m == Method::options || m == Method::trace;
}

struct BodyFraming {
    enum class Kind : std::uint8_t { none, length, chunked, until_close } kind = Kind::none;
    std::uint64_t length = 0; // kind length; above zero
};

// The Connection field: words that name a hop's own business.
struct ConnectionOptions {
    bool close = false, keep_alive = false, upgrade = false;
    std::array<std::string_view, 16> others; // field names to be removed
    std::uint8_t count = 0;

    bool names(std::string_view field) const;
};

struct MessageHead {
    std::string_view text;          // all of it, from the start line to the empty line
    std::uint8_t minor_version = 1; // HTTP/1.x
    std::array<Field, max_fields> fields;
    std::size_t field_count = 0;
    BodyFraming body;
    ConnectionOptions connection;

    std::span<const Field> all_fields() const { return {fields.data(), field_count}; }
};

struct RequestHead : MessageHead {
    std::string_view method_text, target; // as they came
    Method method = Method::other;
    std::string_view path; // with the query, as it goes to the server: "/…", or "*"; CONNECT: the authority
    std::string_view authority;    // host and port as the client said them; empty only in HTTP/1.0
    std::string_view host;         // of it, without port and final dot; in the client's own spelling
    bool absolute = false;         // the target came with scheme and authority
    bool expects_continue = false; // and there is a body to wait with
    std::string_view upgrade; // protocols asked for; empty: none, or not to be offered (see http_session.h)

    bool keeps_alive() const { // RFC 9112 section 9.3
        return !connection.close && (minor_version == 1 || connection.keep_alive);
    }
};

struct ResponseHead : MessageHead {
    std::uint16_t status = 0;
    std::string_view reason;

    bool keeps_alive() const {
        return body.kind != BodyFraming::Kind::until_close && !connection.close &&
               (minor_version == 1 || connection.keep_alive);
    }
};

// Why a head was refused; `status` is the answer that a request gets.
struct Refusal {
    std::uint16_t status;
    const char* reason;
};

// `text` is what a HeadScanner found complete, without leading(). The views point into it.
std::optional<Refusal> parse_request(std::string_view text, RequestHead& out);
// `asked` is the method of the request that this answers: it decides whether a body follows.
std::optional<Refusal> parse_response(std::string_view text, Method asked, ResponseHead& out);

} // namespace fulcrum::http
