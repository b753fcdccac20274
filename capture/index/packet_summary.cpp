#include "capture/index/packet_summary.h"

#include <fmt/format.h>

#include "capture/decode/application.h"
#include "capture/decode/dns.h"
#include "capture/decode/findings.h"
#include "capture/decode/tls.h"
#include "capture/decode/tree_writer.h"
#include "capture/time_between.h"
#include "engine/base/byte_order.h"
#include "engine/wire/tcp.h"

namespace fulcrum::capture {
namespace {

std::string tcp_info(const Layer& l, const PacketFacts& facts) {
    const auto* p = l.bytes.data();
    auto info = fmt::format("{} → {}", load_be16(p), load_be16(p + 2));
    if (l.bytes.size() < 20) {
        return info;
    }
    std::string flags;
    for (const auto& [bit, name] : {std::pair(0x02, "SYN"), std::pair(0x01, "FIN"), std::pair(0x04, "RST"),
                                    std::pair(0x08, "PSH"), std::pair(0x10, "ACK")}) {
        flags += (p[13] & bit) != 0 ? (flags.empty() ? "" : ", ") + std::string(name) : "";
    }
    info += fmt::format(" [{}] Seq={}", flags, load_be32(p + 4) - facts.sequence_base.value_or(0));
    if ((p[13] & wire::tcp_flag::ack) != 0) {
        info += fmt::format(" Ack={}", load_be32(p + 8) - facts.acknowledgement_base.value_or(0));
    }
    const bool scaled = facts.window_shift > 0 && (p[13] & wire::tcp_flag::syn) == 0;
    info += fmt::format(" Win={} Len={}", load_be16(p + 14) << (scaled ? facts.window_shift : 0),
                        l.payload().size() + l.missing);
    for (const auto& finding : findings_of(facts.findings)) {
        info += fmt::format(" ({})", finding.words);
    }
    return info;
}

std::string http_info(std::string_view head) {
    const auto start = http_start(head);
    return start.is_response
               ? fmt::format("{} {} {}", start.version, start.code, TreeWriter::printable(start.phrase))
               : fmt::format("{} {}", TreeWriter::printable(start.method),
                             TreeWriter::printable(start.uri.substr(0, 200)));
}

std::string dns_info(Bytes message) {
    if (message.size() < DnsWalk::header_bytes) {
        return {};
    }
    DnsWalk walk(message);
    const auto question = walk.next_question();
    return fmt::format("{} 0x{:04x} {}", walk.is_response() ? "Response" : "Query", walk.id(),
                       question ? TreeWriter::printable(question->name) : "");
}

std::string tls_info(Bytes payload) {
    TlsWalk walk(payload);
    const auto record = walk.next();
    if (!record) {
        return {};
    }
    if (record->type == 22) {
        TlsHandshakeWalk messages(*record);
        if (const auto message = messages.next()) {
            const auto hello = parse_tls_hello(*message);
            return message->type == 1   ? fmt::format("Client hello {}",
                                                    hello ? TreeWriter::printable(hello->server_name) : "")
                   : message->type == 2 ? "Server hello"
                                        : fmt::format("Handshake {}", message->type);
        }
    }
    return record->type == 23 ? "Application data" : fmt::format("Record of type {}", record->type);
}

std::string icmp_info(const Layer& l) {
    const bool six = l.protocol == Protocol::icmpv6;
    if (is_cut(l)) {
        return {};
    }
    switch (l.bytes[0] | (six ? 0x100 : 0)) {
    case 8:
    case 0x180:
        return "Echo request";
    case 0:
    case 0x181:
        return "Echo reply";
    case 3:
        return fmt::format("Unreachable, code {}", l.bytes[1]);
    case 11:
        return "Time exceeded";
    default:
        return fmt::format("Type {}, code {}", l.bytes[0], l.bytes[1]);
    }
}

std::string arp_info(const Layer& l) {
    const auto* p = l.bytes.data();
    if (l.bytes.size() < 28 || p[4] != 6 || p[5] != 4) {
        return {};
    }
    const auto sender = IpAddress::v4_bytes(p + 14).text(), target = IpAddress::v4_bytes(p + 24).text();
    Mac mac;
    std::copy(p + 8, p + 14, mac.bytes.begin());
    return load_be16(p + 6) == 1 ? fmt::format("Who has {}? Tell {}", target, sender)
                                 : fmt::format("{} is at {}", sender, mac.text());
}

} // namespace

PacketFacts facts_of(const CaptureFile::Reading& reading, std::size_t i) {
    const auto& file = reading.file();
    const auto& record = file.record(i);
    PacketFacts facts;
    facts.number = i + 1;
    const bool timed = (record.flags & PacketRecord::no_time) == 0;
    if (timed) {
        facts.time_ns = record.time_ns;
        const auto since = [&](const PacketRecord& other) {
            return ns_between(other.time_ns, record.time_ns);
        };
        facts.since_first_ns = since(file.record(0));
        facts.since_previous_ns = since(file.record(i == 0 ? 0 : i - 1));
    }
    facts.original_bytes = record.original;
    facts.interface = reading.interfaces()[record.interface].name;
    const auto flags = file.packet(i).options.find(option::packet_flags);
    if (flags && flags->value.size() == 4) {
        facts.flags = file.packet(i).options.order().load32(flags->value.data());
    }
    Options options = file.packet(i).options;
    while (options.next()) {
    }
    facts.options_damaged = options.damaged();
    facts.comments = file.comments(i);
    facts.findings = record.analysis;
    if (record.stream != no_stream && (record.flags & PacketRecord::is_udp) == 0 &&
        record.has(Protocol::tcp)) {
        const auto& stream = reading.index().tcp()[record.stream];
        const std::size_t side = (record.flags & PacketRecord::from_b) != 0 ? 1 : 0;
        facts.stream = record.stream;
        if (stream.has_base[side]) {
            facts.sequence_base = stream.base[side];
        }
        if (stream.has_base[1 - side]) {
            facts.acknowledgement_base = stream.base[1 - side];
        }
        if (stream.window_shift[0] != -2 && stream.window_shift[1] != -2) {
            facts.window_shift = stream.window_shift[side];
        }
    }
    return facts;
}

std::vector<TreeNode> tree_of(const CaptureFile::Reading& reading, std::size_t i) {
    Layers layers;
    std::vector<std::uint8_t> reassembled;
    reading.layers(i, layers, reassembled);
    return make_tree(reading.file().packet(i).bytes, reassembled, layers, facts_of(reading, i));
}

PacketSummary summarize(const CaptureFile::Reading& reading, std::size_t i) {
    PacketSummary row;
    Layers layers;
    std::vector<std::uint8_t> reassembled;
    reading.layers(i, layers, reassembled);
    const auto facts = facts_of(reading, i);
    for (const auto& layer : layers) {
        if (layer.in_error) {
            break;
        }
        const auto* p = layer.bytes.data();
        switch (layer.protocol) {
        case Protocol::ethernet:
            row.source = Endpoint::of_mac(p + 6).mac().text();
            row.destination = Endpoint::of_mac(p).mac().text();
            break;
        case Protocol::ipv4:
        case Protocol::ipv6:
            if (is_cut(layer)) {
                break;
            }
            row.source = endpoint_text(layer, true);
            row.destination = endpoint_text(layer, false);
            row.info = &layer == layers.fragment() && !layer.reassembled ? "Fragment" : "";
            break;
        case Protocol::arp:
            row.info = arp_info(layer);
            break;
        case Protocol::icmp:
        case Protocol::icmpv6:
            row.info = icmp_info(layer);
            break;
        case Protocol::tcp:
            row.info = tcp_info(layer, facts);
            break;
        case Protocol::udp:
            row.info = fmt::format("{} → {} Len={}", load_be16(p), load_be16(p + 2),
                                   layer.payload().size() + layer.missing);
            break;
        case Protocol::http:
            row.info = http_info(text_of(layer.bytes.first(layer.header)));
            break;
        case Protocol::dns:
        case Protocol::mdns:
            row.info = dns_info(layer.bytes);
            break;
        case Protocol::tls:
            row.info = tls_info(layer.bytes);
            break;
        case Protocol::bgp:
            row.info = fmt::format("Message of type {}", layer.bytes[18]);
            break;
        case Protocol::bfd:
            row.info = fmt::format("State {}", layer.bytes[1] >> 6);
            break;
        default:
            break;
        }
        if (layer.protocol != Protocol::payload || row.protocol.empty()) {
            row.protocol = title_of(layer.protocol);
        }
    }
    if ((reading.file().record(i).flags & PacketRecord::completes_http) != 0) {
        const auto& http = reading.index().http();
        const auto messages = http.completed_by(static_cast<std::uint32_t>(i));
        std::string scratch;
        row.protocol = title_of(Protocol::http);
        row.info = http_info(http.head(http.messages()[messages.front()], scratch));
    }
    return row;
}

} // namespace fulcrum::capture
