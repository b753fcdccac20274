#include "tests/unit/tcp/network.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace fulcrum::tcp::test {

void Host::transmit(const wire::TcpHeader& header, std::span<const Slice> slices, std::uint32_t payload_bytes,
                    std::uint32_t mss_bytes) {
    ASSERT_GT(mss_bytes, 0U);
    SliceQueue row;
    std::uint32_t total = 0;
    for (const Slice& slice : slices) {
        row.push(slice);
        total += slice.size();
    }
    ASSERT_EQ(total, payload_bytes);
    std::uint32_t offset = 0;
    do {
        const std::uint32_t length = std::min(mss_bytes, payload_bytes - offset);
        const bool last = offset + length == payload_bytes;
        Segment segment;
        segment.sequence = Sequence(header.sequence + offset);
        segment.acknowledgement = Sequence(header.acknowledgement);
        segment.flags =
            last ? header.flags
                 : static_cast<std::uint8_t>(header.flags & ~(wire::tcp_flag::fin | wire::tcp_flag::psh));
        segment.window = header.window;
        segment.options = header.options;
        if (length > 0) {
            std::vector<Slice> parts;
            row.view(offset, length, parts);
            std::vector<std::uint8_t> flat;
            for (const Slice& part : parts) {
                flat.insert(flat.end(), part.bytes().begin(), part.bytes().end());
            }
            segment.payload = network->pool.copy(flat);
        }
        wire::TcpHeader cut = header;
        cut.sequence += offset;
        cut.flags = segment.flags;
        ++segments_sent;
        if (on_segment) {
            on_segment(cut, length);
        }
        if (!drop_if || !drop_if(cut, length)) {
            network->send(*this, std::move(segment));
        }
        offset += length;
    } while (offset < payload_bytes);
}

Network::Network(std::uint64_t seed, Settings l, Settings r)
    : left_settings(l), right_settings(r), left(left_settings), right(right_settings), dice(seed) {
    left.network = right.network = this;
}

void Network::send(Host& from, Segment segment) {
    std::uniform_real_distribution<double> chance(0, 1);
    Host& to = &from == &left ? right : left;
    const WireFaults& faults = from.faults;
    const std::uint32_t size = segment.payload.size() + 52;
    if ((faults.mtu_bytes != 0 && size > faults.mtu_bytes) || chance(dice) < faults.loss) {
        return;
    }
    Instant at = now;
    if (faults.rate_bps != 0) {
        const auto backlog = std::max(from.line_free, now) - now;
        if (static_cast<double>(backlog.count()) * static_cast<double>(faults.rate_bps) / 8e9 >
            static_cast<double>(faults.queue_bytes)) {
            return;
        }
        from.line_free =
            std::max(from.line_free, now) +
            Duration(static_cast<std::int64_t>(size * 8e9 / static_cast<double>(faults.rate_bps)));
        at = from.line_free;
    }
    at += faults.delay;
    if (chance(dice) < faults.reorder) {
        at += Duration(static_cast<std::int64_t>(static_cast<double>(faults.delay.count()) * chance(dice)));
    }
    if (chance(dice) < faults.duplicate) {
        wire_.emplace(at + std::chrono::microseconds(10), Arrival{&to, segment});
    }
    wire_.emplace(at, Arrival{&to, std::move(segment)});
}

void Network::settle(Host& end) {
    end.connection.flush(end, now);
    check(end);
    // A timer that stays due would be asked again and again and never do anything.
    ASSERT_TRUE(end.connection.next_deadline() > now || end.connection.state() == State::closed);
}

void Network::check(const Host& end) const {
    const Sender& sender = end.connection.sender();
    ASSERT_LE(sender.una(), sender.nxt());
    ASSERT_LE(sender.in_flight(), sender.nxt() - sender.una());
    const Receiver& receiver = end.connection.receiver();
    ASSERT_LE(receiver.readable(), receiver.limit() + 1);
}

bool Network::run(const std::function<bool()>& done, Duration most) {
    const Instant end = now + most;
    settle(left);
    settle(right);
    while (!done()) {
        Instant next = std::min(left.connection.next_deadline(), right.connection.next_deadline());
        if (!wire_.empty()) {
            next = std::min(next, wire_.begin()->first);
        }
        if (next == Instant::max()) {
            return done();
        }
        if (next > end) {
            return false;
        }
        now = std::max(now, next);
        while (!wire_.empty() && wire_.begin()->first <= now) {
            auto arrival = std::move(wire_.extract(wire_.begin()).mapped());
            arrival.to->connection.process_segment(std::move(arrival.segment), now);
        }
        for (Host* each : {&left, &right}) {
            if (each->connection.next_deadline() <= now) {
                each->connection.process_deadline(now);
            }
            settle(*each);
        }
        if (testing::Test::HasFatalFailure()) {
            return false;
        }
    }
    return true;
}

void Network::connect() {
    left.connection.open_active(Sequence(0xfffffff0U), 77, now); // wraps soon
    bool answered = false;
    right.network = this;
    // The listener's part: the first SYN opens the right side.
    const auto listen = [&] {
        for (auto it = wire_.begin(); it != wire_.end() && !answered; ++it) {
            if (it->second.to == &right && it->second.segment.has(wire::tcp_flag::syn)) {
                now = std::max(now, it->first);
                Segment syn = std::move(it->second.segment);
                wire_.erase(it);
                right.connection.open_passive(syn, Sequence(0x7ffffff0U), 99, now);
                answered = true;
                return;
            }
        }
    };
    settle(left);
    for (int i = 0; i < 20 && !answered; ++i) {
        listen();
        if (!answered) {
            now = std::max(now, left.connection.next_deadline());
            left.connection.process_deadline(now);
            settle(left);
        }
    }
    ASSERT_TRUE(answered);
    ASSERT_TRUE(run([&] {
        return left.connection.state() == State::established &&
               right.connection.state() == State::established;
    }));
}

namespace {

// One direction of a transfer: bytes of a pattern, each checked as it is read.
class Stream {
public:
    Stream(Host& from, Host& to, std::size_t bytes) : from_(from), to_(to), bytes_(bytes) {}

    void advance(BufferPool& pool) {
        while (pushed_ < bytes_ && from_.connection.send_room() > 0) {
            const std::size_t length =
                std::min<std::size_t>({bytes_ - pushed_, 60'000, from_.connection.send_room()});
            std::vector<std::uint8_t> block(length);
            for (std::size_t i = 0; i < length; ++i) {
                block[i] = pattern(pushed_ + i);
            }
            from_.connection.push(pool.copy(block));
            pushed_ += length;
        }
        while (to_.connection.readable() > 0 && !differs_) {
            const Slice slice = to_.connection.read(1U << 20);
            for (const std::uint8_t byte : slice.bytes()) {
                if (byte != pattern(read_)) {
                    ADD_FAILURE() << "byte " << read_ << " differs";
                    differs_ = true;
                    return;
                }
                ++read_;
            }
        }
    }
    bool arrived() const { return read_ == bytes_; }
    bool over() const {
        return arrived() || differs_ || from_.connection.is_over() || to_.connection.is_over();
    }

private:
    static std::uint8_t pattern(std::size_t at) {
        return static_cast<std::uint8_t>((at * 2654435761U) >> 13);
    }

    Host &from_, &to_;
    std::size_t bytes_, pushed_ = 0, read_ = 0;
    bool differs_ = false;
};

bool run_streams(Network& network, std::span<Stream> streams, Duration most) {
    const auto all = [&](bool (Stream::*is)() const) {
        return std::all_of(streams.begin(), streams.end(), [is](const Stream& s) { return (s.*is)(); });
    };
    return network.run(
               [&] {
                   for (Stream& stream : streams) {
                       stream.advance(network.pool);
                   }
                   network.settle(network.left);
                   network.settle(network.right);
                   return all(&Stream::over);
               },
               most) &&
           all(&Stream::arrived);
}

} // namespace

bool transfer(Network& network, Host& from, Host& to, std::size_t bytes, Duration most) {
    Stream stream(from, to, bytes);
    return run_streams(network, {&stream, 1}, most);
}

bool exchange(Network& network, std::size_t to_right, std::size_t to_left, Duration most) {
    Stream streams[] = {{network.left, network.right, to_right}, {network.right, network.left, to_left}};
    return run_streams(network, streams, most);
}

} // namespace fulcrum::tcp::test
