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

bool HttpTracker::is_inside(std::uint32_t slot) const {
    return slot != 0 && sides_[slot - 1].phase != Phase::idle;
}

bool HttpTracker::process(const Segment& segment, std::uint32_t& slot, HttpDialogue& dialogue) {
    auto bytes = segment.payload;
    if (dialogue.upgraded) {
        return false;
    }
    if (slot == 0) {
        const auto first = bytes.subspan(empty_line_bytes(bytes));
        if ((!starts_http(first) && !may_start_http(first)) ||
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
                give_up(side);
            }
        }
    }
    auto sequence = segment.sequence + (length - static_cast<std::uint32_t>(bytes.size()));
    bool head_ends_here = false;
    while (!bytes.empty() && !dialogue.upgraded) {
        if (side.phase == Phase::idle) {
            const auto empty_line = empty_line_bytes(bytes);
            const auto first = bytes.subspan(empty_line);
            const bool starts = starts_http(first);
            if ((!starts && (segment.cut || !may_start_http(first))) || messages_.full() || pieces_.full()) {
                break;
            }
            bytes = first;
            sequence += static_cast<std::uint32_t>(empty_line);
            if (starts) {
                begin(side, segment, segment.packet, sequence, text_of(bytes).starts_with("HTTP/"));
            } else {
                side.phase = Phase::start;
                side.hold().first_packet = segment.packet;
                side.held->first_sequence = sequence;
            }
        }
        const auto before = bytes.size();
        if (side.phase == Phase::start) {
            feed_start(side, segment, bytes);
            sequence += static_cast<std::uint32_t>(before - bytes.size());
            side.next = sequence;
            continue;
        }
        const bool in_head = side.phase == Phase::head;
        const bool whole = feed(side, bytes, dialogue);
        const auto taken = static_cast<std::uint32_t>(before - bytes.size());
        sequence += taken;
        side.next = sequence;
        head_ends_here = head_ends_here || (in_head && side.phase != Phase::head);
        auto& message = messages_[side.message];
        message.last_packet = segment.packet;
        message.bytes = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(std::uint64_t{message.bytes} + taken, ~std::uint32_t{0}));
        if (whole) {
            complete(side, segment.packet);
            head_ends_here = false;
            any = true;
        } else if (side.phase == Phase::length && take_early(side)) {
            end_unshown(side);
        }
        if (segment.cut && bytes.empty() && side.phase != Phase::idle) {
            // The rest is not in the capture. What begins here is shown as far as it goes.
            give_up(side);
            if (message.first_packet == segment.packet) {
                complete(side, segment.packet);
                any = true;
            }
        }
    }
    // The end of the stream ends a body that goes on to there, and one that just began and will not go on.
    if (segment.fin && (side.phase == Phase::until_fin || (head_ends_here && side.phase != Phase::idle))) {
        complete(side, segment.packet);
        any = true;
    }
    return any;
}

void HttpTracker::begin(Side& side, const Segment& segment, std::uint32_t first_packet,
                        std::uint32_t sequence, bool response) {
    HttpMessage message;
    message.stream = segment.stream;
    message.interface = segment.interface;
    message.first_packet = first_packet;
    message.last_packet = segment.packet;
    message.sequence = sequence;
    message.from_b = segment.from_b;
    message.response = response;
    side.message = static_cast<std::uint32_t>(messages_.push_back(message));
    side.phase = Phase::head;
}

void HttpTracker::keep_pieces(Side& side) {
    auto& message = messages_[side.message];
    if (message.pieces != 0 || !side.held) {
        return;
    }
    for (const auto& piece : side.held->pieces) {
        keep_piece(message, piece);
    }
    let_go(side);
}

void HttpTracker::give_up(Side& side) {
    if (side.phase != Phase::start) {
        keep_pieces(side);
    }
    let_go(side);
    side.phase = Phase::idle;
}

bool HttpTracker::hold_head(Side& side, std::string_view part) {
    if (held_bytes_ + part.size() > most_held_bytes) {
        return false;
    }
    side.hold().head += part;
    held_bytes_ += part.size();
    return true;
}

void HttpTracker::let_go(Side& side) {
    if (side.held) {
        held_bytes_ -= side.held->head.size();
        side.held.reset();
    }
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

bool HttpTracker::feed(Side& side, Bytes& bytes, HttpDialogue& dialogue) {
    switch (side.phase) {
    case Phase::head:
        return feed_head(side, bytes, dialogue);
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

void HttpTracker::feed_start(Side& side, const Segment& segment, Bytes& bytes) {
    constexpr std::size_t enough = 2048; // for starts_http()
    const auto looked_at = side.held->head + std::string(text_of(bytes).substr(0, enough));
    const Bytes first(reinterpret_cast<const std::uint8_t*>(looked_at.data()), looked_at.size());
    if (starts_http(first)) {
        begin(side, segment, side.held->first_packet, side.held->first_sequence,
              looked_at.starts_with("HTTP/"));
        messages_[side.message].bytes = static_cast<std::uint32_t>(side.held->head.size());
        return;
    }
    if (!segment.cut && may_start_http(first)) {
        const auto at = static_cast<std::uint64_t>(bytes.data() - file_.data());
        if (hold_head(side, text_of(bytes))) {
            side.held->pieces.emplace_back(at, bytes.size());
            bytes = {};
            return;
        }
    }
    give_up(side);
}

bool HttpTracker::feed_head(Side& side, Bytes& bytes, HttpDialogue& dialogue) {
    auto& message = messages_[side.message];
    // The empty line may lie across two segments: look again from a little before.
    const auto known = side.held ? side.held->head.size() : 0;
    const auto room = longest_head - std::min(longest_head, known);
    const auto part = text_of(bytes).substr(0, room);
    std::string_view whole = part;
    if (known != 0) {
        if (!hold_head(side, part)) {
            give_up(side);
            bytes = {};
            return false;
        }
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
        const bool held = known != 0 || hold_head(side, part);
        if (held) {
            side.held->pieces.push_back(piece);
        }
        if (!held || side.held->head.size() >= longest_head || side.held->pieces.size() == 0xffff) {
            give_up(side);
        }
        bytes = {};
        return false;
    }
    const auto head = whole.substr(0, stop);
    side.phase = body_of(head, message.response, dialogue, side.left);
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

// RFC 9112 section 6.3.
HttpTracker::Phase HttpTracker::body_of(std::string_view head, bool response, HttpDialogue& dialogue,
                                        std::uint64_t& length) {
    using Asked = HttpDialogue::Asked;
    length = 0;
    if (response) {
        const auto code = http_start(head).code;
        dialogue.upgraded = code == 101;
        if (code / 100 == 1 || code == 204 || code == 304 || dialogue.asked == Asked::head ||
            (code / 100 == 2 && dialogue.asked == Asked::connect)) {
            return Phase::idle;
        }
    } else {
        dialogue.asked = head.starts_with("HEAD ")      ? Asked::head
                         : head.starts_with("CONNECT ") ? Asked::connect
                                                        : Asked::other;
    }
    if (const auto coding = http_field(head, "Transfer-Encoding");
        coding && contains_word(*coding, "chunked")) {
        return Phase::chunk_size;
    }
    if (const auto text = http_field(head, "Content-Length")) {
        const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), length);
        return problem == std::errc{} ? Phase::length : Phase::idle;
    }
    return response ? Phase::until_fin : Phase::idle;
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
    messages_[side.message].last_packet = packet;
    if (!completed_.full()) {
        completed_.push_back(side.message);
    }
    end_unshown(side);
}

void HttpTracker::end_unshown(Side& side) {
    messages_[side.message].complete = true;
    side.phase = Phase::idle;
    let_go(side);
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
