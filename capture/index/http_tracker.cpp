#include "capture/index/http_tracker.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "capture/decode/application.h"

namespace fulcrum::capture {
namespace {

bool contains_word(std::string_view text,
                   std::string_view word) { // letters of any case; `word` in small ones
    const auto found = std::search(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
    });
    return found != text.end();
}

std::int32_t ahead(std::uint32_t sequence, std::uint32_t of) {
    return static_cast<std::int32_t>(sequence - of);
}

} // namespace

HttpTracker::Held& HttpTracker::Side::hold() {
    if (!held) {
        held = std::make_unique<Held>();
    }
    return *held;
}

bool HttpTracker::is_new(std::uint32_t slot, std::uint32_t sequence) const {
    return slot != 0 && ahead(sides_[slot - 1].highest, sequence) <= 0;
}

bool HttpTracker::process(const Segment& segment, std::uint32_t& slot, bool& answered_head) {
    auto bytes = segment.payload;
    if (slot == 0) {
        if (bytes.empty() || !starts_http(bytes) ||
            sides_.size() == std::numeric_limits<std::uint32_t>::max()) {
            return false;
        }
        sides_.emplace_back();
        sides_.back().highest = segment.sequence;
        slot = static_cast<std::uint32_t>(sides_.size());
    }
    auto& side = sides_[slot - 1];
    bool any = false;
    const auto length = static_cast<std::uint32_t>(bytes.size());
    if (ahead(segment.sequence + length, side.highest) > 0) {
        side.highest = segment.sequence + length;
    }
    if (side.phase != Phase::idle && !bytes.empty()) {
        const auto skip = ahead(side.next, segment.sequence);
        if (skip > 0 && skip < static_cast<std::int32_t>(length)) {
            bytes = bytes.subspan(static_cast<std::size_t>(skip)); // its beginning came before
        } else if (skip > 0) {
            return false;
        } else if (skip < 0) {
            const auto hole = static_cast<std::uint64_t>(-std::int64_t{skip});
            if (side.phase == Phase::length && hole < side.left &&
                (!side.held || side.held->early.size() < 64)) {
                side.hold().early.emplace_back(segment.sequence, segment.sequence + length);
                messages_[side.message].last_packet = segment.packet;
                return false;
            }
            if (side.phase != Phase::until_fin) { // what was lost cannot be made up for
                keep_pieces(side);
                side.phase = Phase::idle;
            }
        }
    }
    auto sequence = segment.sequence + (length - static_cast<std::uint32_t>(bytes.size()));
    while (!bytes.empty()) {
        if (side.phase == Phase::idle) {
            if (!starts_http(bytes) || messages_.full() || pieces_.full()) {
                break;
            }
            begin(side, segment, sequence, bytes);
        }
        const auto before = bytes.size();
        const bool whole = feed(side, bytes, answered_head);
        const auto taken = static_cast<std::uint32_t>(before - bytes.size());
        sequence += taken;
        side.next = sequence;
        auto& message = messages_[side.message];
        message.last_packet = segment.packet;
        message.bytes = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(std::uint64_t{message.bytes} + taken, ~std::uint32_t{0}));
        if (whole || (side.phase == Phase::length && take_early(side))) {
            complete(side, segment.packet);
            any = true;
        }
        if (segment.cut && bytes.empty() && side.phase != Phase::idle) {
            // The rest is not in the capture. What begins here is shown as far as it goes.
            keep_pieces(side);
            if (message.first_packet == segment.packet) {
                complete(side, segment.packet);
                any = true;
            }
            side.phase = Phase::idle;
        }
    }
    if (segment.fin && side.phase == Phase::until_fin) {
        complete(side, segment.packet);
        any = true;
    }
    return any;
}

void HttpTracker::begin(Side& side, const Segment& segment, std::uint32_t sequence, Bytes at) {
    HttpMessage message;
    message.stream = segment.stream;
    message.interface = segment.interface;
    message.first_packet = message.last_packet = segment.packet;
    message.sequence = sequence;
    message.from_b = segment.from_b;
    message.response = text_of(at).starts_with("HTTP/");
    side.message = static_cast<std::uint32_t>(messages_.push_back(message));
    side.phase = Phase::head;
    side.held.reset();
}

void HttpTracker::keep_pieces(Side& side) {
    auto& message = messages_[side.message];
    if (message.pieces != 0 || !side.held) {
        return;
    }
    for (const auto& piece : side.held->pieces) {
        keep_piece(message, piece);
    }
    side.held.reset();
}

void HttpTracker::keep_piece(HttpMessage& message, const Piece& piece) {
    if (pieces_.full()) {
        return;
    }
    const auto at = static_cast<std::uint32_t>(pieces_.push_back(piece));
    if (message.pieces++ == 0) {
        message.first_piece = at;
    }
}

bool HttpTracker::feed(Side& side, Bytes& bytes, bool& answered_head) {
    switch (side.phase) {
    case Phase::head:
        return feed_head(side, bytes, answered_head);
    case Phase::length: {
        const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(side.left, bytes.size()));
        side.left -= taken;
        bytes = bytes.subspan(taken);
        return side.left == 0;
    }
    case Phase::until_fin:
        bytes = {};
        return false;
    default:
        return feed_chunks(side, bytes);
    }
}

bool HttpTracker::feed_head(Side& side, Bytes& bytes, bool& answered_head) {
    auto& message = messages_[side.message];
    // The empty line may lie across two segments: look again from a little before.
    const auto known = side.held ? side.held->head.size() : 0;
    const auto room = longest_head - std::min(longest_head, known);
    const auto part = text_of(bytes).substr(0, room);
    std::string_view whole = part;
    if (known != 0) {
        side.held->head += part;
        whole = side.held->head;
    }
    const auto from = known < 3 ? 0 : known - 3;
    auto end = whole.find("\r\n\r\n", from);
    auto stop = end == std::string_view::npos ? end : end + 4;
    if (const auto bare = whole.find("\n\n", from); bare != std::string_view::npos && bare + 2 < stop) {
        stop = bare + 2;
    }
    const bool found = stop != std::string_view::npos;
    const auto taken = found ? stop - known : part.size();
    const Piece piece(static_cast<std::uint64_t>(bytes.data() - file_.data()), taken);
    if (!found) {
        auto& held = side.hold();
        if (known == 0) {
            held.head = part;
        }
        held.pieces.push_back(piece);
        if (held.head.size() >= longest_head || held.pieces.size() == 0xffff) {
            keep_pieces(side);
            side.phase = Phase::idle;
        }
        bytes = {};
        return false;
    }
    const auto head = whole.substr(0, stop);
    side.phase = body_of(head, message.response, answered_head, side.left);
    if (!message.response) {
        answered_head = head.starts_with("HEAD ");
    }
    side.in_extension = false;
    side.line = 0;
    if (known != 0) {
        side.held->pieces.push_back(piece);
        keep_pieces(side);
    } else {
        keep_piece(message, piece);
    }
    bytes = bytes.subspan(taken);
    return side.phase == Phase::idle || (side.phase == Phase::length && side.left == 0);
}

// RFC 9112 section 6.3; a response that says neither goes on to the end of the connection when it has a type
// and does not keep the connection alive.
HttpTracker::Phase HttpTracker::body_of(std::string_view head, bool response, bool answers_head,
                                        std::uint64_t& length) {
    length = 0;
    if (response) {
        const auto code = http_start(head).code;
        if (answers_head || code / 100 == 1 || code == 204 || code == 304) {
            return Phase::idle;
        }
    }
    if (const auto coding = http_field(head, "Transfer-Encoding");
        coding && contains_word(*coding, "chunked")) {
        return Phase::chunk_size;
    }
    if (const auto text = http_field(head, "Content-Length")) {
        const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), length);
        return problem == std::errc{} ? Phase::length : Phase::idle;
    }
    if (!response || !http_field(head, "Content-Type")) {
        return Phase::idle;
    }
    const auto connection = http_field(head, "Connection");
    return connection && contains_word(*connection, "keep-alive") ? Phase::idle : Phase::until_fin;
}

// RFC 9112 section 7.1.
bool HttpTracker::feed_chunks(Side& side, Bytes& bytes) {
    std::size_t at = 0;
    bool whole = false;
    while (at < bytes.size() && !whole) {
        const char c = static_cast<char>(bytes[at]);
        switch (side.phase) {
        case Phase::chunk_size: {
            ++at;
            const int digit = c >= '0' && c <= '9'   ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
            if (c == '\n') {
                side.phase = side.left == 0 ? Phase::trailer : Phase::chunk_data;
                side.in_extension = false;
                side.line = 0;
            } else if (digit >= 0 && !side.in_extension) {
                side.left =
                    std::min<std::uint64_t>(side.left * 16 + static_cast<unsigned>(digit), 1ULL << 40);
            } else {
                side.in_extension = true;
            }
            break;
        }
        case Phase::chunk_data: {
            const auto taken =
                static_cast<std::size_t>(std::min<std::uint64_t>(side.left, bytes.size() - at));
            side.left -= taken;
            at += taken;
            side.phase = side.left == 0 ? Phase::chunk_end : side.phase;
            break;
        }
        case Phase::chunk_end:
            ++at;
            side.phase = c == '\n' ? Phase::chunk_size : side.phase;
            break;
        default: // trailer: ends with an empty line
            ++at;
            if (c == '\n') {
                whole = side.line == 0;
                side.line = 0;
            } else if (c != '\r') {
                side.line = 1;
            }
        }
    }
    bytes = bytes.subspan(at);
    return whole;
}

// Bytes that came before those in front of them.
bool HttpTracker::take_early(Side& side) {
    for (bool more = side.held != nullptr; more;) {
        more = false;
        auto& early = side.held->early;
        for (auto part = early.begin(); part != early.end(); ++part) {
            if (ahead(part->first, side.next) <= 0) {
                if (const auto fresh = ahead(part->second, side.next); fresh > 0) {
                    const auto taken = std::min<std::uint64_t>(side.left, static_cast<std::uint32_t>(fresh));
                    side.left -= taken;
                    side.next += static_cast<std::uint32_t>(taken);
                    messages_[side.message].bytes += static_cast<std::uint32_t>(taken);
                }
                early.erase(part);
                more = true;
                break;
            }
        }
    }
    return side.left == 0;
}

void HttpTracker::complete(Side& side, std::uint32_t packet) {
    auto& message = messages_[side.message];
    message.complete = true;
    message.last_packet = packet;
    if (!completed_.full()) {
        completed_.push_back(side.message);
    }
    side.phase = Phase::idle;
    side.held.reset();
}

std::vector<std::uint32_t> HttpTracker::completed_by(std::uint32_t packet) const {
    std::size_t low = 0, high = completed_.size();
    while (low < high) {
        const auto middle = (low + high) / 2;
        if (messages_[completed_[middle]].last_packet < packet) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    std::vector<std::uint32_t> found;
    for (; low < completed_.size() && messages_[completed_[low]].last_packet == packet; ++low) {
        found.push_back(completed_[low]);
    }
    return found;
}

std::string_view HttpTracker::head(const HttpMessage& message, std::string& scratch) const {
    const auto piece = [&](std::size_t i) {
        const auto& one = pieces_[message.first_piece + i];
        return text_of(file_.subspan(one.offset(), one.length()));
    };
    if (message.pieces == 1) {
        return piece(0);
    }
    scratch.clear(); // also of none: the capture ended inside the head
    for (std::size_t i = 0; i < message.pieces; ++i) {
        scratch += piece(i);
    }
    return scratch;
}

std::size_t HttpTracker::memory_bytes() const {
    return messages_.memory_bytes() + pieces_.memory_bytes() + completed_.memory_bytes() +
           sides_.size() * sizeof(Side);
}

} // namespace fulcrum::capture
