// Heads as they go on: what belongs to one hop is taken out (RFC 9110 section 7.6.1), what the policy asks
// for is put in, everything else stays as it came, in its order and spelling.
#pragma once

#include <string_view>

#include "engine/base/address.h"
#include "engine/http/head_writer.h"
#include "engine/http/http_policy.h"
#include "engine/http/message_head.h"

namespace fulcrum::http {

// Where a client connection comes from and what it reached.
struct ClientFacts {
    IpAddress client, vip;
    std::uint16_t client_port = 0, vip_port = 0;
    std::string_view protocol = "http"; // static storage: the word for X-Forwarded-Proto
};

// As HTTP/1.1 in origin form with exactly one Host, so that the server connection can be used again.
void write_request(HeadWriter& out, const RequestHead& head, const HttpPolicy& policy,
                   const ClientFacts& client);

enum class ClientConnection : std::uint8_t { implied, keep_alive, close, upgrade };

struct ResponseRewrite {
    ClientConnection connection = ClientConnection::implied;
    bool dechunk = false;                       // the client speaks HTTP/1.0: the coding is taken off
    std::string_view cookie_name, cookie_value; // empty: no cookie is set
};
void write_response(HeadWriter& out, const ResponseHead& head, const ResponseRewrite& rewrite);

// The value of the cookie of that name in a request; the first one counts.
std::string_view find_cookie(const RequestHead& head, std::string_view name);

// A whole response of our own. Without a Server field: it would say who stands in front of the servers.
struct OwnAnswer {
    std::uint16_t status = 200;
    std::string_view body;     // text/plain, may be empty
    std::string_view location; // may be empty; `location_rest` follows it
    std::string_view location_rest;
    bool head_only = false; // answers HEAD: the length without the body
    ClientConnection connection = ClientConnection::close;
};
void write_answer(HeadWriter& out, const OwnAnswer& answer);

} // namespace fulcrum::http
