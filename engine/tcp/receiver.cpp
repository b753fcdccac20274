#include "engine/tcp/receiver.h"

#include <algorithm>
#include <iterator>

namespace fulcrum::tcp {

void Receiver::start(Sequence first, std::uint32_t limit_bytes, std::uint8_t window_shift) {
    next_ = edge_ = first;
    recent_count_ = 0;
    limit_ = limit_bytes;
    shift_ = window_shift;
}

std::uint32_t Receiver::free_bytes() const {
    const std::uint32_t used = ready_.size() + island_bytes_;
    return used >= limit_ ? 0 : limit_ - used;
}

Receiver::Arrival Receiver::process_payload(Sequence from, Slice payload) {
    if (payload.empty()) {
        return Arrival::nothing_new;
    }
    Sequence to = from + payload.size();
    if (to <= next_) {
        duplicate_ = {from.value(), to.value()};
        return Arrival::nothing_new;
    }
    if (from < next_) {
        payload.drop_front(next_ - from);
        from = next_;
    }
    if (from == next_) {
        // What islands already hold beyond `from` is cut off by take_islands.
        const bool fills = !islands_.empty();
        next_ += payload.size();
        ready_.push(std::move(payload));
        take_islands();
        return fills ? Arrival::fills_gap : Arrival::in_order;
    }
    const Sequence arrived = from;
    // A hostile sender may send islands of one byte, each pinning a buffer: memory is what counts.
    constexpr std::size_t most_islands = 4096;
    bool any_new = false;
    auto at = std::find_if(islands_.begin(), islands_.end(), [&](const Island& i) { return from < i.to(); });
    while (!payload.empty()) {
        if (at != islands_.end() && at->from <= from) { // covered up to the island's end
            const std::uint32_t covered = std::min(at->to() - from, payload.size());
            if (covered == payload.size() && !any_new) {
                duplicate_ = {from.value(), (from + covered).value()};
            }
            payload.drop_front(covered);
            from += covered;
            ++at;
            continue;
        }
        std::uint32_t length = payload.size();
        if (at != islands_.end()) {
            length = std::min(length, at->from - from);
        }
        if (length > free_bytes() || islands_.size() >= most_islands) {
            break;
        }
        at = islands_.insert(at, Island{from, payload.part(0, length)}) + 1;
        island_bytes_ += length;
        payload.drop_front(length);
        from += length;
        any_new = true;
    }
    remember(arrived);
    return any_new ? Arrival::out_of_order : Arrival::nothing_new;
}

std::vector<Receiver::Island>::const_iterator Receiver::island_at(Sequence at) const {
    const auto island = std::partition_point(islands_.begin(), islands_.end(),
                                             [at](const Island& i) { return i.to() <= at; });
    return island != islands_.end() && island->from <= at ? island : islands_.end();
}

std::optional<wire::SackBlock> Receiver::block_at(Sequence at) const {
    auto first = island_at(at);
    if (first == islands_.end()) {
        return std::nullopt;
    }
    auto last = first;
    while (first != islands_.begin() && std::prev(first)->to() == first->from) {
        --first;
    }
    while (std::next(last) != islands_.end() && last->to() == std::next(last)->from) {
        ++last;
    }
    return wire::SackBlock{first->from.value(), last->to().value()};
}

void Receiver::remember(Sequence at) {
    // Mostly it is the next piece of the block that grew last, which may be thousands of pieces long.
    const auto island = island_at(at);
    if (recent_count_ > 0 && island != islands_.end() && island != islands_.begin()) {
        const Island& before = *std::prev(island);
        if (before.to() == island->from && before.from <= recent_[0] && recent_[0] < before.to()) {
            recent_[0] = at;
            return;
        }
    }
    const auto block = block_at(at);
    if (!block) {
        return; // no memory for it: it never arrived
    }
    std::array<Sequence, 4> others;
    std::uint8_t count = 0;
    for (std::uint8_t i = 0; i < recent_count_; ++i) {
        const bool is_same = Sequence(block->left) <= recent_[i] && recent_[i] < Sequence(block->right);
        if (!is_same && recent_[i] >= next_) {
            others[count++] = recent_[i];
        }
    }
    recent_[0] = at;
    recent_count_ = static_cast<std::uint8_t>(std::min<std::size_t>(count + 1U, recent_.size()));
    std::copy_n(others.begin(), recent_count_ - 1, recent_.begin() + 1);
}

void Receiver::take_islands() {
    std::size_t taken = 0;
    while (taken < islands_.size() && islands_[taken].from <= next_) {
        Island& island = islands_[taken++];
        island_bytes_ -= island.slice.size();
        if (island.to() <= next_) {
            continue;
        }
        island.slice.drop_front(next_ - island.from);
        next_ += island.slice.size();
        ready_.push(std::move(island.slice));
    }
    islands_.erase(islands_.begin(), islands_.begin() + static_cast<std::ptrdiff_t>(taken));
    if (islands_.empty()) {
        std::vector<Island>().swap(islands_);
    }
    if (fin_known_ && !fin_passed_ && next_ == fin_) {
        fin_passed_ = true;
        next_ += 1;
    }
}

void Receiver::process_fin(Sequence at) {
    if (!fin_known_) {
        fin_known_ = true;
        fin_ = at;
        take_islands();
    }
}

std::uint32_t Receiver::promise(std::uint32_t mss) {
    if (wants_update(mss) || edge_ < next_) {
        edge_ = later(edge_, next_ + free_bytes());
    }
    const std::uint32_t unit = 1U << shift_;
    // The field carries whole units: round down, so that never more is promised than there is.
    return std::min(((edge_ - next_) / unit) * unit, 65535U << shift_);
}

bool Receiver::wants_update(std::uint32_t mss) const {
    const Sequence possible = next_ + free_bytes();
    return possible > edge_ && possible - edge_ >= std::min(limit_ / 2, 2 * mss);
}

std::uint8_t Receiver::sack_blocks(std::array<wire::SackBlock, 4>& out, std::uint8_t most) {
    std::uint8_t count = 0;
    if (duplicate_.left != duplicate_.right && most > 0) {
        out[count++] = duplicate_;
    }
    duplicate_ = {};
    // Two places may have grown into one block since: it is told once. A duplicate's own block follows it
    // (RFC 2883 section 4).
    const auto first = out.begin() + count;
    const auto tell = [&](const wire::SackBlock& block) {
        const auto is_it = [&](const wire::SackBlock& told) { return told == block; };
        if (count < most && std::none_of(first, out.begin() + count, is_it)) {
            out[count++] = block;
        }
    };
    for (std::uint8_t i = 0; i < recent_count_; ++i) {
        if (const auto block = block_at(recent_[i])) {
            tell(*block);
        }
    }
    // Where there is room left, those that have been told longest ago, the lowest first.
    for (auto island = islands_.begin(); island != islands_.end() && count < most;) {
        const auto block = *block_at(island->from);
        tell(block);
        island = std::partition_point(island, islands_.end(),
                                      [&](const Island& i) { return i.from < Sequence(block.right); });
    }
    return count;
}

void Receiver::discard_islands() {
    std::vector<Island>().swap(islands_);
    island_bytes_ = 0;
}

void Receiver::clear() {
    ready_.clear();
    discard_islands();
}

} // namespace fulcrum::tcp
