#include "capture/index/framed_tracker.h"

#include <algorithm>

namespace fulcrum::capture {
namespace {

std::int32_t ahead(std::uint32_t sequence, std::uint32_t of) {
    return static_cast<std::int32_t>(sequence - of);
}

} // namespace

FramedTracker::Outcome FramedTracker::process(const Segment& segment, bool& split) {
    Outcome outcome;
    auto bytes = segment.payload;
    const auto at = split ? open_.find(segment.key) : open_.end();
    split = at != open_.end();
    if (split) {
        auto& open = at->second;
        const auto hole = ahead(segment.sequence, open.next);
        const auto length = static_cast<std::uint32_t>(bytes.size());
        if (hole <= 0 && length <= static_cast<std::uint32_t>(-std::int64_t{hole})) {
            return outcome; // nothing new
        }
        if (hole > 0 && open.total != 0 && static_cast<std::uint32_t>(hole) < open.total - open.have &&
            open.early.size() < most_early) {
            const auto place = open.have + static_cast<std::uint32_t>(hole);
            open.early.push_back({static_cast<std::uint64_t>(bytes.data() - segment.file.data()), place,
                                  std::min(length, open.total - place)});
            ++open_parts_;
            make_room();
            return outcome;
        }
        if (hole > 0) { // what was lost cannot be made up for
            forget(segment.key);
            split = false;
        } else {
            bytes = bytes.subspan(static_cast<std::size_t>(-std::int64_t{hole}));
            const bool is_one = take(open, bytes, segment.file);
            const bool ends_here = is_one && open.total != 0 && open.have == open.total;
            if (is_one && !ends_here) {
                take_early(open);
            }
            if (is_one && !ends_here && (open.total == 0 || open.have < open.total) && !segment.cut &&
                open.parts.size() < most_parts_of_one) {
                make_room();
                return outcome;
            }
            if (ends_here) {
                keep(open, segment.packet, segment.payload.size() - bytes.size());
                outcome.shown = open.framing;
                outcome.completes_split = true;
            } else {
                // As Wireshark has it, a message whose last bytes came before others of it is no packet's.
                // The next one is found in a later segment.
                bytes = {};
            }
            forget(segment.key);
            split = false;
        }
    }
    while (!bytes.empty()) {
        const auto framing =
            outcome.shown ? outcome.shown : framing_of(segment.source_port, segment.destination_port, bytes);
        const auto length = framing ? framed_bytes(*framing, bytes) : std::nullopt;
        if (!length) {
            break;
        }
        if (*length == 0 || *length > bytes.size()) {
            if (segment.cut) {
                outcome.shown = framing; // as far as it goes
            } else {
                begin(*framing, segment, bytes);
                split = true;
                outcome.begins_tls = *framing == Framing::tls;
            }
            break;
        }
        outcome.shown = framing;
        bytes = bytes.subspan(*length);
    }
    return outcome;
}

void FramedTracker::begin(Framing framing, const Segment& segment, Bytes bytes) {
    auto& open = open_[segment.key];
    open.framing = framing;
    open.next = segment.sequence + static_cast<std::uint32_t>(segment.payload.size() - bytes.size());
    open.serial = next_serial_++;
    ages_.emplace_back(open.serial, segment.key);
    take(open, bytes, segment.file);
    make_room();
}

bool FramedTracker::take(Open& open, Bytes& bytes, Bytes file) {
    if (open.total == 0) {
        const auto front = front_bytes(open.framing);
        const auto missing = std::min(front - open.have, bytes.size());
        std::copy_n(bytes.begin(), missing, open.front.begin() + open.have);
        const auto length = framed_bytes(open.framing, Bytes(open.front).first(open.have + missing));
        if (!length) {
            return false;
        }
        open.total = static_cast<std::uint32_t>(*length);
    }
    const auto wanted = open.total == 0 ? bytes.size() : std::size_t{open.total} - open.have;
    const auto part = bytes.first(std::min(wanted, bytes.size()));
    add_part(open, part, file);
    bytes = bytes.subspan(part.size());
    return true;
}

void FramedTracker::add_part(Open& open, Bytes bytes, Bytes file) {
    const auto length = static_cast<std::uint32_t>(bytes.size());
    open.parts.push_back({static_cast<std::uint64_t>(bytes.data() - file.data()), open.have, length});
    open.have += length;
    open.next += length;
    ++open_parts_;
}

// Moves up what is not behind a hole any more.
void FramedTracker::take_early(Open& open) {
    std::sort(open.early.begin(), open.early.end(),
              [](const Part& a, const Part& b) { return a.place < b.place; });
    auto part = open.early.begin();
    for (; part != open.early.end() && part->place <= open.have; ++part) {
        --open_parts_;
        if (const auto known = open.have - part->place; known < part->length) {
            const auto length = part->length - known;
            open.parts.push_back({part->offset + known, open.have, length});
            open.have += length;
            open.next += length;
            ++open_parts_;
        }
    }
    open.early.erase(open.early.begin(), part);
}

void FramedTracker::keep(const Open& open, std::uint32_t packet, std::size_t behind) {
    // The first byte of a record says what is in it.
    constexpr std::uint8_t handshake = 22;
    const bool all = open.framing != Framing::tls || open.front[0] == handshake;
    const std::size_t wanted =
        all ? open.total : std::min<std::size_t>(open.total, front_bytes(open.framing) + 1); // TlsWalk needs one
    if (whole_.full()) {
        return;
    }
    Whole whole;
    whole.packet = packet;
    whole.behind = static_cast<std::uint32_t>(behind);
    whole.first_piece = static_cast<std::uint32_t>(pieces_.size());
    whole.framing = open.framing;
    std::size_t kept = 0;
    for (const auto& part : open.parts) {
        if (kept >= wanted || pieces_.full()) {
            break;
        }
        const auto length = std::min<std::size_t>(part.length, wanted - kept);
        pieces_.push_back({part.offset << Piece::length_bits | length});
        ++whole.pieces;
        kept += length;
    }
    whole.missing = static_cast<std::uint32_t>(open.total - kept);
    whole_.push_back(whole);
}

void FramedTracker::forget(std::uint64_t key) {
    const auto at = open_.find(key);
    if (at != open_.end()) {
        open_parts_ -= at->second.parts.size() + at->second.early.size();
        open_.erase(at);
    }
}

void FramedTracker::make_room() {
    while (!ages_.empty() &&
           (open_.size() > max_open || open_parts_ > max_parts || ages_.size() > 4 * max_open)) {
        const auto [serial, key] = ages_.front();
        ages_.pop_front();
        if (const auto oldest = open_.find(key); oldest != open_.end() && oldest->second.serial == serial) {
            forget(key);
        }
    }
}

std::optional<FramedTracker::Completed> FramedTracker::completed_by(std::uint32_t packet, Bytes file) const {
    std::size_t low = 0, high = whole_.size();
    while (low < high) {
        const auto middle = (low + high) / 2;
        if (whole_[middle].packet < packet) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == whole_.size() || whole_[low].packet != packet) {
        return std::nullopt;
    }
    const auto& whole = whole_[low];
    Completed completed{whole.framing, {}, whole.missing, whole.behind};
    for (std::size_t i = 0; i < whole.pieces; ++i) {
        const auto& piece = pieces_[whole.first_piece + i];
        const auto bytes = file.subspan(piece.offset(), piece.length());
        completed.bytes.insert(completed.bytes.end(), bytes.begin(), bytes.end());
    }
    return completed;
}

std::size_t FramedTracker::memory_bytes() const {
    return pieces_.memory_bytes() + whole_.memory_bytes() + open_parts_ * sizeof(Part) +
           open_.size() * sizeof(Open);
}

} // namespace fulcrum::capture
