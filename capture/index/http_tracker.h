// HTTP/1 messages in TCP streams: where each begins, where its head lies in the file, and which packet
// completes it.
//
// As in Wireshark, a message belongs to the packet that completes it, body included, and retransmitted
// segments are passed over. A body ends by RFC 9112 section 6.3. Streams are followed on each interface by
// itself, like TcpAnalysis does. Behind a "101 Switching Protocols" there is no HTTP any more.
//
// What is kept besides the messages is bounded: of a head 64 KB, of all that are incomplete 64 MB, and beyond
// that they stay incomplete.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "capture/decode/layers.h"
#include "capture/index/stable_vector.h"

namespace fulcrum::capture {

struct HttpMessage {
    std::uint32_t stream = 0, interface = 0;
    std::uint32_t first_packet = 0, last_packet = 0; // indices, from 0; last: so far, when it is not complete
    std::uint32_t sequence = 0;                      // TCP sequence number of its first byte
    std::uint32_t bytes = 0;                         // head and body seen so far (saturates)
    std::uint32_t first_piece = 0;
    std::uint16_t pieces = 0; // of the head
    bool from_b = false, response = false, complete = false;
};

// What the two directions of a connection know of each other.
struct HttpDialogue {
    enum class Asked : std::uint8_t { other, head, connect }; // the last request: what its answer looks like
    Asked asked = Asked::other;
    bool upgraded = false; // to another protocol
};

class HttpTracker {
public:
    explicit HttpTracker(Bytes file) : file_(file) {}
    void extend(Bytes file) { file_ = file; } // it has grown; the bytes before are where they were

    // Segments of one direction of a stream as one interface sees it; `slot` is 0 for the first and kept by
    // the caller. `payload` lies in the file.
    struct Segment {
        std::uint32_t stream = 0, interface = 0, packet = 0, sequence = 0;
        Bytes payload;
        bool from_b = false, fin = false;
        bool cut = false; // the capture did not keep all of the payload
    };
    // Whether no segment that reached beyond that sequence number was processed under this slot.
    bool is_new(std::uint32_t slot, std::uint32_t sequence) const;
    // True when at least one message is complete with this segment. `dialogue` is shared by both directions.
    bool process(const Segment& segment, std::uint32_t& slot, HttpDialogue& dialogue);
    // Whether the next bytes are the rest of a message.
    bool is_inside(std::uint32_t slot) const;

    const StableVector<HttpMessage, 2048, 32768>& messages() const { return messages_; }
    // The messages that a packet completes.
    std::vector<std::uint32_t> completed_by(std::uint32_t packet) const;
    // The head with its empty line (of an incomplete one as much as there is); `scratch` is for heads that
    // lie in several packets.
    std::string_view head(const HttpMessage& message, std::string& scratch) const;
    std::size_t memory_bytes() const;

private:
    enum class Phase : std::uint8_t {
        idle,
        start, // too little of it to tell whether it is a message
        head,
        length,
        chunk_size,
        chunk_data,
        chunk_end,
        trailer,
        until_fin
    };
    static constexpr std::size_t longest_head = 64 * 1024;
    static constexpr std::size_t most_held_bytes = 64 * 1024 * 1024; // of incomplete heads, together
    struct Piece { // in one word: there is one for every message
        Piece() = default;
        Piece(std::uint64_t at, std::size_t bytes) : word(at << length_bits | bytes) {}
        std::size_t offset() const { return word >> length_bits; }
        std::size_t length() const { return word & ((1U << length_bits) - 1); }

        static constexpr unsigned length_bits = 17;
        static_assert(longest_head < 1U << length_bits);
        std::uint64_t word = 0;
    };
    // What must be kept from one segment to the next, which few messages need.
    struct Held {
        std::vector<std::pair<std::uint32_t, std::uint32_t>>
            early;                                          // [begin, end) of the body, came out of order
        std::string head;                                   // while it is incomplete
        std::vector<Piece> pieces;                          // where that lies
        std::uint32_t first_packet = 0, first_sequence = 0; // of a start
    };
    struct Side {
        std::uint64_t left = 0; // bytes of the body or chunk; the chunk's size while that is read
        std::uint32_t message = 0;
        std::uint32_t next = 0;    // expected sequence number
        std::uint32_t highest = 0; // behind the furthest byte so far
        Phase phase = Phase::idle;
        std::uint8_t line = 0;     // bytes of the trailer line so far, capped
        bool in_extension = false; // behind the chunk size's digits
        std::unique_ptr<Held> held;

        Held& hold();
    };
    static_assert(sizeof(Side) == 32, "there are two for every stream that speaks HTTP");

    void begin(Side& side, const Segment& segment, std::uint32_t first_packet, std::uint32_t sequence,
               bool response);
    // Takes bytes of the message from the front of `bytes`; true when the message is complete.
    bool feed(Side& side, Bytes& bytes, HttpDialogue& dialogue);
    // Until it is clear what it is, which begins a message or ends the waiting.
    void feed_start(Side& side, const Segment& segment, Bytes& bytes);
    bool feed_head(Side& side, Bytes& bytes, HttpDialogue& dialogue);
    bool hold_head(Side& side, std::string_view part); // false: there is no room
    void let_go(Side& side);                           // of what is held
    void give_up(Side& side);                          // following this message
    bool feed_chunks(Side& side, Bytes& bytes);
    bool take_early(Side& side);
    void keep_pieces(Side& side); // of a head that will not grow any more
    void keep_piece(HttpMessage& message, const Piece& piece);
    static Phase body_of(std::string_view head, bool response, HttpDialogue& dialogue, std::uint64_t& length);
    void complete(Side& side, std::uint32_t packet);
    // As Wireshark has it, a message whose last bytes came before others of it is no packet's.
    void end_unshown(Side& side);

    Bytes file_;
    StableVector<HttpMessage, 2048, 32768> messages_;
    StableVector<Piece, 2048, 32768> pieces_;
    StableVector<std::uint32_t, 4096, 32768> completed_; // in the order of packets
    std::size_t held_bytes_ = 0;                         // of heads
    std::deque<Side> sides_;                             // grows without a second copy of itself
};

} // namespace fulcrum::capture
