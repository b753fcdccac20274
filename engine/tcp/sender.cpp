#include "engine/tcp/sender.h"

#include <algorithm>
#include <cassert>

namespace fulcrum::tcp {

namespace {
constexpr Duration worst_delayed_ack = std::chrono::milliseconds(200); // RFC 8985 section 7.2
} // namespace

void Sender::start(Sequence first, std::uint32_t mss_bytes, std::uint32_t peer_window) {
    una_ = nxt_ = recovery_point_ = round_end_ = rack_end_ = forward_ack_ = probe_end_ = first;
    mss_ = mss_bytes;
    congestion_ = Congestion(mss_bytes);
    peer_edge_ = first;
    set_window(first + peer_window, peer_window);
}

std::uint32_t Sender::unsent() const {
    const Sequence data_sent = fin_sent_ ? end_of_queue() : nxt_;
    return end_of_queue() - data_sent;
}

void Sender::set_window(Sequence edge, std::uint32_t window) {
    if (edge > peer_edge_) {
        window_probes_ = 0;
    }
    // What a closed window has refused goes at once when it opens, not when the backed-off timer says.
    if (backoff_ > 0 && peer_edge_ <= una_ && edge > una_) {
        backoff_ = 0;
        resend_in_flight();
    }
    peer_edge_ = edge;
    max_window_ = std::max(max_window_, window);
}

void Sender::set_mss(std::uint32_t bytes) {
    if (bytes != mss_) {
        mss_ = bytes;
        congestion_.set_mss(bytes);
    }
}

void Sender::split(std::size_t index, Sequence at) {
    Record second = live()[index];
    live()[index].to = at;
    second.from = at;
    records_.insert(records_.begin() + static_cast<std::ptrdiff_t>(head_ + index + 1), second);
}

// RFC 8985 section 6.2, steps 1 to 3: what this delivery says about time and order.
void Sender::delivered(Record& record, Instant now) {
    const Duration rtt = now - record.sent;
    if (record.retransmitted && round_trip_.known() && rtt < round_trip_.minimum()) {
        return; // the original was delivered, not the copy sent just now
    }
    if (record.to < forward_ack_ && !record.retransmitted) {
        reordering_seen_ = true;
    }
    forward_ack_ = later(forward_ack_, record.to);
    if (record.sent > rack_sent_ || (record.sent == rack_sent_ && record.to > rack_end_)) {
        rack_sent_ = record.sent;
        rack_end_ = record.to;
        rack_rtt_ = rtt;
    }
}

void Sender::mark_sacked(wire::SackBlock block, Instant now) {
    const Sequence left = later(Sequence(block.left), una_);
    const Sequence right = earlier(Sequence(block.right), nxt_);
    if (!(left < right)) {
        return;
    }
    // Bursts are in order of sequence: find the first that ends beyond the block's start.
    auto records = live();
    auto first =
        std::partition_point(records.begin(), records.end(), [&](const Record& r) { return r.to <= left; });
    for (auto i = static_cast<std::size_t>(first - records.begin());
         i < live().size() && live()[i].from < right; ++i) {
        if (live()[i].sacked) {
            continue;
        }
        if (live()[i].from < left) {
            split(i, left);
            continue; // the second half is next
        }
        if (live()[i].to > right) {
            split(i, right);
        }
        Record& record = live()[i];
        const std::uint32_t length = record.to - record.from;
        (record.lost ? lost_bytes_ : in_flight_) -= length;
        record.sacked = true;
        record.lost = false;
        sacked_bytes_ += length;
        delivered(record, now);
    }
}

AckFacts Sender::process_ack(Sequence ack, std::span<const wire::SackBlock> sack,
                             std::optional<Duration> echo_rtt, Instant now) {
    AckFacts facts;
    const bool was_limited = limited_;
    bool duplicate_told = false;
    if (!sack.empty()) {
        // D-SACK (RFC 2883 section 4): the first block lies below the ACK or inside the second.
        const Sequence left(sack[0].left), right(sack[0].right);
        if (right <= ack ||
            (sack.size() > 1 && left >= Sequence(sack[1].left) && right <= Sequence(sack[1].right))) {
            duplicate_told = true;
            reordering_steps_ = static_cast<std::uint8_t>(std::min(reordering_steps_ + 1, 20));
        }
    }
    std::optional<Duration> sample;
    if (ack > una_) {
        facts.advanced = true;
        while (!live().empty() && live().front().from < ack) {
            if (live().front().to > ack) {
                split(0, ack);
            }
            Record& record = live().front();
            const std::uint32_t length = record.to - record.from;
            if (record.sacked) {
                sacked_bytes_ -= length;
            } else {
                (record.lost ? lost_bytes_ : in_flight_) -= length;
                delivered(record, now);
            }
            if (!record.retransmitted && !record.sacked) {
                sample = now - record.sent; // Karn: never from a retransmission
            }
            ++head_;
        }
        if (live().empty()) {
            std::vector<Record>().swap(records_);
            head_ = 0;
        } else if (head_ > 64 && head_ * 2 > records_.size()) {
            records_.erase(records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(head_));
            head_ = 0;
        }
        facts.fin_acknowledged = fin_sent_ && ack == nxt_ && ack == end_of_queue() + 1;
        const std::uint32_t data = (ack - una_) - (facts.fin_acknowledged ? 1U : 0U);
        facts.acked_bytes = data;
        queue_.drop(data);
        una_ = ack;
        backoff_ = 0;
        window_probes_ = 0;
        probe_wanted_ = false;
        peer_edge_ = later(peer_edge_, una_);
    }
    for (const wire::SackBlock& block : sack) {
        if (Sequence(block.right) > una_) {
            mark_sacked(block, now);
        }
    }
    if (echo_rtt && facts.advanced) {
        sample = sample ? std::min(*sample, std::max(*echo_rtt, *sample)) : *echo_rtt;
    }
    if (sample) {
        round_trip_.sample(*sample);
    }
    if (una_ >= round_end_) {
        ++round_;
        round_end_ = nxt_;
    }
    // Eifel detection (RFC 3522): the first ACK after a time-out echoes a time before the retransmission, so
    // the original arrived and nothing was lost.
    if (timed_out_ && facts.advanced) {
        timed_out_ = false;
        if (echo_rtt && now - *echo_rtt < first_retransmission_ - std::chrono::milliseconds(1) &&
            !duplicate_told) {
            congestion_.undo();
            for (Record& record : live()) {
                if (record.lost) {
                    record.lost = false;
                    const std::uint32_t length = record.to - record.from;
                    lost_bytes_ -= length;
                    in_flight_ += length;
                }
            }
            in_recovery_ = after_timeout_ = false;
        }
    }
    // Tail loss probe answered (RFC 8985 section 7.4.2).
    if (probe_out_ && una_ >= probe_end_) {
        probe_out_ = false;
        if (probe_retransmits_ && !duplicate_told && !in_recovery_) {
            congestion_.on_loss(flight_size(), now); // the probe repaired a loss
        }
    }
    if (in_recovery_ && una_ >= recovery_point_) {
        in_recovery_ = false;
        after_timeout_ = false;
    }
    // In fast recovery the window is what the reduction left; after a time-out it grows again from one
    // segment.
    if (facts.acked_bytes > 0 && (!in_recovery_ || after_timeout_) && was_limited) {
        congestion_.on_acknowledged(facts.acked_bytes, sample.value_or(Duration(0)), round_trip_.smoothed(),
                                    round_, now);
    }
    if (facts.advanced || !sack.empty()) {
        find_losses(now);
    }
    arm(now);
    return facts;
}

void Sender::mark_lost(Record& record) {
    const std::uint32_t length = record.to - record.from;
    record.lost = true;
    in_flight_ -= length;
    lost_bytes_ += length;
}

void Sender::resend_in_flight() {
    for (Record& record : live()) {
        if (!record.sacked && !record.lost) {
            mark_lost(record);
        }
    }
}

void Sender::enter_recovery(Instant now) {
    if (in_recovery_) {
        return;
    }
    in_recovery_ = true;
    recovery_point_ = nxt_;
    congestion_.on_loss(flight_size(), now);
}

// RFC 8985 section 6.2, steps 4 and 5.
void Sender::find_losses(Instant now) {
    reorder_deadline_ = Instant::max();
    if (rack_sent_ == Instant{} || live().empty()) {
        return;
    }
    Duration window{0};
    if (reordering_seen_ || (!in_recovery_ && sacked_bytes_ < 3 * mss_)) {
        window = std::min(round_trip_.minimum() / 4 * reordering_steps_, round_trip_.smoothed());
    }
    bool lost_any = false;
    for (Record& record : live()) {
        if (record.sacked || record.lost) {
            continue;
        }
        if (record.sent > rack_sent_ || (record.sent == rack_sent_ && record.to >= rack_end_)) {
            if (!record.retransmitted && record.from > rack_end_) {
                break; // everything behind was sent later still
            }
            continue;
        }
        const Instant due = record.sent + rack_rtt_ + window;
        if (due <= now) {
            mark_lost(record);
            lost_any = true;
        } else {
            reorder_deadline_ = std::min(reorder_deadline_, due);
        }
    }
    if (lost_any) {
        enter_recovery(now);
    }
}

std::optional<Burst> Sender::next_burst(std::uint32_t most_bytes, Instant now) {
    const bool was_idle = live().empty();
    if (was_idle && last_send_ != Instant{} && round_trip_.known() &&
        now - last_send_ > round_trip_.timeout()) {
        congestion_.on_idle();
    }
    const std::uint32_t window = congestion_.window();
    const std::uint32_t room = window > in_flight_ ? window - in_flight_ : 0;
    limited_ = false;

    if (lost_bytes_ > 0 && (room >= mss_ || in_flight_ == 0 || probe_wanted_)) {
        auto records = live();
        auto lost = std::find_if(records.begin(), records.end(), [](const Record& r) { return r.lost; });
        assert(lost != records.end());
        auto index = static_cast<std::size_t>(lost - records.begin());
        const std::uint32_t most = std::max(std::min(room / mss_ * mss_, most_bytes), mss_);
        if (live()[index].to - live()[index].from > most) {
            split(index, live()[index].from + most);
        }
        Record& record = live()[index];
        const std::uint32_t length = record.to - record.from;
        lost_bytes_ -= length;
        in_flight_ += length;
        record.lost = false;
        record.retransmitted = true;
        record.sent = now;
        probe_wanted_ = false;
        retransmitted_bytes_ += length;
        if (first_retransmission_ == Instant{} || !in_recovery_) {
            first_retransmission_ = now;
        }
        last_send_ = now;
        flight_at_send_ = nxt_ - una_;
        limited_ = true;
        const bool has_fin = fin_sent_ && record.to == nxt_ && nxt_ == end_of_queue() + 1;
        const Burst burst{record.from, length - (has_fin ? 1U : 0U), has_fin, true};
        arm(now);
        return burst;
    }
    if (fin_sent_) {
        return std::nullopt;
    }
    const std::uint32_t waiting = unsent();
    const std::uint32_t open = peer_edge_ > nxt_ ? peer_edge_ - nxt_ : 0;
    std::uint32_t budget = std::min(room, open);
    if (probe_wanted_ && waiting > 0 && open > 0) {
        budget = std::max(budget, std::min(mss_, open)); // a tail loss probe may exceed the congestion window
    }
    limited_ = waiting > room;
    std::uint32_t length = std::min({waiting, budget, most_bytes});
    if (length > mss_ && length < waiting) {
        length -= length % mss_; // whole segments, unless it is the end
    }
    const bool last = length == waiting;
    // Sender's silly window avoidance (RFC 9293 section 3.8.6.2.1), without Nagle: a proxy passes on what it
    // has.
    const bool small = length < mss_ && !last;
    if (small && !(in_flight_ == 0 && length > 0) && length < max_window_ / 2) {
        length = 0;
    }
    // A FIN takes room in the window too.
    const bool fin = fin_queued_ && last && (length > 0 || waiting == 0) && open > length;
    if (length == 0 && !(fin && waiting == 0)) {
        arm(now);
        return std::nullopt;
    }
    Record record{nxt_, nxt_ + length + (fin ? 1U : 0U), now};
    in_flight_ += record.to - record.from;
    records_.push_back(record);
    const Burst burst{nxt_, length, fin, false};
    nxt_ = record.to;
    fin_sent_ = fin;
    if (probe_wanted_) {
        probe_wanted_ = false;
        probe_out_ = true;
        probe_retransmits_ = false;
        probe_end_ = nxt_;
    }
    last_send_ = now;
    flight_at_send_ = nxt_ - una_;
    arm(now);
    return burst;
}

// FlightSize of RFC 5681. ACKs come in batches, and what they make room for is sent behind the last of them:
// a loss that one of them tells of says something about what was in flight before, not about what the batch
// has left of it.
std::uint32_t Sender::flight_size() const {
    return std::max(flight_at_send_, nxt_ - una_);
}

Duration Sender::timeout() const {
    Duration base = round_trip_.timeout();
    for (std::uint32_t i = 0; i < backoff_ && base < RoundTrip::ceiling; ++i) {
        base *= 2; // RFC 6298 (5.5)
    }
    return std::min(base, RoundTrip::ceiling);
}

void Sender::arm(Instant now) {
    const bool probing = timer_ == Timer::window_probe;
    const Instant probe_at = deadline_;
    timer_ = Timer::none;
    deadline_ = Instant::max();
    if (live().empty()) {
        const bool waits = (queue_.size() > 0 || fin_queued_) && !fin_sent_;
        if (waits && peer_edge_ <= nxt_) { // RFC 9293 section 3.8.6.1
            timer_ = Timer::window_probe;
            if (probing) { // more to send is no reason to wait longer
                deadline_ = probe_at;
                return;
            }
            Duration wait = round_trip_.timeout();
            for (std::uint32_t i = 0; i < window_probes_ && wait < RoundTrip::ceiling; ++i) {
                wait *= 2;
            }
            deadline_ = now + std::min(wait, RoundTrip::ceiling);
        }
        return;
    }
    Instant oldest = Instant::max();
    if (in_flight_ > 0) {
        for (const Record& record : live()) {
            if (!record.sacked && !record.lost) {
                oldest = record.sent;
                break;
            }
        }
    }
    const Instant since = oldest == Instant::max() ? last_send_ : std::max(oldest, last_send_);
    deadline_ = since + timeout();
    timer_ = Timer::timeout;
    if (reorder_deadline_ < deadline_) {
        deadline_ = reorder_deadline_;
        timer_ = Timer::reorder;
        return;
    }
    // RFC 8985 section 7.2: a probe after two round trips, when nothing tells of a loss and none is out.
    if (!probe_out_ && !probe_wanted_ && !in_recovery_ && backoff_ == 0 && sacked_bytes_ == 0 &&
        round_trip_.known()) {
        Duration wait = 2 * round_trip_.smoothed();
        if (in_flight_ <= mss_) {
            wait += worst_delayed_ack;
        }
        wait = std::max<Duration>(wait, std::chrono::milliseconds(2));
        const Instant due = last_send_ + wait;
        if (due < deadline_) {
            deadline_ = due;
            timer_ = Timer::tail_probe;
        }
    }
}

Sender::Expiry Sender::process_deadline(Instant now) {
    if (now < deadline_) {
        return Expiry::nothing;
    }
    switch (timer_) {
    case Timer::none:
        deadline_ = Instant::max();
        return Expiry::nothing;
    case Timer::reorder:
        find_losses(now);
        arm(now);
        return Expiry::send;
    case Timer::tail_probe: {
        // Section 7.3: something new, where the window takes a whole segment of it (or all of it): less would
        // be held back as a silly window, and then nothing would be sent at all.
        const std::uint32_t open = peer_edge_ > nxt_ ? peer_edge_ - nxt_ : 0;
        if (unsent() > 0 && open >= std::min(unsent(), mss_)) {
            probe_wanted_ = true;
            return Expiry::send;
        }
        // Else the last segment again.
        auto index = live().size() - 1;
        if (live()[index].to - live()[index].from > mss_) {
            split(index, live()[index].to + (0U - mss_));
            ++index;
        }
        probe_out_ = probe_retransmits_ = probe_wanted_ = true;
        probe_end_ = nxt_;
        if (!live()[index].lost && !live()[index].sacked) {
            mark_lost(live()[index]);
        }
        last_send_ = now;
        return Expiry::send;
    }
    case Timer::timeout:
        // RFC 2018 section 8: the peer may forget what it only told by SACK. That it has is sure when it told
        // of the very next byte and has not acknowledged it.
        if (live().front().sacked) {
            for (Record& record : live()) {
                if (record.sacked) {
                    record.sacked = false;
                    in_flight_ += record.to - record.from;
                }
            }
            sacked_bytes_ = 0;
        }
        for (Record& record : live()) {
            if (!record.sacked && !record.lost) {
                mark_lost(record);
            }
        }
        if (backoff_ == 0) {
            congestion_.on_timeout(flight_size(), now);
            first_retransmission_ = now;
            timed_out_ = true;
        }
        ++backoff_;
        in_recovery_ = after_timeout_ = true;
        recovery_point_ = nxt_;
        probe_out_ = false;
        deadline_ = now + timeout();
        return Expiry::send;
    case Timer::window_probe:
        ++window_probes_;
        timer_ = Timer::none;
        arm(now);
        return Expiry::probe_window;
    }
    return Expiry::nothing;
}

void Sender::clear() {
    queue_.clear();
    std::vector<Record>().swap(records_);
    head_ = 0;
    in_flight_ = sacked_bytes_ = lost_bytes_ = 0;
    deadline_ = Instant::max();
    timer_ = Timer::none;
}

} // namespace fulcrum::tcp
