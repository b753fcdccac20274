#include "engine/http/message_head.h"

#include <algorithm>

#include <boost/beast/http/basic_parser.hpp>

#include "engine/wire/http_tokens.h"

namespace fulcrum::http {

namespace beast = boost::beast;

namespace {

using Found = beast::http::field;
using beast::string_view;

std::string_view std_view(string_view text) {
    return {text.data(), text.size()};
}

// Servers that hand fields to programs as variables (RFC 3875 section 4.1.18) cannot tell "_" from "-".
bool same_variable(std::string_view name, std::string_view lower_case) {
    if (name.size() != lower_case.size()) {
        return false;
    }
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i] == '_' ? '-' : lower(name[i]);
        if (c != lower_case[i]) {
            return false;
        }
    }
    return true;
}

FieldName name_of(Found found, std::string_view text) {
    switch (found) {
    case Found::connection:
        return FieldName::connection;
    case Found::content_length:
        return FieldName::content_length;
    case Found::cookie:
        return FieldName::cookie;
    case Found::expect:
        return FieldName::expect;
    case Found::host:
        return FieldName::host;
    case Found::http2_settings:
        return FieldName::http2_settings;
    case Found::keep_alive:
        return FieldName::keep_alive;
    case Found::te:
        return FieldName::te;
    case Found::transfer_encoding:
        return FieldName::transfer_encoding;
    case Found::upgrade:
        return FieldName::upgrade;
    default:
        break;
    }
    const char first = text.empty() ? '\0' : lower(text[0]);
    if (first == 'p' && starts_with_name(text, "proxy-")) {
        return FieldName::proxy;
    }
    if (first == 'x') {
        return same_variable(text, "x-forwarded-for")     ? FieldName::x_forwarded_for
               : same_variable(text, "x-forwarded-port")  ? FieldName::x_forwarded_port
               : same_variable(text, "x-forwarded-proto") ? FieldName::x_forwarded_proto
                                                          : FieldName::other;
    }
    if ((first == 'c' && same_variable(text, "content-length")) ||
        (first == 't' && same_variable(text, "transfer-encoding"))) {
        return FieldName::framing_look_alike;
    }
    return FieldName::other;
}

Method method_of(beast::http::verb verb) {
    using Verb = beast::http::verb;
    switch (verb) {
    case Verb::get:
        return Method::get;
    case Verb::head:
        return Method::head;
    case Verb::post:
        return Method::post;
    case Verb::put:
        return Method::put;
    case Verb::delete_:
        return Method::delete_;
    case Verb::options:
        return Method::options;
    case Verb::trace:
        return Method::trace;
    case Verb::connect:
        return Method::connect;
    default:
        return Method::other;
    }
}

// Beast's parser, stopped after the head; bodies never pass through it.
template <bool is_request>
class Splitter final : public beast::http::basic_parser<is_request> {
public:
    using Base = beast::http::basic_parser<is_request>;
    using Head = std::conditional_t<is_request, RequestHead, ResponseHead>;

    explicit Splitter(Head& out) : out_(out) {
        Base::skip(true);
        Base::header_limit(64 * 1024);
    }
    bool too_many_fields() const { return too_many_fields_; }

private:
    using Error = beast::error_code;

    void on_request_impl([[maybe_unused]] beast::http::verb verb, [[maybe_unused]] string_view method,
                         [[maybe_unused]] string_view target, int version, Error&) override {
        if constexpr (is_request) {
            out_.method = method_of(verb);
            out_.method_text = std_view(method);
            out_.target = std_view(target);
        }
        out_.minor_version = static_cast<std::uint8_t>(version % 10);
    }
    void on_response_impl([[maybe_unused]] int status, [[maybe_unused]] string_view reason, int version,
                          Error&) override {
        if constexpr (!is_request) {
            out_.status = static_cast<std::uint16_t>(status);
            out_.reason = std_view(reason);
        }
        out_.minor_version = static_cast<std::uint8_t>(version % 10);
    }
    void on_field_impl(Found found, string_view name, string_view value, Error& error) override {
        if (out_.field_count == max_fields) {
            too_many_fields_ = true;
            error = beast::http::error::header_limit;
            return;
        }
        Field& field = out_.fields[out_.field_count++];
        field.name = std_view(name);
        field.value = std_view(value);
        field.id = name_of(found, field.name);
    }
    void on_header_impl(Error&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, Error&) override {}
    std::size_t on_body_impl(string_view, Error&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, string_view, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view, Error&) override { return 0; }
    void on_finish_impl(Error&) override {}

    Head& out_;
    bool too_many_fields_ = false;
};

// A start line that is well formed but for another version, or one that is not.
bool names_other_version(std::string_view text) {
    const std::string_view line = text.substr(0, text.find('\r'));
    constexpr std::size_t word_bytes = 9; // " HTTP/2.0"
    if (line.size() <= word_bytes || std::count(line.begin(), line.end(), ' ') != 2) {
        return false;
    }
    const std::string_view word = line.substr(line.size() - word_bytes);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return word.starts_with(" HTTP/") && is_digit(word[6]) && word[7] == '.' && is_digit(word[8]);
}

std::optional<Refusal> refusal_of(const beast::error_code& error, std::string_view text) {
    using Cause = beast::http::error;
    if (error == Cause::bad_version) {
        return names_other_version(text) ? Refusal{505, "only HTTP/1.0 and 1.1 are spoken here"}
                                         : Refusal{400, "bad start line"};
    }
    if (error == Cause::bad_method) {
        return Refusal{400, "bad method"};
    }
    if (error == Cause::bad_target) {
        return Refusal{400, "bad request target"};
    }
    if (error == Cause::bad_status || error == Cause::bad_reason) {
        return Refusal{400, "bad status line"};
    }
    if (error == Cause::bad_content_length) {
        return Refusal{400, "bad Content-Length"};
    }
    if (error == Cause::bad_transfer_encoding) {
        return Refusal{400, "bad Transfer-Encoding"};
    }
    return Refusal{400, "bad header field"};
}

template <bool is_request, class Head>
std::optional<Refusal> split(std::string_view text, Head& out) {
    out.text = text;
    out.field_count = 0;
    Splitter<is_request> splitter(out);
    beast::error_code error;
    const std::size_t used = splitter.put(boost::asio::const_buffer(text.data(), text.size()), error);
    if (splitter.too_many_fields()) {
        return Refusal{431, "too many header fields"};
    }
    if (error) {
        return refusal_of(error, text);
    }
    if (!splitter.is_header_done() || used != text.size()) {
        return Refusal{400, "bad header field"};
    }
    return std::nullopt;
}

bool read_connection(std::string_view value, ConnectionOptions& out) {
    bool good = true;
    each_element(value, ',', [&](std::string_view word) {
        if (same_name(word, "close")) {
            out.close = true;
        } else if (same_name(word, "keep-alive")) {
            out.keep_alive = true;
        } else if (same_name(word, "upgrade")) {
            out.upgrade = true;
        } else if (out.count < out.others.size()) {
            out.others[out.count++] = word;
        } else {
            good = false;
        }
    });
    return good;
}

// Digits only (RFC 9110 section 8.6): no sign, no list, no white space; below 2^60.
std::optional<std::uint64_t> read_length(std::string_view text) {
    if (text.empty() || text.size() > 18) {
        return std::nullopt;
    }
    std::uint64_t out = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        out = out * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return out;
}

// What both directions have in common: Connection, and the fields that frame the body.
std::optional<Refusal> read_framing(MessageHead& head) {
    bool length_seen = false, coding_seen = false;
    head.body = {};
    head.connection = {};
    for (const Field& field : head.all_fields()) {
        switch (field.id) {
        case FieldName::connection:
            if (!read_connection(field.value, head.connection)) {
                return Refusal{400, "too many connection options"};
            }
            break;
        case FieldName::content_length: {
            const auto length = read_length(field.value);
            if (length_seen || !length) {
                return Refusal{400, "bad Content-Length"};
            }
            length_seen = true;
            head.body.length = *length;
            break;
        }
        case FieldName::transfer_encoding:
            if (coding_seen || !same_name(field.value, "chunked")) {
                return Refusal{400, "bad Transfer-Encoding"};
            }
            coding_seen = true;
            break;
        case FieldName::framing_look_alike:
            return Refusal{400, "a field that could be read as one that frames"};
        default:
            break;
        }
    }
    if (coding_seen && length_seen) {
        return Refusal{400, "both Transfer-Encoding and Content-Length"};
    }
    if (coding_seen && head.minor_version == 0) { // RFC 9112 section 6.1: framing is faulty
        return Refusal{400, "Transfer-Encoding in HTTP/1.0"};
    }
    if (coding_seen) {
        head.body.kind = BodyFraming::Kind::chunked;
    } else if (length_seen && head.body.length > 0) {
        head.body.kind = BodyFraming::Kind::length;
    }
    return std::nullopt;
}

bool all_of(std::string_view text, std::string_view extra) {
    for (const char c : text) {
        const char l = lower(c);
        if (!(l >= 'a' && l <= 'z') && !(c >= '0' && c <= '9') && extra.find(c) == std::string_view::npos) {
            return false;
        }
    }
    return !text.empty();
}

// "name", "name:port", "10.0.0.1:80", "[2001:db8::1]:80" (RFC 3986 section 3.2.2, without the characters that
// no host name has); no user information. Returns the part before the port, empty when it is malformed.
std::string_view host_of(std::string_view authority) {
    std::string_view host = authority, port;
    if (!authority.empty() && authority.front() == '[') {
        const std::size_t end = authority.find(']');
        if (end == std::string_view::npos || !all_of(authority.substr(1, end - 1), ":.")) {
            return {};
        }
        host = authority.substr(0, end + 1);
        port = authority.substr(end + 1);
        if (!port.empty() && port.front() != ':') {
            return {};
        }
    } else {
        const std::size_t colon = authority.find(':');
        host = authority.substr(0, colon);
        port = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
        if (host.size() > 1 && host.back() == '.') {
            host.remove_suffix(1);
        }
        if (!all_of(host, "-._~") || host.front() == '.') {
            return {};
        }
    }
    if (port.size() > 6 || port.find_first_not_of("0123456789", 1) != std::string_view::npos) {
        return {};
    }
    return host;
}

// RFC 9112 section 3.2.
std::optional<Refusal> read_target(RequestHead& head) {
    for (const char c : head.target) {
        if (c <= ' ' || c >= 0x7f || c == '#') { // char is signed: also refuses 0x80 to 0xff
            return Refusal{400, "bad request target"};
        }
    }
    if (head.method == Method::connect) {
        head.path = head.target;
        head.authority = head.target;
        return std::nullopt;
    }
    if (head.target.front() == '/' || (head.target == "*" && head.method == Method::options)) {
        head.path = head.target;
        return std::nullopt;
    }
    constexpr std::string_view scheme = "http://";
    if (!starts_with_name(head.target, scheme)) {
        return Refusal{400, "bad request target"};
    }
    const std::string_view rest = head.target.substr(scheme.size());
    const std::size_t slash = rest.find_first_of("/?");
    head.absolute = true;
    head.authority = rest.substr(0, slash);
    head.path =
        slash == std::string_view::npos ? (head.method == Method::options ? "*" : "/") : rest.substr(slash);
    if (head.authority.empty() ||
        head.path.front() == '?') { // the second is legal, but leaves no path to send on
        return Refusal{400, "bad request target"};
    }
    return std::nullopt;
}

// RFC 9112 section 3.2 and RFC 9110 section 7.2. The authority of an absolute target stands in for Host
// (section 3.2.2), which must be a legal one all the same.
std::optional<Refusal> read_host(RequestHead& head) {
    bool seen = false;
    for (const Field& field : head.all_fields()) {
        if (field.id != FieldName::host) {
            continue;
        }
        if (seen) {
            return Refusal{400, "more than one Host"};
        }
        seen = true;
        if (head.authority.empty()) {
            head.authority = field.value;
        } else if (!head.absolute && !same_name(head.authority, field.value)) { // CONNECT
            return Refusal{400, "Host differs from the request target"};
        }
        if (host_of(field.value).empty()) {
            return Refusal{400, "bad Host"};
        }
    }
    if (!seen && head.minor_version == 1) {
        return Refusal{400, "no Host"};
    }
    head.host = host_of(head.authority);
    if (head.host.empty() && (seen || !head.authority.empty())) {
        return Refusal{400, "bad Host"};
    }
    return std::nullopt;
}

} // namespace

bool ConnectionOptions::names(std::string_view field) const {
    for (std::size_t i = 0; i < count; ++i) {
        if (same_name(others[i], field)) {
            return true;
        }
    }
    return false;
}

std::optional<Refusal> parse_request(std::string_view text, RequestHead& out) {
    out.method_text = out.target = out.path = out.authority = out.host = out.upgrade = {};
    out.method = Method::other;
    out.minor_version = 1;
    out.expects_continue = out.absolute = false;
    if (auto refusal = split<true>(text, out)) {
        return refusal;
    }
    if (auto refusal = read_framing(out)) {
        return refusal;
    }
    if (auto refusal = read_target(out)) {
        return refusal;
    }
    if (auto refusal = read_host(out)) {
        return refusal;
    }
    if ((out.method == Method::trace || out.method == Method::connect) &&
        out.body.kind != BodyFraming::Kind::none) {
        return Refusal{400, "a body where none belongs"}; // RFC 9110 sections 9.3.6 and 9.3.8
    }
    bool upgrade_offered =
        out.connection.upgrade && out.minor_version == 1 && out.body.kind == BodyFraming::Kind::none;
    for (const Field& field : out.all_fields()) {
        if (field.id == FieldName::expect && out.minor_version == 1) {
            if (!same_name(field.value, "100-continue") || out.expects_continue) {
                return Refusal{417, "unknown expectation"};
            }
            out.expects_continue = true;
        } else if (field.id == FieldName::upgrade) {
            if (!out.upgrade.empty()) {
                upgrade_offered = false;
            }
            out.upgrade = field.value;
            // HTTP/2 in the clear would carry requests that nobody here reads.
            each_element(field.value, ',', [&](std::string_view protocol) {
                upgrade_offered = upgrade_offered && !starts_with_name(protocol, "h2") &&
                                  !starts_with_name(protocol, "http");
            });
        }
    }
    out.expects_continue = out.expects_continue && out.body.kind != BodyFraming::Kind::none;
    if (!upgrade_offered) {
        out.upgrade = {};
    }
    return std::nullopt;
}

std::optional<Refusal> parse_response(std::string_view text, Method asked, ResponseHead& out) {
    if (auto refusal = split<false>(text, out)) {
        return refusal;
    }
    if (out.status < 100 || out.status > 599) {
        return Refusal{502, "bad status code"};
    }
    const std::uint16_t status = out.status;
    if (auto refusal = read_framing(out)) {
        return refusal;
    }
    const bool bodyless = asked == Method::head || status < 200 || status == 204 || status == 304;
    if (bodyless) { // RFC 9112 section 6.3, rules 1 and 2
        out.body = {};
    } else if (out.body.kind == BodyFraming::Kind::none) {
        bool has_length = false; // of zero, then
        for (const Field& field : out.all_fields()) {
            has_length = has_length || field.id == FieldName::content_length;
        }
        if (!has_length) {
            out.body.kind = BodyFraming::Kind::until_close;
        }
    }
    return std::nullopt;
}

} // namespace fulcrum::http
