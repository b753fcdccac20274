// One TCP connection: the state machine of RFC 9293 section 3.10, driven by three calls and a clock that is
// an argument. It knows segments and time; it knows no devices, no IP and no proxy.
//
//     process_segment(segment, now)   for each segment that arrived for it
//     process_deadline(now)           once next_deadline() has passed
//     flush(transmitter, now)         after a batch of the above, and after pushing or reading: sends what
//     may be
//                                     sent. One ACK answers a whole batch, data carries it along where it
//                                     can.
//
// Where we differ from RFC 9293, and why:
//   - Urgent data is delivered in line and the pointer ignored (RFC 6093 section 5 discourages its use).
//   - No Nagle (RFC 9293 section 3.7.4 lets it be off): a proxy hands on what it was given.
//   - RST and SYN inside the window are answered with a challenge (RFC 5961 sections 3 and 4).
//   - TIME-WAIT lasts `Settings::time_wait`, not twice two minutes, and gives way to a newer SYN (RFC 6191).
//   - Simultaneous open is accepted (section 3.5).
#pragma once

#include <memory>

#include "engine/tcp/receiver.h"
#include "engine/tcp/sender.h"

namespace fulcrum::tcp {

enum class State : std::uint8_t {
    closed,
    syn_sent,
    syn_received,
    established,
    fin_wait_1,
    fin_wait_2,
    close_wait,
    closing,
    last_ack,
    time_wait,
};
std::string_view name_of(State);

// Why a connection is over.
enum class End : std::uint8_t { none, closed, reset_by_peer, refused, timed_out, aborted };
std::string_view name_of(End);

// Shared by all connections of one leg of a service.
struct Settings {
    std::uint16_t mss_bytes = 1460;           // what we can take: interface MTU - 40
    std::uint32_t receive_limit = 256U << 10; // bytes kept for one connection; grows to the maximum by use
    std::uint32_t receive_limit_max = 4U << 20;
    std::uint32_t send_limit = 4U << 20;  // bytes queued before back-pressure (send_room), at most …
    std::uint32_t send_base = 256U << 10; // … and at least, while the path carries little
    // Payload bytes of one GSO frame; mss_bytes without offload. Frame with tag, IP and full options stay
    // below the kernel's GSO_LEGACY_MAX_SIZE of 65,536, and whole bursts of a peer that goes to the same limit
    // (45 segments of 1,448 bytes) pass on as they came: one segment less would cost a second frame for each.
    std::uint32_t largest_burst = 65'535 - (14 + 4) - 40 - 60;
    std::uint8_t syn_retries = 5;
    std::uint8_t data_retries = 8; // consecutive time-outs, or probes of a window, without an answer
    Duration connect_timeout = std::chrono::seconds(30);
    Duration keep_alive = std::chrono::hours(2); // RFC 9293 section 3.8.4; 0: off
    Duration time_wait = std::chrono::seconds(60);
    Duration fin_wait_2 = std::chrono::seconds(60); // without data from the peer; 0: for as long as it takes
    Duration delayed_ack = std::chrono::milliseconds(40);
    bool timestamps = true, sack = true, window_scaling = true;
};

// A segment as it arrived: already verified, payload as a slice that may be kept.
struct Segment {
    Sequence sequence, acknowledgement;
    std::uint8_t flags = 0;   // wire::tcp_flag
    std::uint16_t window = 0; // unscaled
    wire::TcpOptions options;
    Slice payload;

    bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
    std::uint32_t length() const { // SEG.LEN: SYN and FIN count
        return payload.size() + (has(wire::tcp_flag::syn) ? 1U : 0U) + (has(wire::tcp_flag::fin) ? 1U : 0U);
    }
};

class Connection;

// Where segments go. `header` lacks ports and addresses; `payload` lies in `slices` in order; above
// `mss_bytes` the frame is to be cut into segments of that size (GSO).
class Transmitter {
public:
    virtual ~Transmitter() = default;
    virtual void transmit(const wire::TcpHeader& header, std::span<const Slice> slices,
                          std::uint32_t payload_bytes, std::uint32_t mss_bytes) = 0;
};

// What a SYN said, kept between it and the ACK that completes the handshake: in a half-open entry or in a
// cookie.
struct Handshake {
    Sequence ours, theirs; // initial sequence numbers
    std::uint16_t mss_bytes = 536;
    std::uint8_t their_shift = 0, our_shift = 0;
    bool window_scaling = false, sack = false, timestamps = false;
    std::uint32_t timestamp_recent = 0, timestamp_offset = 0;
    std::uint32_t window = 0; // of the final ACK, unscaled
    Duration round_trip{0};   // from our SYN-ACK to that ACK; 0: not known (RFC 6298 section 3, Karn)
};

// What a connection that is over must still know to answer a repeated FIN (RFC 9293 TIME-WAIT).
struct LastWords {
    Sequence send_next, receive_next;
    std::uint32_t timestamp_recent = 0, timestamp_offset = 0;
    bool timestamps = false;
};

class Connection {
public:
    // `settings` outlives the connection. `timestamp_offset` and initial sequence numbers are the caller's
    // secret (RFC 6528, RFC 7323 section 5.4).
    explicit Connection(const Settings& settings) : settings_(&settings) {}

    void open_active(Sequence initial, std::uint32_t timestamp_offset, Instant now);
    void open_passive(const Segment& syn, Sequence initial, std::uint32_t timestamp_offset, Instant now);
    void open_completed(const Handshake& handshake, Instant now); // the listener did the handshake itself

    void process_segment(Segment segment, Instant now);
    void process_deadline(Instant now);
    void flush(Transmitter& out, Instant now);
    Instant next_deadline() const;
    // ICMP "fragmentation needed" for a segment of ours (RFC 1191, RFC 5927 section 7: only for data in
    // flight).
    void process_path_mtu(Sequence quoted, std::uint16_t mtu_bytes, Instant now);
    void process_unreachable(Sequence quoted, bool hard,
                             Instant now); // RFC 5927 section 6: soft unless opening

    // Application side
    State state() const { return state_; }
    End end() const { return end_; }
    bool is_open() const { return state_ >= State::established && state_ <= State::close_wait; }
    bool is_over() const { return state_ == State::closed && end_ != End::none; }
    std::uint32_t readable() const { return receiver_.readable(); }
    Slice read(std::uint32_t most) { return receiver_.read(most); }
    void unread(Slice slice) { receiver_.unread(std::move(slice)); } // what read() gave last, or its end
    bool peer_finished() const { return receiver_.fin_reached() && receiver_.readable() == 0; }
    std::uint32_t send_room() const; // bytes that push should not exceed
    void push(Slice slice);
    void close();            // FIN after what is queued; reading goes on
    void abort(Instant now); // RST and forget

    std::uint32_t mss() const { return sender_.mss(); }
    const Sender& sender() const { return sender_; }
    const Receiver& receiver() const { return receiver_; }
    Sequence initial_sequence() const { return iss_; }
    const Settings& settings() const { return *settings_; }
    LastWords last_words() const { // in TIME-WAIT
        return {sender_.nxt(), receiver_.next(), timestamp_recent_, timestamp_offset_, timestamps_};
    }
    bool may_reuse_time_wait(
        const Segment& syn) const; // RFC 6191, RFC 9293 section 3.10.7.4 (first, MUST-... TIME-WAIT)
    bool needs_flush() const { return ack_now_ || dirty_ || reset_wanted_; }

private:
    void learn_options(const wire::TcpOptions& options);
    void enter(State state, Instant now);
    void finish(End end);
    void process_syn_sent(Segment& segment, Instant now);
    bool has_window() const; // for the peer to send into
    bool acceptable(const Segment& segment) const;
    bool process_timestamps(const Segment& segment, Instant now); // false: PAWS refuses it
    void process_reset(const Segment& segment, Instant now);
    bool process_acknowledgement(const Segment& segment, Instant now); // false: drop the segment
    void process_payload(Segment& segment, Instant now);
    void challenge(Instant now);
    void transmit_control(Transmitter& out, std::uint8_t flags, Sequence sequence, Instant now);
    void transmit_burst(Transmitter& out, const Burst& burst, Instant now);
    void fill_header(wire::TcpHeader& header, Instant now, bool with_sack);
    std::uint32_t timestamp(Instant now) const;
    void note_handshake(bool window_scaling, std::uint8_t their_shift);
    std::uint32_t option_bytes() const { return timestamps_ ? 12 : 0; }
    void set_path_mss(std::uint32_t segment_bytes);
    void touch(Instant now);

    const Settings* settings_;
    Sender sender_;
    Receiver receiver_;
    Sequence iss_, irs_, window_seq_, window_ack_; // SND.WL1, SND.WL2
    std::uint32_t timestamp_offset_ = 0, timestamp_recent_ = 0;
    Instant timestamp_recent_at_{};
    Sequence last_ack_sent_;
    Instant ack_deadline_ = Instant::max(), state_deadline_ = Instant::max(), last_challenge_{},
            last_heard_{}, opened_{};
    Instant growth_round_{};
    std::uint32_t read_since_ = 0, unacked_bytes_ = 0;
    Sequence reset_at_;
    std::uint16_t peer_mss_ = 536;
    std::uint8_t their_shift_ = 0, our_shift_ = 0, handshake_tries_ = 0, quick_acks_ = 16,
                 keep_alive_probes_ = 0;
    State state_ = State::closed;
    End end_ = End::none;
    bool timestamps_ = false, sack_ = false, scaling_ = false;
    bool ack_now_ = false, dirty_ = false, syn_wanted_ = false, reset_wanted_ = false, probe_wanted_ = false,
         closing_ = false;
};

} // namespace fulcrum::tcp
