// The sending half of a connection: what is queued, what is in flight, what is lost and when to send again.
//
// Loss is found by time, not by counting: RACK-TLP (RFC 8985) over a SACK scoreboard (RFC 2018, RFC 6675),
// with the time-out of RFC 6298 behind it and CUBIC (RFC 9438) deciding how much may be in flight. Every
// record stands for one burst handed to the device (up to 64 KB, cut by GSO); a SACK that covers part of one
// splits it.
//
// We differ from RFC 6675 in one thing: no per-duplicate-ACK counting, since RFC 8985 replaces it; three
// SACKed segments still make the reordering window zero (RFC 8985 section 6.2, step 4).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/tcp/buffer.h"
#include "engine/tcp/congestion.h"
#include "engine/tcp/round_trip.h"
#include "engine/tcp/sequence.h"
#include "engine/wire/tcp.h"

namespace fulcrum::tcp {

// A burst to send: `length` bytes of payload from `from`; FIN after them when `fin`.
struct Burst {
    Sequence from;
    std::uint32_t length = 0;
    bool fin = false;
    bool retransmission = false;
};

struct AckFacts {
    bool advanced = false; // SND.UNA moved
    bool fin_acknowledged = false;
    std::uint32_t acked_bytes = 0;
};

class Sender {
public:
    void start(Sequence first, std::uint32_t mss_bytes, std::uint32_t peer_window);

    // Queueing
    void push(Slice slice) { queue_.push(std::move(slice)); }
    void push_fin() { fin_queued_ = true; }
    std::uint32_t queued() const { return queue_.size(); } // unacknowledged and unsent bytes
    std::uint32_t unsent() const;
    bool all_acknowledged() const { return una_ == nxt_ && unsent() == 0 && fin_queued_ == fin_sent_; }
    bool fin_sent() const { return fin_sent_; }

    // Peer's window: `edge` is the first sequence number beyond it.
    void set_window(Sequence edge, std::uint32_t window);
    std::uint32_t peer_window() const { return peer_edge_ > una_ ? peer_edge_ - una_ : 0; }
    void set_mss(std::uint32_t bytes);
    std::uint32_t mss() const { return mss_; }
    void resend_in_flight(); // the path takes less than was sent: all of it again, no sign of congestion (RFC
                             // 1191 6.3)

    // An acceptable acknowledgement (SND.UNA <= ack <= SND.NXT). `echo_rtt`: the round trip by timestamp
    // option.
    AckFacts process_ack(Sequence ack, std::span<const wire::SackBlock> sack,
                         std::optional<Duration> echo_rtt, Instant now);

    // The next burst that may leave now, at most `most_bytes` long; none: wait for an ACK, a window or a
    // timer.
    std::optional<Burst> next_burst(std::uint32_t most_bytes, Instant now);
    void view(Sequence from, std::uint32_t length, std::vector<Slice>& out) const {
        queue_.view(from - una_, length, out);
    }

    // The earliest of reordering timer, tail loss probe, time-out and zero-window probe; Instant::max():
    // none.
    Instant deadline() const { return deadline_; }
    enum class Expiry { nothing, send, probe_window };
    // After it: `send` means next_burst may have something; `probe_window`: send an empty segment one byte
    // too old.
    Expiry process_deadline(Instant now);

    Sequence una() const { return una_; }
    Sequence nxt() const { return nxt_; }
    std::uint32_t in_flight() const { return in_flight_; }
    std::uint32_t consecutive_timeouts() const { return backoff_; }
    std::uint32_t window_probes() const { return window_probes_; } // since the window last moved
    const RoundTrip& round_trip() const { return round_trip_; }
    RoundTrip& round_trip() { return round_trip_; }
    const Congestion& congestion() const { return congestion_; }
    std::uint64_t retransmitted_bytes() const { return retransmitted_bytes_; }
    void clear(); // the connection is over: memory goes back

private:
    struct Record {
        Sequence from, to; // a FIN counts one
        Instant sent;
        bool sacked = false, lost = false, retransmitted = false;
    };
    std::span<Record> live() { return {records_.data() + head_, records_.size() - head_}; }
    void split(std::size_t index, Sequence at); // index into live()
    void delivered(Record& record, Instant now);
    void mark_sacked(wire::SackBlock block, Instant now);
    void find_losses(Instant now);
    void mark_lost(Record& record);
    void enter_recovery(Instant now);
    void arm(Instant now); // sets deadline_ and timer_
    std::uint32_t flight_size() const;
    Duration timeout() const;
    Sequence end_of_queue() const { return una_ + queue_.size(); } // without FIN

    enum class Timer : std::uint8_t { none, reorder, tail_probe, timeout, window_probe };

    SliceQueue queue_; // starts at una_
    std::vector<Record> records_;
    std::size_t head_ = 0;
    Congestion congestion_;
    RoundTrip round_trip_;

    Sequence una_, nxt_, peer_edge_, recovery_point_, round_end_;
    std::uint32_t mss_ = 536, in_flight_ = 0, sacked_bytes_ = 0, lost_bytes_ = 0, max_window_ = 0,
                  flight_at_send_ = 0; // una_ to nxt_, when the last burst had left
    std::uint32_t backoff_ = 0, window_probes_ = 0;
    std::uint64_t round_ = 0, retransmitted_bytes_ = 0;
    Instant deadline_ = Instant::max(), last_send_{}, reorder_deadline_ = Instant::max();
    // RACK state (RFC 8985 section 5.1)
    Instant rack_sent_{};
    Sequence rack_end_, forward_ack_;
    Duration rack_rtt_{0};
    // Tail loss probe (section 7.1)
    Sequence probe_end_;
    Instant first_retransmission_{}; // of the episode: older echoes prove that it was spurious
    std::uint8_t reordering_steps_ = 1;
    Timer timer_ = Timer::none;
    bool fin_queued_ = false, fin_sent_ = false, in_recovery_ = false, after_timeout_ = false,
         reordering_seen_ = false, probe_out_ = false, probe_retransmits_ = false, probe_wanted_ = false,
         timed_out_ = false, limited_ = false;
};

} // namespace fulcrum::tcp
