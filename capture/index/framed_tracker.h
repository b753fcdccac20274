// DNS, BGP and TLS messages that lie in several TCP segments (framing.h): which packet completes each, and
// where in the file its parts are.
//
// As in Wireshark, a message belongs to the packet that completes it, and a segment that carries only a part
// of one shows none. Something is kept only of streams that end a segment inside a message, until it is
// complete or its rest does not come. Bounded, whatever a capture holds: max_open messages, max_parts parts
// of them; the oldest give way. Of complete TLS records without a handshake in them only the front is kept,
// which is all that can be read of them.
#pragma once

#include <array>
#include <deque>
#include <unordered_map>
#include <vector>

#include "capture/decode/layers.h"
#include "capture/index/stable_vector.h"

namespace fulcrum::capture {

class FramedTracker {
public:
    static constexpr std::size_t max_open = 16'384, max_parts = 1 << 20;

    // Segments of one direction of a stream as one interface sees it, which `key` stands for. `payload` lies
    // in `file`.
    struct Segment {
        std::uint64_t key = 0;
        std::uint32_t packet = 0, sequence = 0;
        std::uint16_t source_port = 0, destination_port = 0;
        Bytes payload, file;
        bool cut = false; // the capture did not keep all of the payload
    };
    struct Outcome {
        std::optional<Framing> shown; // messages of that kind are complete with this segment
        bool completes_split = false; // one of them began in a segment before
        bool begins_tls = false;      // a record that is not whole: its packet is one of TLS, too
    };
    // `split` is kept by the caller for the key: whether a message may be open there.
    Outcome process(const Segment& segment, bool& split);

    // The message that a packet completes and did not begin.
    struct Completed {
        Framing framing{};
        std::vector<std::uint8_t> bytes; // from its first on
        std::size_t missing = 0;         // behind them: not kept
        std::size_t behind = 0;          // where in the packet's payload the next message may begin
    };
    std::optional<Completed> completed_by(std::uint32_t packet, Bytes file) const;
    std::size_t memory_bytes() const;

private:
    struct Part { // of a message, at `place` in it
        std::uint64_t offset = 0;
        std::uint32_t place = 0, length = 0;
    };
    struct Open {
        Framing framing{};
        std::uint32_t next = 0;            // sequence number behind `have`
        std::uint32_t have = 0, total = 0; // bytes; total 0: not known yet
        std::array<std::uint8_t, most_front_bytes> front{};
        std::vector<Part> parts; // in order and without holes
        std::vector<Part> early; // behind a hole
        std::uint64_t serial = 0;
    };
    struct Piece { // in one word: there may be one for every segment
        static constexpr unsigned length_bits = 17;
        static_assert(most_framed_bytes < 1U << length_bits);
        std::uint64_t word = 0;
        std::uint64_t offset() const { return word >> length_bits; }
        std::size_t length() const { return word & ((1U << length_bits) - 1); }
    };
    struct Whole {
        std::uint32_t packet = 0, behind = 0, first_piece = 0, missing = 0;
        std::uint16_t pieces = 0;
        Framing framing{};
    };
    static constexpr std::size_t most_parts_of_one = 0x8000, most_early = 64;

    // Takes what continues the message from the front of `bytes`; false when this is no message after all.
    bool take(Open& open, Bytes& bytes, Bytes file);
    void take_early(Open& open);
    void add_part(Open& open, Bytes bytes, Bytes file);
    void keep(const Open& open, std::uint32_t packet, std::size_t behind);
    void begin(Framing framing, const Segment& segment, Bytes bytes);
    void forget(std::uint64_t key);
    void make_room();

    std::unordered_map<std::uint64_t, Open> open_;
    std::deque<std::pair<std::uint64_t, std::uint64_t>> ages_; // serial, key
    std::uint64_t next_serial_ = 0;
    std::size_t open_parts_ = 0;
    StableVector<Piece, 2048, 32768> pieces_;
    StableVector<Whole, 2048, 32768> whole_; // in the order of packets
};

} // namespace fulcrum::capture
