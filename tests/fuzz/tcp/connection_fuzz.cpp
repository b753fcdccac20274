// Any segments, in any order, at any time, into one connection, with an application that reads, writes and
// closes as it likes. A model that knows only the two byte streams and what has been promised checks after
// every step:
//   - what is read is the peer's stream, in order, without holes, whatever overlaps were sent
//   - what is sent is our stream at its sequence numbers; never beyond what the peer has allowed, except
//     for the byte of a window probe; nothing after a reset
//   - the window we promise never shrinks, and never exceeds what the connection may keep
//   - memory stays below the limits; a connection that is over holds none
//   - no call sends without end; what is due is done, so that no deadline stays due, and nothing but a
//   segment that
//     came or went puts one off; while anything is queued or in flight there is one
//   - whatever happened: once the peer behaves, everything queued arrives, and the FIN with it
//
// Input: the first byte chooses how it opens, then steps, each an operation byte and its arguments.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "engine/tcp/connection.h"
#include "engine/tcp/handshake.h"

namespace {

using namespace fulcrum;
using namespace fulcrum::tcp;
namespace flag = wire::tcp_flag;

#define MUST(condition)                                                                                      \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                             \
            std::abort();                                                                                    \
        }                                                                                                    \
    } while (false)

constexpr std::uint32_t our_initial = 0xfffff000U, their_initial = 0x7ffffe00U; // both wrap or turn soon

std::uint8_t our_byte(std::uint32_t at) { // of our stream, by offset
    return static_cast<std::uint8_t>(at * 31U + (at >> 8));
}
std::uint8_t their_byte(std::uint32_t at) { // of theirs, by sequence number
    return static_cast<std::uint8_t>(at * 17U + (at >> 7) + 5);
}

class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
    bool empty() const { return left_ == 0; }
    std::uint8_t byte() {
        if (left_ == 0) {
            return 0;
        }
        --left_;
        return *data_++;
    }
    std::uint16_t word() { return static_cast<std::uint16_t>(byte() << 8 | byte()); }

private:
    const std::uint8_t* data_;
    std::size_t left_;
};

class Model final : public Transmitter {
public:
    explicit Model(std::uint8_t opening) : connection_(settings_) {
        settings_.receive_limit = 16384;
        settings_.receive_limit_max = 65536;
        settings_.send_limit = 32768;
        settings_.timestamps = (opening & 1) != 0;
        settings_.sack = (opening & 2) != 0;
        settings_.window_scaling = (opening & 4) != 0;
        if ((opening & 32) != 0) {
            settings_.fin_wait_2 = Duration{0}; // as in a proxy
        }
        if ((opening & 8) != 0) {
            connection_.open_active(Sequence(our_initial), 77, now_);
        } else if ((opening & 16) != 0) {
            connection_.open_passive(segment(flag::syn, their_initial, 0, 0, true), Sequence(our_initial), 77,
                                     now_);
        } else {
            Handshake handshake = read_offer(segment(flag::syn, their_initial, 0, 0, true), settings_);
            handshake.ours = Sequence(our_initial);
            handshake.window = 5000;
            allow(Sequence(our_initial + 1), 5000U << (handshake.window_scaling ? 2 : 0));
            connection_.open_completed(handshake, now_);
        }
        flush();
    }
    ~Model() override { connection_ = Connection(settings_); }

    void step(Input& input) {
        const Instant due = connection_.sender().deadline();
        const bool waits = connection_.state() == State::fin_wait_2 && settings_.fin_wait_2.count() == 0;
        bool heard = false;
        sent_ = 0;
        switch (input.byte() % 8) {
        case 0:
        case 1:
        case 2:
            arrive(input);
            heard = true;
            break;
        case 3:
            now_ += std::chrono::milliseconds(input.word());
            heard = now_ >= due;
            break;
        case 4:
            push(input.word());
            break;
        case 5:
            read(1U + input.word());
            break;
        case 6: {
            const std::uint8_t what = input.byte();
            if (what < 60) {
                connection_.close();
                closed_ = true;
            } else if (what < 64) {
                connection_.abort(now_);
            } else if (what < 160) {
                connection_.process_path_mtu(Sequence(our_initial + 1 + input.word()), input.word(), now_);
                heard = true;
            } else {
                connection_.process_unreachable(Sequence(our_initial + input.byte()), (what & 1) != 0, now_);
            }
            break;
        }
        case 7:
            break; // only the flush below
        }
        settle();
        MUST(!waits || connection_.end() != End::closed); // their FIN leads to TIME-WAIT, time to nothing
        const Instant next = connection_.sender().deadline();
        MUST(heard || sent_ > 0 || connection_.state() == State::closed ||
             connection_.state() == State::time_wait || next <= due);
    }

    // From here on a peer that takes everything, and says so.
    void finish() {
        if (!connection_.is_open() && connection_.state() != State::closing &&
            connection_.state() != State::last_ack) {
            return;
        }
        const bool patient = connection_.sender().consecutive_timeouts() < 3;
        taken_ = connection_.sender().una();
        for (int turn = 0; turn < 100 && !all_taken(); ++turn) {
            behaves_ = true;
            settle();
            behaves_ = false;
            if (all_taken()) {
                break;
            }
            // It has sent all that was taken from it, and acknowledges behind that.
            const Sequence from =
                earlier(later(their_end_, connection_.receiver().next()),
                        later(connection_.receiver().promised_edge(), connection_.receiver().next()));
            now_ += std::chrono::milliseconds(1);
            Segment answer = segment(flag::ack, from.value(), taken_.value(), 0, true);
            answer.window = 16000;
            allow(answer.acknowledgement, std::uint32_t{answer.window} << (offered_scaling_ ? 2 : 0));
            connection_.process_segment(std::move(answer), now_);
            if (taken_ == connection_.sender().nxt() && connection_.sender().unsent() > 0) {
                continue;
            }
            if (connection_.next_deadline() != Instant::max()) {
                now_ = std::max(now_, connection_.next_deadline());
            }
        }
        MUST(all_taken() || (connection_.end() == End::timed_out && !patient));
    }

    void transmit(const wire::TcpHeader& header, std::span<const Slice> slices, std::uint32_t payload_bytes,
                  std::uint32_t mss_bytes) override {
        MUST(++frames_ < 2000);
        MUST(!reset_sent_);
        MUST(header.options.size() <= 40);
        std::uint32_t total = 0;
        const Sequence first(header.sequence);
        for (const Slice& slice : slices) {
            for (const std::uint8_t byte : slice.bytes()) {
                const std::uint32_t offset = (first + total) - Sequence(our_initial + 1);
                MUST(offset < pushed_);
                MUST(byte == our_byte(offset));
                ++total;
            }
        }
        MUST(total == payload_bytes);
        MUST(payload_bytes <= settings_.largest_burst);
        ++sent_;
        const std::uint32_t counted = payload_bytes + ((header.flags & flag::fin) != 0 ? 1 : 0);
        if (behaves_ && (header.flags & flag::syn) == 0 && first <= taken_ && taken_ < first + counted) {
            taken_ = first + counted;
        }
        if (payload_bytes > 0) {
            MUST(mss_bytes >= 1 && mss_bytes <= settings_.mss_bytes);
            // One byte beyond the edge is a probe of a closed window (RFC 9293 section 3.8.6.1).
            MUST(first + payload_bytes <= allowed_ + 1);
        }
        if ((header.flags & flag::rst) != 0) {
            reset_sent_ = connection_.state() == State::closed;
        }
        if ((header.flags & flag::ack) != 0 && (header.flags & (flag::rst | flag::syn)) == 0) {
            const std::uint8_t shift =
                settings_.window_scaling && offered_scaling_ ? window_shift(settings_) : 0;
            const Sequence edge = Sequence(header.acknowledgement) + (std::uint32_t{header.window} << shift);
            // The field carries whole units, and what is acknowledged need not (RFC 7323 section 2.4).
            MUST(edge + ((1U << shift) - 1) >= promised_ || !promised_known_);
            promised_ = promised_known_ ? later(promised_, edge) : edge;
            promised_known_ = true;
            MUST((std::uint32_t{header.window} << shift) <= settings_.receive_limit_max + (1U << shift));
        }
    }

private:
    // Numbers are drawn near what matters: the edges of both windows.
    void arrive(Input& input) {
        const std::uint8_t shape = input.byte();
        const std::uint8_t flags = input.byte();
        const std::uint16_t where = input.word();
        const std::uint32_t length = (shape & 3) == 0 ? 0 : input.word() % 3000;
        std::uint32_t seq = connection_.receiver().next().value();
        if ((shape & 4) != 0) {
            seq += where % 20000;
        } else if ((shape & 8) != 0) {
            seq -= where % 5000;
        } else if ((shape & 16) != 0) {
            seq = where * 65537U;
        }
        std::uint32_t ack = connection_.sender().nxt().value();
        if ((shape & 32) != 0) {
            ack = connection_.sender().una().value() + input.word() % 8000;
        } else if ((shape & 64) != 0) {
            ack = input.word() * 65537U;
        }
        std::uint8_t set = flag::ack;
        if ((flags & 0x0f) == 0) {
            set = static_cast<std::uint8_t>(flags >> 4 & 1 ? flag::syn | flag::ack : flag::syn);
        } else if ((flags & 0x0f) == 1) {
            set = static_cast<std::uint8_t>(flags >> 4 & 1 ? flag::rst | flag::ack : flag::rst);
        } else if ((flags & 0x0f) == 2) {
            set = flag::fin | flag::ack;
        }
        Segment arriving = segment(set, seq, ack, length, (flags & 0x40) != 0);
        arriving.window = input.word();
        if ((flags & 0x80) != 0) {
            for (std::uint8_t i = 0; i < 1 + (shape & 3); ++i) {
                const std::uint32_t left = connection_.sender().una().value() + input.word() % 8000;
                arriving.options.sack[i] = {left, left + input.word() % 4000};
                arriving.options.sack_count = static_cast<std::uint8_t>(i + 1);
            }
        }
        // What an acceptable segment allows us at most: any window it could be read with.
        if (arriving.has(flag::ack)) {
            allow(arriving.acknowledgement, std::uint32_t{arriving.window} << (offered_scaling_ ? 2 : 0));
        }
        const Sequence end = arriving.sequence + arriving.length();
        const Sequence edge = later(connection_.receiver().promised_edge(), connection_.receiver().next());
        if (arriving.sequence <= edge) {
            their_end_ = later(their_end_, earlier(end, edge));
        }
        const bool opening = connection_.state() == State::syn_sent;
        connection_.process_segment(std::move(arriving), now_);
        if (opening) { // their numbers begin where their SYN says
            their_end_ = connection_.receiver().next();
        }
    }

    bool all_taken() const {
        const Sender& sender = connection_.sender();
        return connection_.state() == State::fin_wait_2 || connection_.state() == State::time_wait ||
               connection_.end() == End::closed ||
               (connection_.state() != State::closed && sender.all_acknowledged());
    }

    Segment segment(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack, std::uint32_t length,
                    bool with_options) {
        Segment out;
        out.sequence = Sequence(seq);
        out.acknowledgement = Sequence(ack);
        out.flags = flags;
        out.window = 5000;
        if ((flags & flag::syn) != 0) {
            out.options.mss = 1000;
            out.options.window_scale = with_options ? std::optional<std::uint8_t>(2) : std::nullopt;
            out.options.sack_permitted = with_options;
            if (connection_.state() == State::closed || connection_.state() == State::syn_sent) {
                offered_scaling_ = with_options;
            }
        }
        if (with_options) {
            out.options.timestamps = wire::TcpTimestamps{++their_clock_, 77};
        }
        if (length > 0) {
            std::vector<std::uint8_t> bytes(length);
            const std::uint32_t first = seq + ((flags & flag::syn) != 0 ? 1 : 0);
            for (std::uint32_t i = 0; i < length; ++i) {
                bytes[i] = their_byte(first + i);
            }
            out.payload = pool_.copy(bytes);
        }
        return out;
    }

    void allow(Sequence ack, std::uint32_t window) {
        const Sequence edge = ack + window;
        // Acknowledgements far off are refused; those near count as the widest promise so far.
        const bool near = edge - Sequence(our_initial) < (1U << 24);
        if (near) {
            allowed_ = later(allowed_, edge);
        }
    }

    void push(std::uint32_t bytes) {
        if (closed_ || connection_.state() == State::closed) {
            return;
        }
        bytes = std::min({bytes, connection_.send_room(), 20000U});
        if (bytes == 0) {
            return;
        }
        std::vector<std::uint8_t> data(bytes);
        for (std::uint32_t i = 0; i < bytes; ++i) {
            data[i] = our_byte(pushed_ + i);
        }
        connection_.push(pool_.copy(data));
        pushed_ += bytes;
    }

    void read(std::uint32_t most) {
        if (!reading_) { // nothing has been read: the stream begins behind their SYN
            reading_ = connection_.readable() > 0;
            const bool fin = connection_.receiver().fin_reached();
            read_ = connection_.receiver().next().value() - connection_.readable() - (fin ? 1 : 0);
        }
        while (connection_.readable() > 0 && most > 0) {
            const Slice slice = connection_.read(most);
            MUST(!slice.empty() && slice.size() <= most);
            for (const std::uint8_t byte : slice.bytes()) {
                MUST(byte == their_byte(read_));
                ++read_;
            }
            most -= slice.size();
        }
    }

    void flush() {
        frames_ = 0;
        connection_.flush(*this, now_);
    }

    void settle() {
        flush();
        for (int due = 0; due < 8 && now_ >= connection_.next_deadline();
             ++due) { // several have come meanwhile
            connection_.process_deadline(now_);
            flush();
        }
        check();
    }

    void check() {
        const Sender& sender = connection_.sender();
        MUST(sender.una() <= sender.nxt());
        MUST(connection_.readable() <= settings_.receive_limit_max);
        MUST(sender.queued() <= settings_.send_limit + 20000);
        if (connection_.state() == State::closed) {
            MUST(connection_.end() != End::none);
            MUST(connection_.readable() == 0 || connection_.end() == End::closed);
            MUST(sender.queued() == 0);
            MUST(connection_.next_deadline() == Instant::max());
        }
        if (connection_.is_over() && connection_.readable() == 0) {
            MUST(pool_.used_bytes() == 0);
        }
        if (connection_.state() >= State::established && connection_.state() != State::time_wait) {
            MUST(connection_.next_deadline() > now_);
            MUST(sender.all_acknowledged() || sender.deadline() != Instant::max());
        }
    }

    BufferPool pool_{std::size_t{8} << 20}; // before the connection: outlives what it holds
    Settings settings_;
    Connection connection_;
    Instant now_{std::chrono::hours(5)};
    std::uint32_t pushed_ = 0, read_ = 0, their_clock_ = 1000;
    int frames_ = 0, sent_ = 0;
    Sequence allowed_{our_initial + 1}, promised_;
    Sequence their_end_{their_initial + 1},
        taken_; // the end of what they sent; of what a behaving peer has of us
    bool behaves_ = false, reading_ = false, promised_known_ = false, reset_sent_ = false, closed_ = false,
         offered_scaling_ = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, std::min<std::size_t>(size, 4096));
    Model model(input.byte());
    while (!input.empty()) {
        model.step(input);
    }
    model.finish();
    return 0;
}
