#include "engine/tcp/handshake.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace fulcrum::tcp {

namespace {

constexpr std::array<std::uint16_t, 8> mss_table{216, 536, 1024, 1300, 1380, 1440, 1460, 8948};
constexpr std::uint32_t cookie_life_ticks = 2;
constexpr std::uint32_t timestamp_bits = 0x3f;
constexpr std::uint32_t no_scaling = 0xf;

std::uint32_t tick_of(Instant now) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() / 64);
}

std::uint32_t milliseconds_of(Instant now) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
}

enum class Purpose : std::uint32_t { sequence = 1, timestamp = 2, cookie = 3 };

std::uint64_t hash_of(const HashKey& key, Purpose purpose, const Endpoints& ends, std::uint32_t a = 0,
                      std::uint32_t b = 0) {
    std::array<std::uint32_t, 7> words{};
    std::memcpy(words.data(), &ends, sizeof(ends));
    words[4] = static_cast<std::uint32_t>(purpose);
    words[5] = a;
    words[6] = b;
    return sip_hash(key, {reinterpret_cast<const std::uint8_t*>(words.data()), sizeof(words)});
}

} // namespace

std::uint8_t window_shift(const Settings& settings) {
    std::uint8_t shift = 0;
    while (shift < 14 && (settings.receive_limit_max >> shift) > 65535) {
        ++shift;
    }
    return shift;
}

Handshake read_offer(const Segment& syn, const Settings& settings) {
    Handshake offer;
    offer.theirs = syn.sequence;
    offer.mss_bytes = std::max<std::uint16_t>(syn.options.mss.value_or(536), 48);
    offer.window_scaling = settings.window_scaling && syn.options.window_scale.has_value();
    offer.their_shift = offer.window_scaling ? *syn.options.window_scale : std::uint8_t{0};
    offer.our_shift = offer.window_scaling ? window_shift(settings) : std::uint8_t{0};
    offer.sack = settings.sack && syn.options.sack_permitted;
    offer.timestamps = settings.timestamps && syn.options.timestamps.has_value();
    offer.timestamp_recent = offer.timestamps ? syn.options.timestamps->value : 0;
    offer.window = syn.window;
    return offer;
}

wire::TcpHeader syn_ack_for(const Handshake& handshake, const Settings& settings, std::uint32_t timestamp) {
    wire::TcpHeader header;
    header.flags = wire::tcp_flag::syn | wire::tcp_flag::ack;
    header.sequence = handshake.ours.value();
    header.acknowledgement = (handshake.theirs + 1).value();
    header.window = static_cast<std::uint16_t>(std::min<std::uint32_t>(settings.receive_limit, 65535));
    header.options.mss = settings.mss_bytes;
    if (handshake.window_scaling) {
        header.options.window_scale = handshake.our_shift;
    }
    header.options.sack_permitted = handshake.sack;
    if (handshake.timestamps) {
        header.options.timestamps = wire::TcpTimestamps{timestamp, handshake.timestamp_recent};
    }
    return header;
}

Sequence HandshakeSecrets::initial_sequence(const Endpoints& ends, Instant now) const {
    // A clock of 4 microseconds plus a secret that differs by connection.
    const auto clock = static_cast<std::uint32_t>(now.time_since_epoch().count() / 4000);
    return Sequence(clock + static_cast<std::uint32_t>(hash_of(key_, Purpose::sequence, ends)));
}

std::uint32_t HandshakeSecrets::timestamp_offset(const Endpoints& ends) const {
    return static_cast<std::uint32_t>(hash_of(key_, Purpose::timestamp, ends));
}

std::uint32_t HandshakeSecrets::cookie_hash(const Endpoints& ends, Sequence theirs, std::uint32_t tick,
                                            unsigned mss_index) const {
    return static_cast<std::uint32_t>(
               hash_of(key_, Purpose::cookie, ends, theirs.value(), (tick << 3) | mss_index)) &
           0xffffffU;
}

HandshakeSecrets::Answer HandshakeSecrets::make_cookie(const Endpoints& ends, const Segment& syn,
                                                       const Settings& settings, Instant now) const {
    Answer answer{read_offer(syn, settings)};
    Handshake& offer = answer.handshake;
    if (!offer.timestamps) { // nowhere to keep them
        offer.window_scaling = offer.sack = false;
        offer.their_shift = offer.our_shift = 0;
    }
    unsigned mss_index = 0;
    while (mss_index + 1 < mss_table.size() && mss_table[mss_index + 1] <= offer.mss_bytes) {
        ++mss_index;
    }
    const std::uint32_t tick = tick_of(now);
    offer.ours = Sequence(((tick & 0x1f) << 27) | (mss_index << 24) |
                          cookie_hash(ends, syn.sequence, tick, mss_index));
    offer.timestamp_offset = timestamp_offset(ends);
    if (offer.timestamps) {
        const std::uint32_t clock = milliseconds_of(now) + offer.timestamp_offset;
        const std::uint32_t bits =
            (offer.window_scaling ? offer.their_shift : no_scaling) | (offer.sack ? 0x10U : 0U);
        std::uint32_t stamp = (clock & ~timestamp_bits) | bits;
        if (static_cast<std::int32_t>(stamp - clock) > 0) {
            stamp -= timestamp_bits + 1; // never ahead of our clock: later segments must not look old
        }
        answer.timestamp = stamp;
    }
    return answer;
}

std::optional<Handshake> HandshakeSecrets::check_cookie(const Endpoints& ends, const Segment& ack,
                                                        const Settings& settings, Instant now) const {
    const std::uint32_t cookie = ack.acknowledgement.value() - 1;
    const Sequence theirs(ack.sequence.value() - 1);
    const std::uint32_t tick_now = tick_of(now);
    const std::uint32_t age = (tick_now - (cookie >> 27)) & 0x1f;
    const unsigned mss_index = (cookie >> 24) & 7;
    if (age > cookie_life_ticks ||
        (cookie & 0xffffffU) != cookie_hash(ends, theirs, tick_now - age, mss_index)) {
        return std::nullopt;
    }
    Handshake handshake;
    handshake.ours = Sequence(cookie);
    handshake.theirs = theirs;
    handshake.mss_bytes = mss_table[mss_index];
    handshake.timestamp_offset = timestamp_offset(ends);
    handshake.window = ack.window;
    if (settings.timestamps && ack.options.timestamps) {
        handshake.timestamps = true;
        handshake.timestamp_recent = ack.options.timestamps->value;
        const std::uint32_t bits = ack.options.timestamps->echo & timestamp_bits;
        handshake.sack = (bits & 0x10U) != 0;
        handshake.window_scaling = (bits & no_scaling) != no_scaling;
        handshake.their_shift =
            handshake.window_scaling ? static_cast<std::uint8_t>(bits & no_scaling) : std::uint8_t{0};
        handshake.our_shift = handshake.window_scaling ? window_shift(settings) : std::uint8_t{0};
    }
    return handshake;
}

} // namespace fulcrum::tcp
