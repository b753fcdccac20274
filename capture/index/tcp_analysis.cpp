#include "capture/index/tcp_analysis.h"

#include "engine/wire/tcp.h"

namespace fulcrum::capture {
namespace {

namespace flag = wire::tcp_flag;

bool before(std::uint32_t a, std::uint32_t b) {
    return static_cast<std::int32_t>(a - b) < 0;
}
bool after(std::uint32_t a, std::uint32_t b) {
    return static_cast<std::int32_t>(a - b) > 0;
}

constexpr std::int64_t fast_retransmission_ns = 20'000'000; // after the last duplicate ACK
constexpr std::int64_t reordering_ns = 3'000'000;           // when the round trip is not known

} // namespace

StreamState state_of(const TcpStream& stream) {
    const unsigned a = stream.seen_flags[0], b = stream.seen_flags[1];
    if (((a | b) & flag::rst) != 0) {
        return StreamState::reset;
    }
    if ((a & b & flag::fin) != 0) {
        return StreamState::closed;
    }
    if (((a | b) & flag::fin) != 0) {
        return StreamState::closing;
    }
    return (a & b) == 0 && ((a | b) & flag::syn) != 0 ? StreamState::opening : StreamState::established;
}

std::string_view name_of(StreamState state) {
    constexpr std::string_view names[] = {"opening", "established", "closing", "closed", "reset"};
    return names[static_cast<std::size_t>(state)];
}

std::optional<std::uint32_t> TcpAnalysis::add_stream() {
    if (streams_.full()) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(streams_.push_back({}));
}

bool TcpAnalysis::begins_anew(std::uint32_t index, const TcpSegment& segment) const {
    const auto& stream = streams_[index];
    const std::size_t side = segment.from_b ? 1 : 0;
    return (segment.flags & (flag::syn | flag::ack)) == flag::syn && stream.has_base[side] &&
           stream.base[side] != segment.sequence;
}

TcpAnalysis::View* TcpAnalysis::view_of(TcpStream& stream, std::uint32_t place) {
    for (auto at = stream.first_view; at != 0; at = views_[at - 1].next_view) {
        if (views_[at - 1].place == place) {
            last_view_number_ = at - 1;
            return &views_[at - 1];
        }
    }
    if (views_.full()) {
        return nullptr;
    }
    View fresh;
    fresh.place = place;
    fresh.next_view = stream.first_view;
    stream.first_view = static_cast<std::uint32_t>(views_.push_back(fresh) + 1);
    last_view_number_ = stream.first_view - 1;
    return &views_[stream.first_view - 1];
}

std::uint16_t TcpAnalysis::judge(std::uint32_t index, const TcpSegment& segment) {
    auto& stream = streams_[index];
    const std::size_t side = segment.from_b ? 1 : 0;
    const bool syn = (segment.flags & flag::syn) != 0;
    if (!stream.has_base[side]) {
        stream.has_base[side] = true;
        stream.base[side] = syn ? segment.sequence : segment.sequence - 1;
    }
    if (!stream.has_base[1 - side] && (segment.flags & flag::ack) != 0) {
        stream.has_base[1 - side] = true;
        stream.base[1 - side] = segment.acknowledgement - 1;
    }
    if (syn) {
        stream.window_shift[side] =
            segment.window_scale ? static_cast<std::int8_t>(*segment.window_scale) : std::int8_t{-2};
    }
    // The handshake's round trip, as one who stands anywhere on the way sees it: from SYN to the ACK of
    // SYN-ACK.
    if ((segment.flags & (flag::syn | flag::ack)) == flag::syn) {
        stream.syn_ns = segment.time_ns;
    } else if ((segment.flags & (flag::syn | flag::ack)) == flag::ack && stream.syn_ns != 0 &&
               stream.round_trip_ns == 0) {
        stream.round_trip_ns = segment.time_ns - stream.syn_ns;
    }
    stream.seen_flags[side] |= segment.flags;
    auto* view = last_view_ = view_of(stream, segment.place);
    if (view == nullptr) {
        return 0;
    }
    const auto findings = judge(stream, segment, view->sides[side], view->sides[1 - side]);
    if ((findings & tcp_finding::any_retransmission) != 0) {
        ++stream.retransmissions;
    }
    return findings;
}

std::uint16_t TcpAnalysis::judge(const TcpStream& stream, const TcpSegment& segment, Side& own,
                                 Side& other) const {
    using namespace tcp_finding;
    const auto [seq, ack, length] = std::tuple(segment.sequence, segment.acknowledgement, segment.length);
    const auto window = segment.window;
    const bool opens_or_closes = (segment.flags & (flag::syn | flag::fin)) != 0;
    const bool plain = (segment.flags & (flag::syn | flag::fin | flag::rst)) == 0;
    const bool has_ack = (segment.flags & flag::ack) != 0;
    const auto shift = stream.window_shift[segment.from_b ? 0 : 1]; // of the side that receives this
    std::uint16_t found = 0;
    bool duplicate = false;

    const bool repeats_ack = length == 0 && own.has_next && own.has_acked && seq == own.next && plain;
    if (length == 1 && own.has_next && seq == own.next && other.has_acked && other.window == 0) {
        found |= zero_window_probe;
    } else {
        if (window == 0 && plain) {
            found |= zero_window;
        }
        if (own.has_next && after(seq, own.next) && (segment.flags & flag::rst) == 0) {
            found |= lost_segment;
        }
        if (length <= 1 && own.has_next && seq == own.next - 1 && plain) {
            found |= keep_alive;
        }
        if (repeats_ack && window != 0 && window != own.window && ack == own.acked) {
            found |= window_update;
        }
        if (length > 0 && plain && shift != -1 && other.has_acked &&
            seq + length == other.acked + (other.window << (shift < 0 ? 0 : shift))) {
            found |= window_full;
        }
        if (repeats_ack && window != 0 && window == own.window && ack == own.acked &&
            (other.last_findings & keep_alive) != 0) {
            found |= keep_alive_ack;
        } else if (repeats_ack && window == 0 && own.window == 0 &&
                   (ack == own.acked || ack == own.acked + 1) &&
                   (other.last_findings & zero_window_probe) != 0) {
            found |= zero_window_probe_ack;
        } else if (repeats_ack && window != 0 && window == own.window && ack == own.acked) {
            found |= duplicate_ack;
            duplicate = true;
            ++own.duplicate_acks;
        }
    }
    if (!duplicate && ack != own.acked) {
        own.duplicate_acks = 0;
    }

    if (has_ack && other.has_continuous && after(ack, other.continuous)) {
        found |= ack_lost_segment;
        other.continuous = other.next;
    }

    const auto sequence_length = length + (opens_or_closes ? 1U : 0U);
    if (sequence_length > 0 && own.has_next && before(seq, own.next) &&
        (found & (keep_alive | zero_window_probe)) == 0) {
        if (length > 0 && other.has_acked && !after(seq + length, other.acked)) {
            found |= spurious_retransmission;
        } else if (other.duplicate_acks >= 2 && other.acked == seq &&
                   segment.time_ns - other.acked_ns < fast_retransmission_ns) {
            found |= fast_retransmission;
        } else if (segment.time_ns - own.next_ns <
                       (stream.round_trip_ns != 0 ? stream.round_trip_ns : reordering_ns) &&
                   own.next != seq + sequence_length) {
            found |= out_of_order;
        } else {
            found |= retransmission;
        }
    }

    const auto next = seq + sequence_length;
    if ((!own.has_next || after(next, own.next)) && (found & zero_window_probe) == 0) {
        own.next = next;
        own.next_ns = segment.time_ns;
        own.has_next = true;
    }
    if (!own.has_continuous || seq == own.continuous) {
        own.continuous = own.next;
        own.has_continuous = true;
    }
    own.window = window;
    own.acked = ack;
    own.acked_ns = segment.time_ns;
    own.has_acked = own.has_acked || has_ack;
    own.last_findings = found;
    return found;
}

} // namespace fulcrum::capture
