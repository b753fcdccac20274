#include "engine/http/head_rewrite.h"

#include <arpa/inet.h>

#include "engine/wire/http_status.h"
#include "engine/wire/http_tokens.h"

namespace fulcrum::http {

namespace {

// A sender may name fields in Connection to have them removed. Not these: what frames, routes or identifies a
// request is not its to take away on the far side of a proxy.
bool may_be_removed(const Field& field) {
    switch (field.id) {
    case FieldName::content_length:
    case FieldName::transfer_encoding:
    case FieldName::host:
    case FieldName::cookie:
    case FieldName::expect:
    case FieldName::x_forwarded_for:
    case FieldName::x_forwarded_port:
    case FieldName::x_forwarded_proto:
        return false;
    default:
        return !same_name(field.name, "authorization") && !same_name(field.name, "set-cookie");
    }
}

bool is_removed(const Field& field, const ConnectionOptions& connection) {
    return connection.count > 0 && connection.names(field.name) && may_be_removed(field);
}

void write_address(HeadWriter& out, const IpAddress& address) {
    if (address.is_v4()) { // by hand: inet_ntop takes longer than the rest of the head
        const std::uint32_t value = address.v4_value();
        out << std::uint64_t{value >> 24} << "." << std::uint64_t{value >> 16 & 0xff} << "."
            << std::uint64_t{value >> 8 & 0xff} << "." << std::uint64_t{value & 0xff};
        return;
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(AF_INET6, address.bytes().data(), text.data(), text.size());
    out << std::string_view(text.data());
}

// Cookie is a list of name=value, parted by "; " (RFC 6265 section 4.2.1).
void write_cookies(HeadWriter& out, const Field& field, std::string_view without) {
    bool kept = false;
    each_element(field.value, ';', [&](std::string_view pair) {
        if (pair.substr(0, pair.find('=')) == without) {
            return;
        }
        out << (kept ? std::string_view("; ") : std::string_view("Cookie: ")) << pair;
        kept = true;
    });
    if (kept) {
        out << "\r\n";
    }
}

void write_forwarded_for(HeadWriter& out, const RequestHead& head, const HttpPolicy& policy,
                         const ClientFacts& client) {
    if (policy.forwarded_for == engine::ForwardedFor::off) {
        return;
    }
    out << "X-Forwarded-For: ";
    if (policy.forwarded_for == engine::ForwardedFor::append) {
        for (const Field& field : head.all_fields()) { // several fields are one list
            if (field.id == FieldName::x_forwarded_for && !field.value.empty()) {
                out << field.value << ", ";
            }
        }
    }
    write_address(out, client.client);
    out << "\r\n";
}

void write_host(HeadWriter& out, const RequestHead& head, const ClientFacts& client) {
    if (!head.authority.empty()) {
        out.field("Host", head.authority);
        return;
    }
    const bool v4 = client.vip.is_v4(); // HTTP/1.0 may leave it out, HTTP/1.1 may not
    out << (v4 ? "Host: " : "Host: [");
    write_address(out, client.vip);
    out << (v4 ? "" : "]");
    if (client.vip_port != 80) {
        out << ":" << std::uint64_t{client.vip_port};
    }
    out << "\r\n";
}

// A field of the client's that goes no further, or that is written anew: what belongs to its own hop, and
// what the policy says about it.
bool is_replaced(const Field& field, const RequestHead& head, const HttpPolicy& policy) {
    switch (field.id) {
    case FieldName::connection:
    case FieldName::host:
    case FieldName::http2_settings:
    case FieldName::keep_alive:
    case FieldName::proxy:
    case FieldName::transfer_encoding:
    case FieldName::upgrade:
        return true;
    case FieldName::expect:
        return !head.expects_continue;
    case FieldName::x_forwarded_for:
        return policy.forwarded_for != engine::ForwardedFor::off;
    case FieldName::x_forwarded_proto:
        return policy.forwarded_proto;
    case FieldName::x_forwarded_port:
        return policy.forwarded_port;
    default:
        return false;
    }
}

} // namespace

void write_request(HeadWriter& out, const RequestHead& head, const HttpPolicy& policy,
                   const ClientFacts& client) {
    out << head.method_text << " " << head.path << " HTTP/1.1\r\n";
    write_host(out, head, client);
    bool trailers = false;
    for (const Field& field : head.all_fields()) {
        if (field.id == FieldName::te) {
            each_element(field.value, ',', [&](std::string_view coding) {
                trailers = trailers || same_name(coding, "trailers");
            });
        } else if (field.id == FieldName::cookie && policy.cookie && policy.cookie->strip) {
            write_cookies(out, field, policy.cookie->name);
        } else if (!is_replaced(field, head, policy) && !is_removed(field, head.connection)) {
            out.field(field.name, field.value);
        }
    }
    write_forwarded_for(out, head, policy, client);
    if (policy.forwarded_proto) {
        out.field("X-Forwarded-Proto", client.protocol);
    }
    if (policy.forwarded_port) {
        out << "X-Forwarded-Port: " << std::uint64_t{client.vip_port} << "\r\n";
    }
    if (head.body.kind == BodyFraming::Kind::chunked) {
        out << "Transfer-Encoding: chunked\r\n";
    }
    const bool upgrade = policy.allow_upgrade && !head.upgrade.empty();
    if (upgrade) {
        out.field("Upgrade", head.upgrade);
    }
    if (trailers) {
        out << "TE: trailers\r\n";
    }
    if (upgrade || trailers || !policy.server_keep_alive) {
        out << "Connection: "
            << (upgrade                    ? "upgrade"
                : policy.server_keep_alive ? ""
                                           : "close")
            << (trailers ? (upgrade || !policy.server_keep_alive ? ", TE" : "TE") : "") << "\r\n";
    }
    out << "\r\n";
}

void write_response(HeadWriter& out, const ResponseHead& head, const ResponseRewrite& rewrite) {
    const bool interim_or_empty = head.status < 200 || head.status == 204;
    bool chunked = false;
    out << "HTTP/1.1 " << std::uint64_t{head.status} << " " << head.reason << "\r\n";
    for (const Field& field : head.all_fields()) {
        switch (field.id) {
        case FieldName::connection:
        case FieldName::http2_settings:
        case FieldName::keep_alive:
        case FieldName::proxy:
        case FieldName::te:
            continue;
        case FieldName::upgrade: // 426 has to say which one it wants (RFC 9110 section 15.5.22)
            if (rewrite.connection != ClientConnection::upgrade && head.status != 426) {
                continue;
            }
            break;
        case FieldName::content_length:
            if (interim_or_empty) { // RFC 9110 section 8.6
                continue;
            }
            break;
        case FieldName::transfer_encoding:
            chunked = !interim_or_empty;
            continue;
        default:
            break;
        }
        if (!is_removed(field, head.connection)) {
            out.field(field.name, field.value);
        }
    }
    if (chunked && !rewrite.dechunk) {
        out << "Transfer-Encoding: chunked\r\n";
    }
    if (!rewrite.cookie_name.empty()) {
        out << "Set-Cookie: " << rewrite.cookie_name << "=" << rewrite.cookie_value
            << "; Path=/; HttpOnly; SameSite=Lax\r\n";
    }
    switch (rewrite.connection) {
    case ClientConnection::implied:
        break;
    case ClientConnection::keep_alive:
        out << "Connection: keep-alive\r\n";
        break;
    case ClientConnection::close:
        out << "Connection: close\r\n";
        break;
    case ClientConnection::upgrade:
        out << "Connection: upgrade\r\n";
        break;
    }
    out << "\r\n";
}

std::string_view find_cookie(const RequestHead& head, std::string_view name) {
    std::string_view found;
    for (const Field& field : head.all_fields()) {
        if (field.id != FieldName::cookie) {
            continue;
        }
        each_element(field.value, ';', [&](std::string_view pair) {
            const std::size_t equals = pair.find('=');
            if (found.empty() && equals != std::string_view::npos && pair.substr(0, equals) == name) {
                found = pair.substr(equals + 1);
            }
        });
    }
    return found;
}

void write_answer(HeadWriter& out, const OwnAnswer& answer) {
    const bool empty = answer.status == 204 || answer.status == 304;
    out << "HTTP/1.1 " << std::uint64_t{answer.status} << " " << reason_phrase(answer.status) << "\r\n";
    if (!answer.location.empty()) {
        out << "Location: " << answer.location << answer.location_rest << "\r\n";
    }
    if (!empty) {
        if (!answer.body.empty()) {
            out << "Content-Type: text/plain; charset=utf-8\r\n";
        }
        out << "Content-Length: " << std::uint64_t{answer.body.size()} << "\r\n";
    }
    if (answer.connection == ClientConnection::close) {
        out << "Connection: close\r\n";
    } else if (answer.connection == ClientConnection::keep_alive) {
        out << "Connection: keep-alive\r\n";
    }
    out << "\r\n";
    if (!answer.head_only && !empty) {
        out << answer.body;
    }
}

} // namespace fulcrum::http
