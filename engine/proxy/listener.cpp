#include "engine/proxy/listener.h"

#include <algorithm>

namespace fulcrum::proxy {

namespace flag = wire::tcp_flag;

namespace {

constexpr std::uint32_t header_bytes = 40; // IPv4 and TCP without options (RFC 9293 section 3.7.1)
constexpr Duration cookie_life = std::chrono::seconds(128); // engine/tcp/handshake.h: two ticks
constexpr Duration first_repeat = std::chrono::seconds(1);  // RFC 6298 section 2

// The timestamp clock of engine/tcp: milliseconds.
std::uint32_t timestamp(Instant now, std::uint32_t offset) {
    return static_cast<std::uint32_t>(now.time_since_epoch() / std::chrono::milliseconds(1)) + offset;
}

// A handshake and its refusals are answered straight to whom they came from where auto gateway is on: a flood
// must not cost look-ups.
Station station_of(const stack::Packet& packet) {
    return {packet.ingress.value, packet.source_mac};
}

bool is_syn_only(const tcp::Segment& segment) {
    return (segment.flags & (flag::syn | flag::ack | flag::rst)) == flag::syn;
}

} // namespace

const tcp::Settings& Listener::settings_for(stack::InterfaceId interface) {
    const stack::InterfaceSettings* settings = stack_.interface(interface);
    const std::uint32_t mtu = settings == nullptr ? 1500 : settings->mtu_bytes;
    auto& slot = settings_[mtu];
    if (!slot) {
        slot = std::make_unique<tcp::Settings>();
        slot->fin_wait_2 = Duration{0}; // a half-closed session may think for as long as the service allows
        slot->mss_bytes = static_cast<std::uint16_t>(std::max<std::uint32_t>(mtu, 68) - header_bytes);
    }
    return *slot;
}

void Listener::process_syn(const stack::Packet& packet, const tcp::Endpoints& ends, const tcp::Segment& syn,
                           Instant now) {
    const tcp::Settings& settings = settings_for(packet.ingress);
    if (HalfOpen* known = half_open_.find(ends); known != nullptr) {
        if (known->handshake.theirs == syn.sequence) { // the SYN again: our answer was lost
            ++counters_.syn_acks_repeated;
            known->was_asked_again = true;
            answer(station_of(packet), ends,
                   tcp::syn_ack_for(known->handshake, settings,
                                    timestamp(now, known->handshake.timestamp_offset)),
                   now);
            return;
        }
        half_open_.erase(ends); // another connection from the same port
    }
    ++counters_.syns;
    if (half_open_.is_full()) {
        ++counters_.cookies_sent;
        cookies_until_ = now + cookie_life;
        const auto cookie = secrets_.make_cookie(ends, syn, settings, now);
        answer(station_of(packet), ends, tcp::syn_ack_for(cookie.handshake, settings, cookie.timestamp), now);
        return;
    }
    HalfOpen entry;
    entry.handshake = tcp::read_offer(syn, settings);
    entry.handshake.theirs = syn.sequence;
    entry.handshake.ours = secrets_.initial_sequence(ends, now);
    entry.handshake.timestamp_offset = secrets_.timestamp_offset(ends);
    entry.settings = &settings;
    entry.station = station_of(packet);
    entry.began = now;
    entry.repeat_at = now + first_repeat;
    half_open_.insert(ends, entry);
    answer(entry.station, ends,
           tcp::syn_ack_for(entry.handshake, settings, timestamp(now, entry.handshake.timestamp_offset)),
           now);
}

std::optional<tcp::Handshake> Listener::complete(const stack::Packet& packet, const tcp::Endpoints& ends,
                                                 const tcp::Segment& ack, Instant now) {
    std::optional<tcp::Handshake> out;
    if (HalfOpen* known = half_open_.find(ends); known != nullptr) {
        // RFC 9293 section 3.10.7.4: whatever lies in the window; the bare ACK may be lost, or overtaken by
        // data.
        const tcp::Sequence first = known->handshake.theirs + 1;
        if (ack.acknowledgement == known->handshake.ours + 1 && ack.sequence >= first &&
            ack.sequence < first + known->settings->receive_limit) {
            out = known->handshake;
            out->window = ack.window;
            if (known->repeats == 0 && !known->was_asked_again) { // else it is unclear which one is answered
                out->round_trip = now - known->began;
            }
        }
    }
    if (!out &&
        awaits_cookies(now)) { // an answer to a cookie may come when a repeated SYN has found room again
        out = secrets_.check_cookie(ends, ack, settings_for(packet.ingress), now);
        counters_.cookies_accepted += out ? 1 : 0;
    }
    if (out) {
        half_open_.erase(ends);
    }
    counters_.handshakes += out ? 1 : 0;
    return out;
}

void Listener::process_reset(const tcp::Endpoints& ends, const tcp::Segment& reset) {
    const HalfOpen* known = half_open_.find(ends);
    if (known != nullptr && reset.sequence == known->handshake.theirs + 1) { // RFC 5961 section 3.2
        half_open_.erase(ends);
    }
}

bool Listener::process_late(const stack::Packet& packet, const tcp::Endpoints& ends,
                            const tcp::Segment& segment, Instant now) {
    const Lingering* old = time_wait_.find(ends);
    if (old == nullptr) {
        return false;
    }
    if (segment.has(flag::rst)) {
        return true; // RFC 1337
    }
    if (is_syn_only(segment)) {
        const bool by_clock = old->timestamps && segment.options.timestamps;
        const bool newer =
            by_clock
                ? static_cast<std::int32_t>(segment.options.timestamps->value - old->timestamp_recent) > 0
                : segment.sequence > old->receive_next;
        if (newer) {
            time_wait_.erase(ends);
            return false;
        }
    }
    if (segment.length() > 0) {
        wire::TcpHeader header;
        header.flags = flag::ack;
        header.sequence = old->send_next.value();
        header.acknowledgement = old->receive_next.value();
        if (old->timestamps) {
            header.options.timestamps =
                wire::TcpTimestamps{timestamp(now, old->timestamp_offset), old->timestamp_recent};
        }
        answer(station_of(packet), ends, header, now);
    }
    return true;
}

void Listener::linger(const tcp::Connection& connection, const tcp::Endpoints& ends, Instant now) {
    if (connection.state() == tcp::State::time_wait) {
        time_wait_.insert(ends, connection.last_words(), now);
    }
}

void Listener::reset(const stack::Packet& packet, const tcp::Endpoints& ends, const tcp::Segment& segment,
                     Instant now) {
    wire::TcpHeader header;
    header.flags = flag::rst | flag::ack;
    header.sequence = segment.acknowledgement.value();
    header.acknowledgement = (segment.sequence + segment.length()).value();
    answer(station_of(packet), ends, header, now);
}

void Listener::poll(Instant now) {
    half_open_.poll(now, [this, now](const tcp::Endpoints& ends, const HalfOpen& entry) {
        ++counters_.syn_acks_repeated;
        answer(entry.station, ends,
               tcp::syn_ack_for(entry.handshake, *entry.settings,
                                timestamp(now, entry.handshake.timestamp_offset)),
               now);
    });
    time_wait_.poll(now);
}

} // namespace fulcrum::proxy
