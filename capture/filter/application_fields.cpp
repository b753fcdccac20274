// Fields of what TCP and UDP carry.
#include <array>

#include "capture/decode/application.h"
#include "capture/decode/dns.h"
#include "capture/decode/tls.h"
#include "capture/filter/field.h"
#include "engine/base/byte_order.h"

namespace fulcrum::capture {
namespace {

using Type = FieldType;
using View = PacketView;

constexpr auto http = mask_of(Protocol::http), tls = mask_of(Protocol::tls), bgp = mask_of(Protocol::bgp),
               bfd = mask_of(Protocol::bfd), proxy = mask_of(Protocol::proxy),
               dns = mask_of(Protocol::dns) | mask_of(Protocol::mdns);
constexpr std::uint64_t max8 = 0xff, max16 = 0xffff;

constexpr Field layer(std::string_view name, FieldType type, ProtocolMask of,
                      void (*take)(const View&, const Layer&, Values&),
                      std::uint64_t most = ~std::uint64_t{0}) {
    return {name, type, of, take, nullptr, most};
}
constexpr Field whole(std::string_view name, ProtocolMask of) {
    return {name, Type::protocol, of};
}

// The heads of the messages that a packet completes: from the index, or, where that could not follow the
// stream (in reassembled datagrams), those in the packet itself.
template <class Visit>
void each_head(const View& view, Visit&& visit) {
    if ((view.record().flags & PacketRecord::completes_http) != 0) {
        const auto& http = view.reading().index().http();
        std::string scratch;
        for (const auto message : http.completed_by(static_cast<std::uint32_t>(view.number()))) {
            visit(http.head(http.messages()[message], scratch));
        }
        return;
    }
    for (const auto& layer : view.layers()) {
        auto rest = layer.protocol == Protocol::http ? layer.bytes : Bytes{};
        while (starts_http(rest)) {
            const auto length = http_head_bytes(rest);
            visit(text_of(rest.first(length)));
            rest = rest.subspan(length);
        }
    }
}

constexpr Field of_http(std::string_view name, FieldType type, void (*take)(const View&, Values&),
                        std::uint64_t most = ~std::uint64_t{0}) {
    return {name, type, http, nullptr, take, most};
}

template <std::string_view HttpStart::*member>
void of_request(const View& v, Values& out) {
    each_head(v, [&](std::string_view head) {
        if (const auto start = http_start(head); !start.is_response) {
            out.own(std::string(start.*member)); // the head may be put together only here
        }
    });
}
// Events of UPnP (GENA) have a method and are no requests to Wireshark.
bool is_notification(std::string_view method) {
    return method == "NOTIFY" || method == "SUBSCRIBE" || method == "UNSUBSCRIBE";
}
template <bool response>
void is_response(const View& v, Values& out) {
    each_head(v, [&](std::string_view head) {
        const auto start = http_start(head);
        if (start.is_response == response && !is_notification(start.method)) {
            out.number(1);
        }
    });
}

struct Host {
    static constexpr std::string_view name = "Host";
};
struct ForwardedFor {
    static constexpr std::string_view name = "X-Forwarded-For";
};
struct UserAgent {
    static constexpr std::string_view name = "User-Agent";
};
struct ContentType {
    static constexpr std::string_view name = "Content-Type";
};
struct Server {
    static constexpr std::string_view name = "Server";
};
struct Cookie {
    static constexpr std::string_view name = "Cookie";
};
struct SetCookie {
    static constexpr std::string_view name = "Set-Cookie";
};
struct Location {
    static constexpr std::string_view name = "Location";
};
struct Connection {
    static constexpr std::string_view name = "Connection";
};

template <class Header>
void http_header(const View& v, Values& out) {
    each_head(v, [&](std::string_view head) {
        HttpFieldWalk fields(head, Header::name);
        while (const auto value = fields.next()) {
            out.own(std::string(*value));
        }
    });
}

template <class Visit>
void each_handshake(const Layer& l, Visit&& visit) {
    TlsWalk records(l.bytes);
    while (const auto record = records.next()) {
        if (record->type != 22) {
            continue;
        }
        TlsHandshakeWalk messages(*record);
        while (const auto message = messages.next()) {
            visit(*message);
        }
    }
}

constexpr std::array fields{
    whole("http", http),
    of_http("http.request", Type::boolean, is_response<false>),
    of_http("http.request.method", Type::text, of_request<&HttpStart::method>),
    of_http("http.request.uri", Type::text, of_request<&HttpStart::uri>),
    of_http("http.request.version", Type::text, of_request<&HttpStart::version>),
    of_http("http.response", Type::boolean, is_response<true>),
    of_http(
        "http.response.code", Type::number,
        [](const View& v, Values& out) {
            each_head(v, [&](std::string_view head) {
                if (const auto start = http_start(head); start.is_response) {
                    out.number(static_cast<std::uint64_t>(start.code));
                }
            });
        },
        999),
    of_http("http.host", Type::text, http_header<Host>),
    of_http("http.x_forwarded_for", Type::text, http_header<ForwardedFor>),
    of_http("http.user_agent", Type::text, http_header<UserAgent>),
    of_http("http.content_type", Type::text, http_header<ContentType>),
    of_http("http.server", Type::text, http_header<Server>),
    of_http("http.cookie", Type::text, http_header<Cookie>),
    of_http("http.set_cookie", Type::text, http_header<SetCookie>),
    of_http("http.location", Type::text, http_header<Location>),
    of_http("http.connection", Type::text, http_header<Connection>),

    whole("dns", mask_of(Protocol::dns)),
    whole("mdns", mask_of(Protocol::mdns)),
    layer(
        "dns.id", Type::number, dns,
        [](const View&, const Layer& l, Values& out) {
            if (l.bytes.size() >= 2) {
                out.number(load_be16(l.bytes.data()));
            }
        },
        max16),
    layer("dns.flags.response", Type::boolean, dns,
          [](const View&, const Layer& l, Values& out) {
              if (l.bytes.size() >= 4) {
                  out.number(l.bytes[2] >> 7);
              }
          }),
    layer(
        "dns.flags.rcode", Type::number, dns,
        [](const View&, const Layer& l, Values& out) {
            if (l.bytes.size() >= 4 && l.bytes[2] >> 7 != 0) {
                out.number(l.bytes[3] & 0x0fU);
            }
        },
        15),
    layer("dns.qry.name", Type::text, dns,
          [](const View&, const Layer& l, Values& out) {
              if (l.bytes.size() >= DnsWalk::header_bytes) {
                  DnsWalk walk(l.bytes);
                  while (auto question = walk.next_question()) {
                      out.own(std::move(question->name));
                  }
              }
          }),
    layer(
        "dns.qry.type", Type::number, dns,
        [](const View&, const Layer& l, Values& out) {
            if (l.bytes.size() >= DnsWalk::header_bytes) {
                DnsWalk walk(l.bytes);
                while (const auto question = walk.next_question()) {
                    out.number(question->type);
                }
            }
        },
        max16),
    layer("dns.a", Type::ipv4, dns,
          [](const View&, const Layer& l, Values& out) {
              if (l.bytes.size() >= DnsWalk::header_bytes) {
                  DnsWalk walk(l.bytes);
                  while (const auto record = walk.next_record()) {
                      if (record->type == 1 && record->data.size() == 4) {
                          out.number(load_be32(record->data.data()));
                      }
                  }
              }
          }),

    whole("tls", tls),
    layer(
        "tls.record.content_type", Type::number, tls,
        [](const View&, const Layer& l, Values& out) {
            TlsWalk walk(l.bytes);
            while (const auto record = walk.next()) {
                out.number(record->type);
            }
        },
        max8),
    layer(
        "tls.handshake.type", Type::number, tls,
        [](const View&, const Layer& l, Values& out) {
            each_handshake(l, [&](const TlsHandshake& message) { out.number(message.type); });
        },
        max8),
    layer("tls.handshake.extensions_server_name", Type::text, tls,
          [](const View&, const Layer& l, Values& out) {
              each_handshake(l, [&](const TlsHandshake& message) {
                  if (const auto hello = parse_tls_hello(message); hello && !hello->server_name.empty()) {
                      out.bytes(hello->server_name);
                  }
              });
          }),

    whole("bgp", bgp),
    layer(
        "bgp.type", Type::number, bgp,
        [](const View&, const Layer& l, Values& out) {
            for (auto rest = l.bytes; starts_bgp(rest);
                 rest = rest.subspan(std::min<std::size_t>(rest.size(), load_be16(rest.data() + 16)))) {
                out.number(rest[18]);
            }
        },
        max8),
    whole("bfd", bfd),
    layer(
        "bfd.sta", Type::number, bfd,
        [](const View&, const Layer& l, Values& out) { out.number(l.bytes[1] >> 6); }, 3),
    layer(
        "bfd.diag", Type::number, bfd,
        [](const View&, const Layer& l, Values& out) { out.number(l.bytes[0] & 0x1fU); }, 31),
    whole("proxy", proxy),
};

} // namespace

std::span<const Field> application_fields() {
    return fields;
}

} // namespace fulcrum::capture
