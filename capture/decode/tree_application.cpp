// Trees of what TCP and UDP carry.
#include "capture/decode/application.h"
#include "capture/decode/dns.h"
#include "capture/decode/tls.h"
#include "capture/decode/tree_writer.h"
#include "engine/base/address.h"
#include "engine/base/byte_order.h"

namespace fulcrum::capture {
namespace {

Bytes bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Which filter field a header of HTTP has.
std::string_view field_of(std::string_view header) {
    constexpr std::pair<std::string_view, std::string_view> known[] = {
        {"host", "http.host"},
        {"x-forwarded-for", "http.x_forwarded_for"},
        {"user-agent", "http.user_agent"},
        {"content-type", "http.content_type"},
        {"server", "http.server"},
        {"cookie", "http.cookie"},
        {"set-cookie", "http.set_cookie"},
        {"location", "http.location"},
        {"connection", "http.connection"}};
    std::string small(header);
    for (auto& c : small) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    for (const auto& [name, field] : known) {
        if (small == name) {
            return field;
        }
    }
    return {};
}

// No values to filter by: in a filter a message belongs to the packet that completes it, which may be
// another.
void write_http(const TreeWriter& out, const Layer& layer) {
    const auto head = text_of(layer.bytes.first(layer.header));
    const auto start = http_start(head);
    const auto part = [&](std::string_view label, std::string_view text, std::string_view name) {
        if (!text.empty()) {
            out.add(fmt::format("{}: {}", label, TreeWriter::printable(text)), bytes_of(text), name);
        }
    };
    if (start.is_response) {
        out.add(fmt::format("Status: {} {}", start.code, TreeWriter::printable(start.phrase)),
                layer.bytes.first(std::min<std::size_t>(layer.header, 12)), "http.response.code");
    } else {
        part("Method", start.method, "http.request.method");
        part("Target", start.uri, "http.request.uri");
    }
    part("Version", start.version, start.is_response ? "" : "http.request.version");
    auto at = head.find('\n');
    while (at != std::string_view::npos) {
        const auto end = head.find('\n', at + 1);
        auto line = head.substr(at + 1, (end == std::string_view::npos ? head.size() : end) - at - 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.empty()) {
            break;
        }
        out.add(TreeWriter::printable(line), bytes_of(line), field_of(line.substr(0, line.find(':'))));
        at = end;
    }
    if (const auto body = layer.payload(); !body.empty()) {
        out.add(fmt::format("Body: {} bytes in this packet", body.size()), body);
    }
}

std::string_view dns_type(std::uint16_t type) {
    switch (type) {
    case 1:
        return "A";
    case 2:
        return "NS";
    case 5:
        return "CNAME";
    case 6:
        return "SOA";
    case 12:
        return "PTR";
    case 15:
        return "MX";
    case 16:
        return "TXT";
    case 28:
        return "AAAA";
    case 33:
        return "SRV";
    default:
        return {};
    }
}

void write_dns(const TreeWriter& out, Bytes b) {
    if (b.size() < DnsWalk::header_bytes) {
        return;
    }
    DnsWalk walk(b);
    out.hex("Identifier", walk.id(), 4, b.subspan(0, 2), "dns.id");
    out.number("Response", walk.is_response() ? 1 : 0, b.subspan(2, 2), "dns.flags.response");
    if (walk.is_response()) {
        out.number("Result", walk.flags() & 0x0fU, b.subspan(2, 2), "dns.flags.rcode");
    }
    while (const auto question = walk.next_question()) {
        const auto piece = b.subspan(question->offset, question->length);
        const auto node = out.text("Question", question->name, piece, "dns.qry.name");
        node.number("Type", question->type, piece.last(4).first(2), "dns.qry.type", dns_type(question->type));
    }
    while (const auto record = walk.next_record()) {
        std::string data = fmt::format("{} bytes", record->data.size());
        std::string_view name;
        std::string value;
        if (record->type == 1 && record->data.size() == 4) {
            data = value = IpAddress::v4_bytes(record->data.data()).text();
            name = "dns.a";
        } else if (record->type == 28 && record->data.size() == 16) {
            data = IpAddress::v6_bytes(record->data.data()).text();
        } else if (record->type == 5 || record->type == 2 || record->type == 12) {
            auto at = record->data_offset;
            data = TreeWriter::printable(dns_name(b, at).value_or("broken name"));
        }
        out.add(fmt::format("{}: {} {} for {} s", TreeWriter::printable(record->name), dns_type(record->type),
                            data, record->ttl_s),
                b.subspan(record->offset, record->length), name, value);
    }
}

std::string_view tls_record_meaning(std::uint8_t type) {
    constexpr std::string_view names[] = {"change cipher spec", "alert", "handshake", "application data",
                                          "heartbeat"};
    return type >= 20 && type <= 24 ? names[type - 20] : std::string_view{};
}
std::string_view tls_handshake_meaning(std::uint8_t type) {
    switch (type) {
    case 1:
        return "client hello";
    case 2:
        return "server hello";
    case 4:
        return "session ticket";
    case 11:
        return "certificate";
    case 12:
        return "server key exchange";
    case 14:
        return "server hello done";
    case 16:
        return "client key exchange";
    case 20:
        return "finished";
    default:
        return {};
    }
}

void write_tls(const TreeWriter& out, Bytes b) {
    TlsWalk walk(b);
    while (const auto record = walk.next()) {
        const auto piece = b.subspan(record->offset, 5 + record->content.size());
        const auto node = out.number("Record", record->type, piece, "tls.record.content_type",
                                     tls_record_meaning(record->type));
        node.add(fmt::format("Version: 0x{:04x}", record->version), piece.subspan(1, 2));
        node.add(fmt::format("Length: {}", record->length), piece.subspan(3, 2));
        if (record->type != 22) {
            continue;
        }
        TlsHandshakeWalk messages(*record);
        while (const auto message = messages.next()) {
            const auto inner = node.number("Handshake", message->type,
                                           record->content.subspan(message->offset, 4 + message->body.size()),
                                           "tls.handshake.type", tls_handshake_meaning(message->type));
            if (const auto hello = parse_tls_hello(*message)) {
                inner.add(fmt::format("Version: 0x{:04x}", hello->version), message->body.first(2));
                inner.add(fmt::format("Cipher suites: {}", hello->cipher_suites));
                if (!hello->server_name.empty()) {
                    inner.text("Server name", hello->server_name, bytes_of(hello->server_name),
                               "tls.handshake.extensions_server_name");
                }
            }
        }
    }
}

void write_bgp(const TreeWriter& out, Bytes b) {
    constexpr std::string_view names[] = {"", "open", "update", "notification", "keepalive", "route refresh"};
    for (auto rest = b; starts_bgp(rest);) {
        const auto length = std::min<std::size_t>(rest.size(), load_be16(rest.data() + 16));
        const auto type = rest[18];
        const auto node =
            out.number("Message", type, rest.first(length), "bgp.type", type < 6 ? names[type] : "");
        node.add(fmt::format("Length: {}", load_be16(rest.data() + 16)), rest.subspan(16, 2));
        const auto body = rest.first(length).subspan(19);
        if (type == 1 && body.size() >= 10) {
            node.add(fmt::format("Version: {}", body[0]), body.subspan(0, 1));
            node.add(fmt::format("AS: {}", load_be16(body.data() + 1)), body.subspan(1, 2));
            node.add(fmt::format("Hold time: {} s", load_be16(body.data() + 3)), body.subspan(3, 2));
            node.add(fmt::format("Identifier: {}", IpAddress::v4_bytes(body.data() + 5).text()),
                     body.subspan(5, 4));
        } else if (type == 3 && body.size() >= 2) {
            node.add(fmt::format("Error: {}, {}", body[0], body[1]), body.first(2))
                .mark(TreeNode::Mark::warning);
        } else if (type == 2 && body.size() >= 4) {
            const std::size_t withdrawn = load_be16(body.data());
            node.add(fmt::format("Withdrawn: {} bytes", withdrawn), body.first(2));
            if (2 + withdrawn + 2 <= body.size()) {
                const std::size_t attributes = load_be16(body.data() + 2 + withdrawn);
                node.add(fmt::format("Path attributes: {} bytes", attributes),
                         body.subspan(2 + withdrawn, 2));
                // What is left is the list of reachable prefixes (RFC 4271 section 4.3).
                auto at = 4 + withdrawn + attributes;
                while (at < body.size()) {
                    const std::size_t bits = body[at], octets = (bits + 7) / 8;
                    if (bits > 32 || at + 1 + octets > body.size()) {
                        break;
                    }
                    std::uint8_t address[4] = {};
                    std::copy_n(body.begin() + static_cast<std::ptrdiff_t>(at) + 1, octets, address);
                    node.add(fmt::format("Reachable: {}/{}", IpAddress::v4_bytes(address).text(), bits),
                             body.subspan(at, 1 + octets));
                    at += 1 + octets;
                }
            }
        }
        rest = rest.subspan(length);
    }
}

void write_bfd(const TreeWriter& out, Bytes b) {
    constexpr std::string_view states[] = {"admin down", "down", "init", "up"};
    out.add(fmt::format("Version: {}", b[0] >> 5), b.subspan(0, 1));
    out.number("Diagnostic", b[0] & 0x1fU, b.subspan(0, 1), "bfd.diag");
    out.number("State", b[1] >> 6, b.subspan(1, 1), "bfd.sta", states[b[1] >> 6]);
    out.add(fmt::format("Detect multiplier: {}", b[2]), b.subspan(2, 1));
    const auto word = [&](std::string_view label, std::size_t at, std::string_view unit = "") {
        out.add(fmt::format("{}: {}{}", label, load_be32(b.data() + at), unit), b.subspan(at, 4));
    };
    word("My discriminator", 4);
    word("Your discriminator", 8);
    word("Desired minimum sending interval", 12, " µs");
    word("Required minimum receiving interval", 16, " µs");
}

void write_proxy(const TreeWriter& out, const Layer& layer) {
    const auto b = layer.bytes.first(layer.header);
    if (b[0] == 'P') {
        out.add("Version: 1");
        const auto line = text_of(b.first(b.size() - 2));
        out.add(fmt::format("Line: {}", TreeWriter::printable(line)), bytes_of(line));
        return;
    }
    out.add("Version: 2", b.subspan(12, 1));
    out.add((b[12] & 0x0f) == 0 ? "Command: local" : "Command: proxy", b.subspan(12, 1));
    const auto family = b[13] >> 4;
    const std::size_t address = family == 1 ? 4 : family == 2 ? 16 : 0;
    if (address == 0 || b.size() < 16 + 2 * address + 4) {
        return;
    }
    const auto* p = b.data() + 16;
    const auto text = [&](std::size_t at) {
        return family == 1 ? IpAddress::v4_bytes(p + at).text() : IpAddress::v6_bytes(p + at).text();
    };
    out.add(fmt::format("Client: {}:{}", text(0), load_be16(p + 2 * address)), b.subspan(16, address));
    out.add(fmt::format("Destination: {}:{}", text(address), load_be16(p + 2 * address + 2)),
            b.subspan(16 + address, address));
}

} // namespace

void write_application(const TreeWriter& out, const Layer& layer) {
    switch (layer.protocol) {
    case Protocol::http:
        return write_http(out, layer);
    case Protocol::dns:
    case Protocol::mdns:
        return write_dns(out, layer.bytes);
    case Protocol::tls:
        return write_tls(out, layer.bytes);
    case Protocol::bgp:
        return write_bgp(out, layer.bytes);
    case Protocol::bfd:
        return write_bfd(out, layer.bytes);
    case Protocol::proxy:
        return write_proxy(out, layer);
    default:
        return;
    }
}

} // namespace fulcrum::capture
