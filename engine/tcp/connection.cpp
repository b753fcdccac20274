#include "engine/tcp/connection.h"

#include <algorithm>

#include "engine/tcp/handshake.h"

namespace fulcrum::tcp {

using namespace wire;

namespace {
constexpr std::uint32_t least_path_mtu = 552;
constexpr std::uint32_t fixed_header_bytes = 40; // IPv4 and TCP without options
constexpr std::uint16_t smallest_mss = 48;       // below it a hostile MSS makes us send headers only
constexpr Duration challenge_gap = std::chrono::milliseconds(500); // RFC 5961 section 7
constexpr Duration paws_idle = std::chrono::hours(24 * 24);        // RFC 7323 section 5.5

} // namespace

std::string_view name_of(State state) {
    static constexpr std::string_view names[] = {"closed",     "syn-sent",   "syn-received", "established",
                                                 "fin-wait-1", "fin-wait-2", "close-wait",   "closing",
                                                 "last-ack",   "time-wait"};
    return names[static_cast<std::size_t>(state)];
}

std::string_view name_of(End end) {
    static constexpr std::string_view names[] = {"none",    "closed",    "reset-by-peer",
                                                 "refused", "timed-out", "aborted"};
    return names[static_cast<std::size_t>(end)];
}

// --- opening (RFC 9293 section 3.10.1, 3.10.7.2) ---

void Connection::open_active(Sequence initial, std::uint32_t timestamp_offset, Instant now) {
    iss_ = initial;
    timestamp_offset_ = timestamp_offset;
    opened_ = last_heard_ = now;
    our_shift_ = window_shift(*settings_);
    syn_wanted_ = true;
    enter(State::syn_sent, now);
}

void Connection::open_passive(const Segment& syn, Sequence initial, std::uint32_t timestamp_offset,
                              Instant now) {
    iss_ = initial;
    irs_ = syn.sequence;
    timestamp_offset_ = timestamp_offset;
    opened_ = last_heard_ = now;
    our_shift_ = window_shift(*settings_);
    learn_options(syn.options);
    timestamp_recent_at_ = now;
    receiver_.start(irs_ + 1, settings_->receive_limit, scaling_ ? our_shift_ : 0);
    sender_.start(iss_ + 1, std::max<std::uint32_t>(peer_mss_, smallest_mss), syn.window);
    set_path_mss(peer_mss_);
    window_seq_ = syn.sequence;
    window_ack_ = iss_;
    syn_wanted_ = true;
    enter(State::syn_received, now);
}

void Connection::open_completed(const Handshake& handshake, Instant now) {
    iss_ = handshake.ours;
    irs_ = handshake.theirs;
    timestamp_offset_ = handshake.timestamp_offset;
    timestamp_recent_ = handshake.timestamp_recent;
    timestamp_recent_at_ = opened_ = last_heard_ = now;
    timestamps_ = handshake.timestamps;
    sack_ = handshake.sack;
    scaling_ = handshake.window_scaling;
    their_shift_ = scaling_ ? handshake.their_shift : 0;
    our_shift_ = scaling_ ? handshake.our_shift : 0;
    peer_mss_ = handshake.mss_bytes;
    receiver_.start(irs_ + 1, settings_->receive_limit, our_shift_);
    receiver_.promise(settings_->mss_bytes); // the listener's SYN-ACK has
    sender_.start(iss_ + 1, peer_mss_, handshake.window << their_shift_);
    set_path_mss(peer_mss_);
    if (handshake.round_trip.count() > 0) {
        sender_.round_trip().sample(handshake.round_trip);
    }
    window_seq_ = irs_ + 1;
    window_ack_ = iss_ + 1;
    last_ack_sent_ = irs_ + 1;
    enter(State::established, now);
}

void Connection::learn_options(const TcpOptions& options) {
    peer_mss_ = std::max<std::uint16_t>(options.mss.value_or(536), smallest_mss); // RFC 9293 MUST-15
    scaling_ = settings_->window_scaling && options.window_scale.has_value();
    their_shift_ = scaling_ ? *options.window_scale : std::uint8_t{0};
    if (!scaling_) {
        our_shift_ = 0;
    }
    sack_ = settings_->sack && options.sack_permitted;
    timestamps_ = settings_->timestamps && options.timestamps.has_value();
    if (timestamps_) {
        timestamp_recent_ = options.timestamps->value;
    }
}

// The payload that fits: the smaller of what the peer takes and what our own link takes, less our options
// (RFC 6691: the MSS option counts neither).
void Connection::set_path_mss(std::uint32_t segment_bytes) {
    const std::uint32_t whole = std::min<std::uint32_t>(segment_bytes, settings_->mss_bytes);
    sender_.set_mss(std::max<std::uint32_t>(whole, smallest_mss) - option_bytes());
}

void Connection::enter(State state, Instant now) {
    state_ = state;
    state_deadline_ = Instant::max();
    switch (state) {
    case State::fin_wait_2:
        if (settings_->fin_wait_2.count() > 0) {
            state_deadline_ = now + settings_->fin_wait_2;
        }
        break;
    case State::time_wait:
        state_deadline_ = now + settings_->time_wait;
        sender_.clear();
        receiver_.discard_islands();
        break;
    case State::established:
    case State::close_wait:
        touch(now);
        break;
    default:
        break;
    }
}

void Connection::touch(Instant now) {
    last_heard_ = now;
    keep_alive_probes_ = 0;
    if (settings_->keep_alive.count() > 0 && (state_ == State::established || state_ == State::close_wait)) {
        state_deadline_ = now + settings_->keep_alive;
    }
}

void Connection::finish(End end) {
    state_ = State::closed;
    end_ = end;
    sender_.clear();
    if (end == End::closed) { // everything arrived: who reads slowly still gets it
        receiver_.discard_islands();
    } else {
        receiver_.clear();
    }
    ack_deadline_ = state_deadline_ = Instant::max();
    ack_now_ = syn_wanted_ = false;
}

// --- arriving (section 3.10.7) ---

void Connection::process_segment(Segment segment, Instant now) {
    if (state_ == State::closed) {
        return; // who has no connection answers with the reset of section 3.10.7.1; that is the listener's
    }
    if (state_ == State::syn_sent) {
        process_syn_sent(segment, now);
        return;
    }
    dirty_ = true;
    // "If the RCV.WND is zero, no segments will be acceptable, but special allowance should be made to accept
    // valid ACKs": what is in order counts without what it carries.
    if (segment.length() > 0 && segment.sequence == receiver_.next() && !has_window() &&
        (segment.flags & (tcp_flag::ack | tcp_flag::syn | tcp_flag::rst)) == tcp_flag::ack) {
        segment.payload = Slice();
        segment.flags = static_cast<std::uint8_t>(segment.flags & ~tcp_flag::fin);
        ack_now_ = true;
    }
    // First: sequence number (and PAWS, RFC 7323 section 5.3 R1).
    if (!process_timestamps(segment, now) || !acceptable(segment)) {
        if (!segment.has(tcp_flag::rst)) {
            if (segment.length() > 0 && segment.has(tcp_flag::ack) && segment.payload.size() > 0) {
                receiver_.process_payload(segment.sequence,
                                          segment.sequence + segment.payload.size() <= receiver_.next()
                                              ? std::move(segment.payload)
                                              : Slice()); // an old copy: tell by D-SACK
            }
            if (state_ == State::syn_received && segment.has(tcp_flag::syn)) {
                syn_wanted_ = true; // their SYN again: our SYN-ACK was lost
            } else if (segment.length() > 0 || segment.sequence != receiver_.next()) {
                ack_now_ = true;
            }
            if (state_ == State::time_wait && segment.has(tcp_flag::fin)) {
                enter(State::time_wait, now); // restart (section 3.10.7.4, eighth)
                ack_now_ = true;
            }
        }
        return;
    }
    if (segment.has(tcp_flag::rst)) { // second
        process_reset(segment, now);
        return;
    }
    if (segment.has(tcp_flag::syn)) { // fourth: RFC 5961 section 4, whatever the sequence number
        challenge(now);
        return;
    }
    if (!segment.has(tcp_flag::ack)) { // fifth
        return;
    }
    last_heard_ = now;
    if (state_ == State::established || state_ == State::close_wait) {
        touch(now);
    }
    if (!process_acknowledgement(segment, now)) {
        return;
    }
    process_payload(segment, now); // sixth (urgent) is ignored; seventh and eighth
}

void Connection::process_syn_sent(Segment& segment, Instant now) {
    dirty_ = true;
    const bool has_ack = segment.has(tcp_flag::ack);
    if (has_ack && segment.acknowledgement != iss_ + 1) { // first
        if (!segment.has(tcp_flag::rst)) {
            reset_wanted_ = true;
            reset_at_ = segment.acknowledgement;
        }
        return;
    }
    if (segment.has(tcp_flag::rst)) { // second
        if (has_ack) {
            finish(End::refused);
        }
        return;
    }
    if (!segment.has(tcp_flag::syn)) { // fifth
        return;
    }
    irs_ = segment.sequence; // fourth
    learn_options(segment.options);
    timestamp_recent_at_ = now;
    receiver_.start(irs_ + 1, settings_->receive_limit, scaling_ ? our_shift_ : 0);
    sender_.start(iss_ + 1, peer_mss_, segment.window); // the window of a SYN is never scaled
    set_path_mss(peer_mss_);
    window_seq_ = segment.sequence;
    window_ack_ = has_ack ? segment.acknowledgement : iss_;
    if (has_ack) {
        if (handshake_tries_ <= 1) {
            sender_.round_trip().sample(now - opened_);
        }
        enter(State::established, now);
        ack_now_ = true;
    } else { // simultaneous open
        enter(State::syn_received, now);
        syn_wanted_ = true;
    }
    Segment rest = std::move(segment);
    rest.flags = static_cast<std::uint8_t>(rest.flags & ~tcp_flag::syn);
    rest.sequence += 1;
    if (state_ == State::established && (rest.payload.size() > 0 || rest.has(tcp_flag::fin))) {
        process_payload(rest, now);
    }
}

bool Connection::has_window() const {
    return receiver_.promised_edge() > receiver_.next();
}

// RFC 9293 section 3.4, table 6. One more is accepted: an empty segment right at the edge. A peer that has
// filled our window acknowledges from there, and while a piece of what it sent is missing we would hear no
// other ACK.
bool Connection::acceptable(const Segment& segment) const {
    const Sequence next = receiver_.next();
    const Sequence edge = later(receiver_.promised_edge(), next);
    const std::uint32_t length = segment.length();
    if (length == 0) {
        return next <= segment.sequence && segment.sequence <= edge;
    }
    if (edge == next) {
        return false;
    }
    const Sequence last = segment.sequence + (length - 1);
    return (next <= segment.sequence && segment.sequence < edge) || (next <= last && segment.sequence < edge);
}

bool Connection::process_timestamps(const Segment& segment, Instant now) {
    if (!timestamps_) {
        return true;
    }
    if (!segment.options.timestamps) {
        return true; // RFC 7323 section 3.2 lets us drop it; Linux and we do not
    }
    const std::uint32_t value = segment.options.timestamps->value;
    const bool older = static_cast<std::int32_t>(value - timestamp_recent_) < 0;
    if (older && now - timestamp_recent_at_ < paws_idle && !segment.has(tcp_flag::rst)) {
        return false;
    }
    if (!older && segment.sequence <= last_ack_sent_) { // R3: the segment that spans the last ACK sent
        timestamp_recent_ = value;
        timestamp_recent_at_ = now;
    }
    return true;
}

// RFC 5961 section 3: only the exact next number resets; anywhere else in the window earns a challenge.
void Connection::process_reset(const Segment& segment, Instant now) {
    if (segment.sequence != receiver_.next()) {
        challenge(now);
        return;
    }
    switch (state_) {
    case State::syn_received:
        finish(End::refused);
        break;
    case State::closing:
    case State::last_ack:
    case State::time_wait:
        finish(End::closed);
        break;
    default:
        finish(End::reset_by_peer);
        break;
    }
}

void Connection::challenge(Instant now) {
    if (now - last_challenge_ >= challenge_gap) {
        last_challenge_ = now;
        ack_now_ = true;
    }
}

bool Connection::process_acknowledgement(const Segment& segment, Instant now) {
    const Sequence ack = segment.acknowledgement;
    if (state_ == State::syn_received) {
        if (!(sender_.una() <= ack && ack <= sender_.nxt())) {
            reset_wanted_ = true;
            reset_at_ = ack;
            return false;
        }
        if (handshake_tries_ <= 1 && !sender_.round_trip().known()) {
            sender_.round_trip().sample(now - opened_);
        }
        enter(State::established, now);
        syn_wanted_ = false;
        window_seq_ = segment.sequence;
        window_ack_ = ack;
        sender_.set_window(ack + (std::uint32_t{segment.window} << their_shift_),
                           std::uint32_t{segment.window} << their_shift_);
        if (closing_) {
            enter(State::fin_wait_1, now);
        }
    }
    if (ack > sender_.nxt()) {
        ack_now_ = true;
        return false;
    }
    // RFC 5961 section 5: an ACK too old to be ours may be a blind injection.
    if (ack < sender_.una() && sender_.una() - ack > std::max(sender_.peer_window(), 1U << 20)) {
        challenge(now);
        return false;
    }
    if (ack >= sender_.una()) {
        std::optional<Duration> echo;
        if (timestamps_ && segment.options.timestamps && segment.options.timestamps->echo != 0 &&
            ack > sender_.una()) {
            const std::uint32_t elapsed_ms = timestamp(now) - segment.options.timestamps->echo;
            if (elapsed_ms < 120'000) {
                echo = std::chrono::milliseconds(elapsed_ms);
            }
        }
        const AckFacts facts = sender_.process_ack(
            ack, std::span(segment.options.sack.data(), sack_ ? segment.options.sack_count : 0U), echo, now);
        // Beyond section 3.10.7.4: what a repeated segment acknowledges brings its window along, and of two
        // that say the same the larger window counts, as one may have overtaken the other.
        const std::uint32_t window = std::uint32_t{segment.window} << their_shift_;
        if (facts.advanced || window_seq_ < segment.sequence ||
            (window_seq_ == segment.sequence && (window_ack_ < ack || window > sender_.peer_window()))) {
            sender_.set_window(ack + window, window);
            window_seq_ = segment.sequence;
            window_ack_ = ack;
        }
        if (facts.fin_acknowledged) {
            switch (state_) {
            case State::fin_wait_1:
                enter(State::fin_wait_2, now);
                break;
            case State::closing:
                enter(State::time_wait, now);
                break;
            case State::last_ack:
                finish(End::closed);
                return false;
            default:
                break;
            }
        }
    }
    return true;
}

void Connection::process_payload(Segment& segment, Instant now) {
    const bool fin_was_reached = receiver_.fin_reached();
    const bool receiving =
        state_ == State::established || state_ == State::fin_wait_1 || state_ == State::fin_wait_2;
    const Sequence edge = later(receiver_.promised_edge(), receiver_.next());
    if (segment.payload.size() > 0) {
        if (!receiving) {
            return; // after their FIN: section 3.10.7.4, seventh, "should not occur"
        }
        Slice payload = std::move(segment.payload);
        bool fin = segment.has(tcp_flag::fin);
        if (segment.sequence + payload.size() > edge) { // trim to the window; a FIN beyond it goes too
            payload.keep_front(edge - segment.sequence);
            fin = false;
        }
        const std::uint32_t length = payload.size();
        const Sequence fin_at = segment.sequence + length;
        if (fin) {
            receiver_.process_fin(fin_at);
        }
        const auto arrival = receiver_.process_payload(segment.sequence, std::move(payload));
        unacked_bytes_ += length;
        if (state_ == State::fin_wait_2 && settings_->fin_wait_2.count() > 0) {
            state_deadline_ = now + settings_->fin_wait_2;
        }
        // RFC 5681 section 4.2: at once for every second full segment, for a gap, and while filling one.
        if (arrival != Receiver::Arrival::in_order || receiver_.has_gap() || quick_acks_ > 0 ||
            unacked_bytes_ >= 2 * (settings_->mss_bytes - option_bytes())) {
            ack_now_ = true;
            quick_acks_ = quick_acks_ > 0 ? static_cast<std::uint8_t>(quick_acks_ - 1) : quick_acks_;
        } else if (ack_deadline_ == Instant::max()) {
            ack_deadline_ = now + settings_->delayed_ack;
        }
        // The buffer grows with what the reader takes in a round trip, so that the window never is the brake.
        read_since_ += length;
        const Duration round =
            sender_.round_trip().known() ? sender_.round_trip().smoothed() : std::chrono::milliseconds(100);
        if (now - growth_round_ >= round) {
            if (2 * read_since_ > receiver_.limit() && receiver_.limit() < settings_->receive_limit_max) {
                receiver_.set_limit(std::min(2 * receiver_.limit(), settings_->receive_limit_max));
            }
            growth_round_ = now;
            read_since_ = 0;
        }
    } else if (segment.has(tcp_flag::fin) && receiving) {
        receiver_.process_fin(segment.sequence);
    }
    if (segment.has(tcp_flag::fin)) {
        ack_now_ = true; // an old one again, or a new one
    }
    if (!receiver_.fin_reached() || fin_was_reached) {
        return;
    }
    ack_now_ = true;  // their FIN counts now, though it may have come before what was missing
    switch (state_) { // eighth
    case State::established:
        enter(State::close_wait, now);
        break;
    case State::fin_wait_1:
        enter(State::closing, now);
        break;
    case State::fin_wait_2:
        enter(State::time_wait, now);
        break;
    default:
        break;
    }
}

// --- application ---

// Twice what the path carries at once keeps it full; more would only wait here, in memory that others need.
std::uint32_t Connection::send_room() const {
    const std::uint32_t carried = std::min(sender_.congestion().window(), sender_.peer_window());
    const std::uint32_t limit =
        std::clamp(2 * std::min(carried, settings_->send_limit), settings_->send_base, settings_->send_limit);
    return sender_.queued() >= limit ? 0 : limit - sender_.queued();
}

void Connection::push(Slice slice) {
    if (!closing_ && state_ != State::closed) {
        sender_.push(std::move(slice));
        dirty_ = true;
    }
}

void Connection::close() {
    if (closing_) {
        return;
    }
    closing_ = dirty_ = true;
    sender_.push_fin();
    if (state_ == State::established) {
        state_ = State::fin_wait_1;
        state_deadline_ = Instant::max();
    } else if (state_ == State::close_wait) {
        state_ = State::last_ack;
        state_deadline_ = Instant::max();
    } else if (state_ == State::syn_sent) {
        finish(End::closed);
    }
}

void Connection::abort(Instant) {
    if (state_ != State::closed && state_ != State::syn_sent && state_ != State::time_wait) {
        reset_wanted_ = true;
        reset_at_ = sender_.nxt();
    }
    finish(End::aborted);
}

// RFC 6191: a SYN with a newer timestamp, or beyond everything received, may start anew.
bool Connection::may_reuse_time_wait(const Segment& syn) const {
    if (state_ != State::time_wait) {
        return false;
    }
    if (timestamps_ && syn.options.timestamps) {
        return static_cast<std::int32_t>(syn.options.timestamps->value - timestamp_recent_) > 0;
    }
    return syn.sequence > receiver_.next();
}

void Connection::process_path_mtu(Sequence quoted, std::uint16_t mtu_bytes, Instant) {
    if (!(sender_.una() <= quoted && quoted < sender_.nxt()) || mtu_bytes < 68) {
        return;
    }
    // Whoever guesses a sequence number must not make us send crumbs (Linux: net.ipv4.route.min_pmtu).
    const std::uint32_t fits = std::max<std::uint32_t>(mtu_bytes, least_path_mtu) - fixed_header_bytes;
    if (fits < sender_.mss() + option_bytes()) {
        set_path_mss(fits);
        sender_.resend_in_flight();
        dirty_ = true;
    }
}

void Connection::process_unreachable(Sequence quoted, bool hard, Instant) {
    if (state_ == State::syn_sent && quoted == iss_ && hard) {
        finish(End::refused);
    }
}

// --- time ---

Instant Connection::next_deadline() const {
    return std::min({ack_deadline_, state_deadline_, sender_.deadline()});
}

void Connection::process_deadline(Instant now) {
    if (now >= ack_deadline_) {
        ack_deadline_ = Instant::max();
        ack_now_ = true;
    }
    if (now >= state_deadline_) {
        state_deadline_ = Instant::max();
        switch (state_) {
        case State::syn_sent:
        case State::syn_received:
            if (handshake_tries_ > settings_->syn_retries || now - opened_ >= settings_->connect_timeout) {
                finish(End::timed_out);
                return;
            }
            syn_wanted_ = true;
            break;
        case State::established:
        case State::close_wait:
            // Keep-alive: nine probes, 75 s apart, as everybody does.
            if (keep_alive_probes_ >= 9) {
                reset_wanted_ = true;
                reset_at_ = sender_.nxt();
                finish(End::timed_out);
                return;
            }
            ++keep_alive_probes_;
            probe_wanted_ = true;
            state_deadline_ = now + std::chrono::seconds(75);
            break;
        case State::fin_wait_2:
        case State::time_wait:
            finish(End::closed);
            return;
        default:
            break;
        }
    }
    if (now >= sender_.deadline()) {
        dirty_ = true;
        if (sender_.process_deadline(now) == Sender::Expiry::probe_window) {
            probe_wanted_ = true;
        }
        // Who answers, but keeps the window closed, is alive (RFC 9293 section 3.8.6.1).
        const bool closed = sender_.peer_window() == 0;
        const bool silent = now - last_heard_ > 2 * RoundTrip::ceiling;
        if (std::max(sender_.consecutive_timeouts(), sender_.window_probes()) > settings_->data_retries &&
            (silent || !closed)) {
            finish(End::timed_out);
            return;
        }
        // A path that swallows large segments without saying so (RFC 4821 section 7.7): try smaller ones.
        if (sender_.consecutive_timeouts() == 3 && sender_.mss() + option_bytes() > 1200) {
            set_path_mss(1200);
        } else if (sender_.consecutive_timeouts() == 5 && sender_.mss() + option_bytes() > 536) {
            set_path_mss(536);
        }
    }
}

// --- sending ---

std::uint32_t Connection::timestamp(Instant now) const {
    return static_cast<std::uint32_t>(
               std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count()) +
           timestamp_offset_;
}

void Connection::fill_header(TcpHeader& header, Instant now, bool with_sack) {
    if (state_ != State::syn_sent) {
        header.flags |= tcp_flag::ack;
        header.acknowledgement = receiver_.next().value();
        header.window = static_cast<std::uint16_t>(receiver_.promise(sender_.mss()) >> our_shift_);
        last_ack_sent_ = receiver_.next();
        ack_now_ = false;
        unacked_bytes_ = 0;
        ack_deadline_ = Instant::max();
    }
    if (timestamps_) {
        header.options.timestamps = TcpTimestamps{timestamp(now), timestamp_recent_};
    }
    if (with_sack && sack_) {
        header.options.sack_count = receiver_.sack_blocks(header.options.sack, timestamps_ ? 3 : 4);
    }
}

void Connection::transmit_control(Transmitter& out, std::uint8_t flags, Sequence sequence, Instant now) {
    TcpHeader header;
    header.flags = flags;
    header.sequence = sequence.value();
    fill_header(header, now, true);
    out.transmit(header, {}, 0, sender_.mss());
}

void Connection::transmit_burst(Transmitter& out, const Burst& burst, Instant now) {
    TcpHeader header;
    header.sequence = burst.from.value();
    const bool empties = sender_.unsent() == 0;
    header.flags = static_cast<std::uint8_t>((burst.fin ? tcp_flag::fin : 0) |
                                             (empties && burst.length > 0 ? tcp_flag::psh : 0));
    fill_header(header, now, false);
    std::vector<Slice> slices;
    if (burst.length > 0) {
        sender_.view(burst.from, burst.length, slices);
    }
    out.transmit(header, slices, burst.length, sender_.mss());
}

void Connection::flush(Transmitter& out, Instant now) {
    dirty_ = false;
    if (reset_wanted_) {
        reset_wanted_ = false;
        TcpHeader header;
        header.flags = tcp_flag::rst;
        header.sequence = reset_at_.value();
        if (state_ == State::closed && end_ != End::none) {
            header.flags |= tcp_flag::ack;
            header.acknowledgement = receiver_.next().value();
        }
        out.transmit(header, {}, 0, sender_.mss());
    }
    if (state_ == State::closed) {
        return;
    }
    if (syn_wanted_) {
        syn_wanted_ = false;
        ++handshake_tries_;
        state_deadline_ = now + RoundTrip::initial * (1 << std::min<int>(handshake_tries_ - 1, 6));
        TcpHeader header;
        header.flags = tcp_flag::syn;
        header.sequence = iss_.value();
        header.options.mss = settings_->mss_bytes;
        const bool opening = state_ == State::syn_sent;
        if (!opening) {
            header.flags |= tcp_flag::ack;
            header.acknowledgement = receiver_.next().value();
            receiver_.promise(settings_->mss_bytes);
            last_ack_sent_ = receiver_.next();
        }
        header.window = static_cast<std::uint16_t>(std::min<std::uint32_t>(settings_->receive_limit, 65535));
        if (opening ? settings_->window_scaling : scaling_) {
            header.options.window_scale = our_shift_;
        }
        header.options.sack_permitted = opening ? settings_->sack : sack_;
        if (opening ? settings_->timestamps : timestamps_) {
            header.options.timestamps = TcpTimestamps{timestamp(now), opening ? 0 : timestamp_recent_};
        }
        out.transmit(header, {}, 0, settings_->mss_bytes);
        ack_now_ = false;
        return;
    }
    if (state_ == State::syn_sent) {
        return;
    }
    if (state_ == State::syn_received) { // data waits; who sends what cannot be is told where we stand
        if (ack_now_) {
            transmit_control(out, tcp_flag::ack, iss_ + 1, now);
        }
        return;
    }
    if (state_ != State::time_wait && state_ != State::fin_wait_2) {
        while (const auto burst = sender_.next_burst(settings_->largest_burst, now)) {
            transmit_burst(out, *burst, now);
        }
    }
    if (probe_wanted_) {
        probe_wanted_ = false;
        // One byte too old and empty: never acceptable, always answered (RFC 9293 section 3.8.4).
        transmit_control(out, tcp_flag::ack, Sequence(sender_.una().value() - 1), now);
    }
    if (ack_now_ || receiver_.wants_update(sender_.mss())) {
        transmit_control(out, tcp_flag::ack, sender_.nxt(), now);
    }
}

} // namespace fulcrum::tcp
