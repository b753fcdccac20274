#include "capture/ladder/transit.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <unordered_map>

#include "capture/decode/application.h"
#include "capture/decode/dns.h"
#include "capture/ladder/answers.h"
#include "engine/base/byte_order.h"
#include "engine/wire/tcp.h"

namespace fulcrum::capture {
namespace {

// Fields that proxies add, drop or change.
bool is_hop_field(std::string_view name) {
    constexpr std::string_view known[] = {"connection", "keep-alive",       "via", "forwarded",
                                          "x-real-ip",  "proxy-connection", "te",  "trailer",
                                          "upgrade",    "set-cookie"};
    return name.starts_with("x-forwarded-") ||
           std::find(std::begin(known), std::end(known), name) != std::end(known);
}

std::uint64_t content_of(std::string_view head, const std::vector<std::string>& ignored) {
    std::uint64_t hash = 0;
    bool first = true;
    for (std::size_t at = 0; at < head.size();) {
        const auto end = std::min(head.find('\n', at), head.size());
        auto line = head.substr(at, end - at);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        at = end + 1;
        if (first) {
            // The version may differ from leg to leg.
            const auto start = http_start(line);
            hash = start.is_response ? hash_text(std::to_string(start.code))
                                     : hash_text(start.uri, hash_text(start.method));
            first = false;
            continue;
        }
        std::string name(line.substr(0, line.find(':')));
        for (auto& c : name) {
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        }
        if (!line.empty() && !is_hop_field(name) &&
            std::find(ignored.begin(), ignored.end(), name) == ignored.end()) {
            const auto value = line.substr(std::min(line.size(), name.size()));
            hash += hash_text(value, hash_text(name)); // a sum: the order of fields may change
        }
    }
    return hash;
}

std::optional<Socket> proxied_client(Bytes payload) {
    const auto header = proxy_header_bytes(payload);
    if (header == 0) {
        return std::nullopt;
    }
    if (payload[0] == 'P') { // PROXY TCP4 source destination port port
        std::vector<std::string_view> words;
        auto line = text_of(payload.first(header - 2));
        for (std::size_t at = 0; at < line.size();) {
            const auto end = std::min(line.find(' ', at), line.size());
            words.push_back(line.substr(at, end - at));
            at = end + 1;
        }
        const auto address = words.size() == 6 ? IpAddress::parse(words[2]) : std::nullopt;
        if (!address) {
            return std::nullopt;
        }
        unsigned port = 0;
        for (const char c : words[4].substr(0, 5)) {
            port = port * 10 + static_cast<unsigned>(c - '0');
        }
        return Socket{*address, static_cast<std::uint16_t>(port)};
    }
    const auto family = payload[13] >> 4;
    const bool proxy = (payload[12] & 0x0f) == 1;
    if (proxy && family == 1 && header >= 28) {
        return Socket{IpAddress::v4_bytes(payload.data() + 16), load_be16(payload.data() + 24)};
    }
    if (proxy && family == 2 && header >= 52) {
        return Socket{IpAddress::v6_bytes(payload.data() + 16), load_be16(payload.data() + 48)};
    }
    return std::nullopt;
}

bool is_to_many(const IpAddress& address) {
    return address.is_multicast() || (address.is_v4() && address.v4_value() == 0xffffffff);
}

// The outside of a packet around its innermost TCP or UDP header.
struct Outside {
    Sighting seen;
    std::uint32_t acknowledgement = 0;
    Bytes payload;
    std::vector<std::uint8_t> whole; // a reassembled datagram
};
std::optional<Outside> look_outside(const LadderFile& from, std::size_t index, bool several,
                                    const CaptureFile::Reading& reading, std::uint32_t packet) {
    Layers layers;
    std::vector<std::uint8_t> scratch;
    reading.layers(packet, layers, scratch);
    Outside out;
    const Layer *ip = nullptr, *outer = nullptr, *transport = nullptr;
    bool gre = false;
    for (const auto& layer : layers) {
        if (layer.in_error) {
            break;
        }
        const auto* p = layer.bytes.data();
        switch (layer.protocol) {
        case Protocol::ethernet:
            if (outer == nullptr && ip == nullptr) {
                std::copy(p, p + 6, out.seen.destination_mac.bytes.begin());
                std::copy(p + 6, p + 12, out.seen.source_mac.bytes.begin());
            }
            break;
        case Protocol::ipv4:
        case Protocol::ipv6:
            outer = ip != nullptr && outer == nullptr ? ip : outer;
            ip = &layer;
            break;
        case Protocol::gre:
            gre = true;
            break;
        case Protocol::tcp:
        case Protocol::udp:
            transport = &layer;
            break;
        default:
            break;
        }
    }
    if (transport == nullptr || ip == nullptr || is_cut(*transport)) {
        return std::nullopt;
    }
    const auto address = [](const Layer& l, bool source) {
        return l.protocol == Protocol::ipv4 ? IpAddress::v4_bytes(l.bytes.data() + (source ? 12 : 16))
                                            : IpAddress::v6_bytes(l.bytes.data() + (source ? 8 : 24));
    };
    auto& seen = out.seen;
    const auto* t = transport->bytes.data();
    seen.source = {address(*ip, true), load_be16(t)};
    seen.destination = {address(*ip, false), load_be16(t + 2)};
    if (transport->protocol == Protocol::tcp) {
        seen.sequence = load_be32(t + 4);
        out.acknowledgement = load_be32(t + 8);
    }
    seen.ttl = ip->bytes[ip->protocol == Protocol::ipv4 ? 8 : 7];
    if (outer != nullptr) {
        seen.tunnel = fmt::format("{} {} → {}",
                                  gre                           ? "GRE"
                                  : layers.has(Protocol::vxlan) ? "VXLAN"
                                                                : "IP-in-IP",
                                  address(*outer, true).text(), address(*outer, false).text());
    }
    const auto& record = from.file->record(packet);
    seen.file = index;
    seen.packet = packet;
    seen.time_ns = record.time_ns;
    const auto& name = reading.interfaces()[record.interface].name;
    if (const auto colon = name.rfind(':'); colon != std::string::npos) {
        seen.node = name.substr(0, colon);
    }
    seen.interface = !several ? name : name.empty() ? from.label : fmt::format("{}/{}", from.label, name);
    if (seen.interface.empty()) {
        seen.interface = fmt::format("interface {}", record.interface);
    }
    const auto options = from.file->packet(packet).options;
    if (const auto flags = options.find(option::packet_flags); flags && flags->value.size() == 4) {
        seen.direction = static_cast<Direction>(options.order().load32(flags->value.data()) & 3U);
    }
    out.payload = transport->payload();
    if (transport->reassembled) {
        out.whole = std::move(scratch); // the payload lies in it
    }
    return out;
}

class Collector {
public:
    Collector(const std::vector<LadderFile>& files, const LadderOptions& options)
        : files_(files), options_(options) {}

    std::vector<Transit> run(std::size_t& left_out) {
        for (std::size_t i = 0; i < files_.size(); ++i) {
            const CaptureFile::Reading reading(*files_[i].file);
            openings(i, reading);
            http(i, reading);
            connections(i, reading);
            datagrams(i, reading);
        }
        left_out = left_out_;
        for (auto& transit : transits_) {
            // The way: a router takes one off the TTL; on one wire the sender is before the receiver; then
            // time.
            std::stable_sort(transit.sightings.begin(), transit.sightings.end(),
                             [](const Sighting& a, const Sighting& b) {
                                 return a.ttl != b.ttl ? a.ttl > b.ttl : a.time_ns < b.time_ns;
                             });
            transit.began_ns = transit.sightings.front().time_ns;
        }
        mark_repeated();
        find_answers(transits_, files_.size() > 1 ? options_.clock_slack_ns : 0);
        return std::move(transits_);
    }

private:
    bool cancelled() const { return options_.cancelled != nullptr && *options_.cancelled; }

    Transit& transit_of(const Outside& outside, std::uint64_t exact, bool response, bool is_udp = false) {
        const auto& seen = outside.seen;
        const auto key = fmt::format("{} {} {} {} {} {}", seen.source.text(), seen.destination.text(),
                                     seen.sequence, exact, response, is_udp);
        const auto [at, fresh] = by_identity_.try_emplace(key, transits_.size());
        if (fresh) {
            auto& made = transits_.emplace_back();
            made.source = seen.source;
            made.destination = seen.destination;
            made.sequence = seen.sequence;
            made.exact = exact;
            made.response = response;
            made.is_udp = is_udp;
        }
        return transits_[at->second];
    }

    // How the streams that carry HTTP begin: with which sequence number, and whether a PROXY header is in
    // front, which may have a segment to itself.
    void openings(std::size_t index, const CaptureFile::Reading& reading) {
        const auto& messages = reading.index().http().messages();
        for (std::size_t i = 0; i < messages.size(); ++i) {
            with_http_.insert({index, messages[i].stream});
        }
        std::set<std::tuple<std::uint32_t, std::uint32_t, bool>> seen_data; // stream, interface, direction
        const auto& file = *files_[index].file;
        for (std::size_t i = 0; i < file.size() && !cancelled(); ++i) {
            const auto& record = file.record(i);
            const bool from_b = (record.flags & PacketRecord::from_b) != 0;
            if ((record.flags & PacketRecord::is_udp) != 0 || !with_http_.contains({index, record.stream}) ||
                seen_data.contains({record.stream, record.interface, from_b})) {
                continue;
            }
            const auto outside =
                look_outside(files_[index], index, files_.size() > 1, reading, static_cast<std::uint32_t>(i));
            if (!outside) {
                continue;
            }
            auto& opening = openings_[{index, record.stream}];
            const auto sequence = outside->seen.sequence;
            if ((record.tcp_flags & wire::tcp_flag::syn) != 0) {
                if ((record.tcp_flags & wire::tcp_flag::ack) == 0) {
                    opening.first_bytes.insert(sequence + 1);
                }
                continue;
            }
            if (outside->payload.empty()) {
                continue;
            }
            seen_data.insert({record.stream, record.interface, from_b});
            opening.data.insert(sequence);
            if (const auto client = proxied_client(outside->payload)) {
                opening.client = client;
                opening.header_from = outside->seen.source;
                opening.header_at = sequence;
                opening.header_bytes = static_cast<std::uint32_t>(proxy_header_bytes(outside->payload));
            }
        }
    }
    struct Opening {
        std::set<std::uint32_t> first_bytes; // sequence numbers; several: networks with the same addresses
        std::set<std::uint32_t> data;        // where data was first seen, at each interface
        std::optional<Socket> client;        // of a PROXY header
        Socket header_from;
        std::uint32_t header_at = 0, header_bytes = 0;

        // Unknown when the first byte was not captured: a PROXY header may be there.
        std::optional<std::uint32_t> position_of(std::uint32_t sequence) const {
            if (first_bytes.size() != 1 || !data.contains(*first_bytes.begin())) {
                return std::nullopt;
            }
            const auto first = *first_bytes.begin();
            const auto begin = client && header_at == first ? first + header_bytes : first;
            constexpr std::uint32_t most = 1U << 30;
            const auto position = sequence - begin;
            return position < most ? std::optional(position) : std::nullopt;
        }
    };

    void http(std::size_t index, const CaptureFile::Reading& reading) {
        const auto& tracker = reading.index().http();
        std::string scratch;
        for (std::size_t i = 0; i < tracker.messages().size() && !cancelled(); ++i) {
            const auto& message = tracker.messages()[i];
            auto outside =
                look_outside(files_[index], index, files_.size() > 1, reading, message.first_packet);
            const auto head = tracker.head(message, scratch);
            if (!outside || head.empty() || transits_.size() >= 4 * options_.max_requests) {
                continue;
            }
            outside->seen.sequence = message.sequence;
            const auto exact = hash_text(head);
            auto& transit = transit_of(*outside, exact, message.response);
            if (transit.sightings.empty()) {
                transit.is_http = true;
                transit.acknowledgement = outside->acknowledgement;
                transit.content = content_of(head, options_.ignored_fields);
                transit.head = head;
            }
            transit.bytes = std::max(transit.bytes, message.bytes);
            const auto& opening = openings_[{index, message.stream}];
            if (!message.response) {
                transit.position =
                    transit.position ? transit.position : opening.position_of(message.sequence);
                if (opening.client && opening.header_from == transit.source) {
                    transit.proxied_for = opening.client;
                }
            }
            transit.ended_ns = std::max(transit.ended_ns, reading.file().record(message.last_packet).time_ns);
            transit.sightings.push_back(std::move(outside->seen));
        }
    }

    // Connections that carry no HTTP, by their SYN.
    void connections(std::size_t index, const CaptureFile::Reading& reading) {
        const auto& file = *files_[index].file;
        struct Connection {
            std::vector<std::size_t> handshakes; // transits
            bool carries_data = false;
        };
        std::map<std::uint32_t, Connection> by_stream;
        for (std::size_t i = 0; i < file.size() && !cancelled(); ++i) {
            const auto& record = file.record(i);
            if ((record.flags & PacketRecord::is_udp) != 0 || !record.has(Protocol::tcp) ||
                record.stream == no_stream || with_http_.contains({index, record.stream})) {
                continue;
            }
            const bool syn = (record.tcp_flags & wire::tcp_flag::syn) != 0;
            const auto known = by_stream.find(record.stream);
            if (!syn && (known == by_stream.end() || known->second.carries_data)) {
                continue;
            }
            const auto outside =
                look_outside(files_[index], index, files_.size() > 1, reading, static_cast<std::uint32_t>(i));
            if (!outside) {
                continue;
            }
            auto& connection = by_stream[record.stream];
            connection.carries_data |= !outside->payload.empty();
            if (syn && transits_.size() < 4 * options_.max_requests) {
                connection.handshakes.push_back(add_handshake(*outside, record));
            }
        }
        for (const auto& [stream, connection] : by_stream) {
            for (const auto at : connection.handshakes) {
                transits_[at].carries_data |= connection.carries_data; // in another file it may have spoken
            }
        }
    }

    // Of a SYN or SYN-ACK: its transit's index.
    std::size_t add_handshake(const Outside& outside, const PacketRecord& record) {
        const bool answer = (record.tcp_flags & wire::tcp_flag::ack) != 0;
        auto& transit = transit_of(outside, 0, answer);
        transit.carries_data = transit.carries_data && !transit.sightings.empty();
        const bool again =
            std::any_of(transit.sightings.begin(), transit.sightings.end(),
                        [&](const Sighting& seen) { return seen.interface == outside.seen.interface; });
        if (!again) { // not sent again
            transit.bytes = 1;
            transit.position = answer ? std::nullopt : std::optional(0U);
            transit.acknowledgement = outside.acknowledgement;
            transit.sightings.push_back(outside.seen);
            transit.ended_ns = std::max(transit.ended_ns, record.time_ns);
        }
        return static_cast<std::size_t>(&transit - transits_.data());
    }

    // Who of two sockets spoke first asks, the other answers.
    void datagrams(std::size_t index, const CaptureFile::Reading& reading) {
        const auto& file = *files_[index].file;
        std::map<std::tuple<std::uint32_t, std::uint32_t, bool>, std::uint32_t> in_direction;
        std::unordered_map<std::string, std::uint32_t> times_seen;
        for (std::size_t i = 0; i < file.size() && !cancelled(); ++i) {
            const auto& record = file.record(i);
            const bool answer = (record.flags & PacketRecord::from_b) != 0;
            if ((record.flags & PacketRecord::is_udp) == 0 || record.stream == no_stream ||
                record.has(Protocol::bfd)) {
                continue;
            }
            if (++in_direction[{record.stream, record.interface, answer}] > options_.max_datagrams) {
                left_out_ += answer ? 0 : 1;
                continue;
            }
            auto outside =
                look_outside(files_[index], index, files_.size() > 1, reading, static_cast<std::uint32_t>(i));
            if (!outside || is_to_many(outside->seen.destination.address) ||
                transits_.size() >= 4 * options_.max_requests) {
                continue;
            }
            auto& seen = outside->seen;
            const auto exact = hash_text(text_of(outside->payload));
            // One that is forwarded where it came from (one arm, L2 DSR) is there twice, as two senders'.
            const auto sent =
                fmt::format("{} {} {} {} {} {} {}", record.interface, seen.source_mac.text(), seen.ttl,
                            seen.tunnel, seen.source.text(), seen.destination.text(), exact);
            const auto before = times_seen[sent]++;
            seen.sequence = before;
            auto& transit = transit_of(*outside, exact, answer, true);
            seen.sequence = 0;
            if (transit.sightings.empty()) {
                transit.content = exact;
                transit.bytes = static_cast<std::uint32_t>(outside->payload.size());
                if (record.has(Protocol::dns) && outside->payload.size() >= DnsWalk::header_bytes) {
                    DnsWalk walk(outside->payload);
                    transit.dns_id = walk.id();
                    const auto question = walk.next_question();
                    transit.head = question ? question->name : "";
                }
            }
            if (before != 0) {
                repeated_.insert({seen.source, seen.destination, exact});
            }
            transit.ended_ns = std::max(transit.ended_ns, record.time_ns);
            transit.sightings.push_back(std::move(seen));
        }
    }

    void mark_repeated() {
        for (auto& one : transits_) {
            one.repeated = one.is_udp && repeated_.contains({one.source, one.destination, one.exact});
        }
    }

    const std::vector<LadderFile>& files_;
    const LadderOptions& options_;
    std::vector<Transit> transits_;
    std::unordered_map<std::string, std::size_t> by_identity_;
    std::set<std::pair<std::size_t, std::uint32_t>> with_http_;
    std::set<std::tuple<Socket, Socket, std::uint64_t>> repeated_;      // datagrams
    std::map<std::pair<std::size_t, std::uint32_t>, Opening> openings_; // by file and stream
    std::size_t left_out_ = 0;
};

} // namespace

std::size_t hash_text(std::string_view text, std::size_t seed) {
    return hash_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, seed + text.size());
}

std::vector<Transit> find_transits(const std::vector<LadderFile>& files, const LadderOptions& options,
                                   std::size_t& left_out) {
    return Collector(files, options).run(left_out);
}

} // namespace fulcrum::capture
