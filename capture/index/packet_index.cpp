#include "capture/index/packet_index.h"

#include "capture/decode/application.h"
#include "capture/decode/tcp_options.h"
#include "engine/base/byte_order.h"
#include "engine/wire/tcp.h"

namespace fulcrum::capture {

struct PacketIndex::Adding {
    std::uint32_t number = 0;
    std::uint32_t original = 0;
    std::uint32_t interface = 0;
    Direction direction = Direction::unknown;
    std::int64_t time_ns = 0;
    const Layer* ip = nullptr; // the IP header around the layer that is looked at
};

namespace {

// The ends of what `ip` carries, without ports when there are none.
std::pair<Endpoint, Endpoint> ends_of(const Layer& ip, std::uint16_t source_port = 0,
                                      std::uint16_t destination_port = 0) {
    const auto* p = ip.bytes.data();
    return ip.protocol == Protocol::ipv4
               ? std::pair(Endpoint::of_v4(p + 12, source_port), Endpoint::of_v4(p + 16, destination_port))
               : std::pair(Endpoint::of_v6(p + 8, source_port), Endpoint::of_v6(p + 24, destination_port));
}

// Up to the window: what there must be of a TCP header to follow its stream.
constexpr std::size_t least_tcp_bytes = 16;

} // namespace

void PacketIndex::extend(Bytes file) {
    file_ = file;
    http_.extend(file);
}

bool PacketIndex::add(const ReadPacket& read, std::uint16_t link_type) {
    const auto& packet = read.packet;
    if (records_.full()) {
        return false;
    }
    PacketRecord record;
    record.offset = read.offset;
    record.captured = static_cast<std::uint32_t>(packet.bytes.size());
    record.original = packet.original_bytes;
    record.interface = packet.interface;
    record.time_ns = packet.time_ns.value_or(0);
    record.flags = packet.time_ns ? 0 : PacketRecord::no_time;
    if (read.options.find(option::comment)) {
        record.flags |= PacketRecord::has_comment;
    }

    const auto number = static_cast<std::uint32_t>(records_.size());
    find_layers(link_type, packet.bytes, layers_);
    if (const auto* ip = layers_.fragment()) {
        const auto facts = fragment_facts(*ip);
        const auto at = static_cast<std::uint64_t>(facts->payload.data() - file_.data());
        if (datagrams_.add(*ip, *facts, number, at)) {
            record.flags |= PacketRecord::completes_datagram;
            payload_ = datagrams_.payload(number, file_);
            find_layers(link_type, packet.bytes, layers_, payload_);
        }
    }
    record.protocols = layers_.mask();

    Adding now{number, packet.original_bytes, packet.interface, packet.direction(), record.time_ns, nullptr};
    for (const auto& layer : layers_) {
        switch (layer.protocol) {
        case Protocol::ethernet: {
            auto& ethernet = table(ConversationKind::ethernet);
            const auto* p = layer.bytes.data();
            if (const auto found = ethernet.find_or_make(Endpoint::of_mac(p + 6), Endpoint::of_mac(p))) {
                ethernet.count(*found, number, now.original, now.time_ns);
            }
            break;
        }
        case Protocol::ipv4:
        case Protocol::ipv6:
            now.ip = &layer;
            if (!layer.in_error && !is_cut(layer)) {
                add_ip(now, layer);
            }
            break;
        case Protocol::tcp:
            if (!add_tcp(now, layer, record)) {
                return false;
            }
            break;
        case Protocol::udp:
            if (!add_udp(now, layer, record)) {
                return false;
            }
            break;
        default:
            break;
        }
    }
    records_.push_back(record);
    return true;
}

void PacketIndex::add_ip(const Adding& now, const Layer& layer) {
    auto& ip = table(layer.protocol == Protocol::ipv4 ? ConversationKind::ipv4 : ConversationKind::ipv6);
    const auto [source, destination] = ends_of(layer);
    if (const auto found = ip.find_or_make(source, destination)) {
        ip.count(*found, now.number, now.original, now.time_ns);
    }
}

bool PacketIndex::add_tcp(const Adding& now, const Layer& layer, PacketRecord& record) {
    auto& table_of_tcp = table(ConversationKind::tcp);
    const auto* p = layer.bytes.data();
    const auto [source, destination] = ends_of(*now.ip, load_be16(p), load_be16(p + 2));
    if (layer.bytes.size() < least_tcp_bytes) {
        return true; // too little to follow a stream by
    }
    TcpSegment segment;
    segment.sequence = load_be32(p + 4);
    segment.acknowledgement = load_be32(p + 8);
    segment.flags = p[13];
    segment.window = load_be16(p + 14);
    segment.length = static_cast<std::uint32_t>(layer.payload().size()) + layer.missing;
    segment.time_ns = now.time_ns;
    if ((segment.flags & wire::tcp_flag::syn) != 0 && layer.header > 20) {
        segment.window_scale = window_scale_of(layer.bytes.subspan(20, layer.header - 20));
    }

    auto found = table_of_tcp.find_or_make(source, destination);
    if (found && !found->fresh) {
        segment.from_b = found->from_b;
        if (tcp_.begins_anew(found->index, segment)) {
            found = table_of_tcp.find_or_make(source, destination, true);
            record.analysis |= tcp_finding::reused_ports;
        }
    }
    if (!found || (found->fresh && !tcp_.add_stream())) {
        return false;
    }
    if (layer.in_error) {
        // A quoted segment belongs to the stream that it is about, and is no traffic of it.
        record.stream = record.stream == no_stream ? found->index : record.stream;
        return true;
    }
    segment.from_b = found->from_b;
    segment.place = place_of(now.interface, now.direction, segment.from_b);
    table_of_tcp.count(*found, now.number, now.original, now.time_ns);
    record.stream = found->index;
    record.tcp_flags = segment.flags;
    record.flags = static_cast<std::uint8_t>(record.flags & ~(PacketRecord::is_udp | PacketRecord::from_b));
    record.flags |= found->from_b ? PacketRecord::from_b : std::uint8_t{0};
    record.analysis |= tcp_.judge(found->index, segment);
    follow_messages(now, layer, segment, record);
    return true;
}

// A packet is one of HTTP, DNS, BGP or TLS when it completes a message, not when it happens to begin like
// one.
void PacketIndex::follow_messages(const Adding& now, const Layer& layer, const TcpSegment& tcp,
                                  PacketRecord& record) {
    auto* state = tcp_.messages();
    if (state == nullptr || layer.reassembled) {
        return; // bytes of a reassembled datagram are not in the file
    }
    const std::size_t side = tcp.from_b ? 1 : 0;
    auto& slot = state->http[side];
    const bool fin = (tcp.flags & wire::tcp_flag::fin) != 0;
    const bool sent_again = (record.analysis & tcp_finding::any_retransmission) != 0;
    // Sent again, and yet new here: what was lost on the way is seen behind that place for the first time.
    const bool repeated = sent_again && !http_.is_new(slot, tcp.sequence);
    bool completes = false, is_http = http_.is_inside(slot) && !state->dialogue.upgraded;
    if (!repeated && (!layer.payload().empty() || (fin && slot != 0))) {
        HttpTracker::Segment segment{record.stream, now.interface, now.number, tcp.sequence, layer.payload()};
        if (const auto proxy = slot == 0 ? proxy_header_bytes(segment.payload) : 0) {
            segment.payload = segment.payload.subspan(proxy);
            segment.sequence += static_cast<std::uint32_t>(proxy);
        }
        segment.from_b = tcp.from_b;
        segment.fin = fin;
        segment.cut = layer.missing != 0;
        completes = http_.process(segment, slot, state->dialogue);
        is_http = is_http || completes || (http_.is_inside(slot) && !state->dialogue.upgraded);
    }
    if (completes) {
        record.protocols |= mask_of(Protocol::http);
        record.flags |= PacketRecord::completes_http;
    } else {
        record.protocols &= ~mask_of(Protocol::http);
    }
    if (is_http || sent_again) {
        record.protocols &= ~framed_protocols;
    } else {
        follow_framed(now, layer, tcp, state->split[side], record);
    }
}

void PacketIndex::follow_framed(const Adding& now, const Layer& layer, const TcpSegment& tcp, bool& split,
                                PacketRecord& record) {
    const auto* p = layer.bytes.data();
    FramedTracker::Segment segment{tcp_.key(tcp.from_b), now.number,      tcp.sequence, load_be16(p),
                                   load_be16(p + 2),     layer.payload(), file_,        layer.missing != 0};
    if (!split) {
        const auto proxy = proxy_header_bytes(segment.payload);
        segment.payload = segment.payload.subspan(proxy);
        segment.sequence += static_cast<std::uint32_t>(proxy);
        if (!framing_of(segment.source_port, segment.destination_port, segment.payload)) {
            return;
        }
    }
    const auto outcome = framed_.process(segment, split);
    record.protocols &= ~framed_protocols;
    if (outcome.shown) {
        record.protocols |= mask_of(protocol_of(*outcome.shown));
    }
    if (outcome.begins_tls) {
        record.protocols |= mask_of(Protocol::tls);
    }
    if (outcome.completes_split) {
        record.flags |= PacketRecord::completes_split;
    }
}

bool PacketIndex::add_udp(const Adding& now, const Layer& layer, PacketRecord& record) {
    auto& table_of_udp = table(ConversationKind::udp);
    const auto* p = layer.bytes.data();
    const auto [source, destination] = ends_of(*now.ip, load_be16(p), load_be16(p + 2));
    if (layer.bytes.size() < 8) {
        return true; // cut
    }
    const auto found = table_of_udp.find_or_make(source, destination);
    if (!found) {
        return false;
    }
    if (layer.in_error) {
        if (record.stream != no_stream) {
            return true;
        }
    } else {
        table_of_udp.count(*found, now.number, now.original, now.time_ns);
    }
    record.stream = found->index;
    record.flags = static_cast<std::uint8_t>(record.flags & ~PacketRecord::from_b);
    record.flags |=
        static_cast<std::uint8_t>(PacketRecord::is_udp | (found->from_b ? PacketRecord::from_b : 0));
    return true;
}

std::size_t PacketIndex::memory_bytes() const {
    auto bytes =
        records_.memory_bytes() + tcp_.memory_bytes() + http_.memory_bytes() + framed_.memory_bytes();
    for (const auto& one : conversations_) {
        bytes += one.memory_bytes();
    }
    return bytes;
}

} // namespace fulcrum::capture
