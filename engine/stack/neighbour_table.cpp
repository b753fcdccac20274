#include "engine/stack/neighbour_table.h"

#include <algorithm>
#include <cstring>

#include "engine/base/byte_order.h"

namespace fulcrum::stack {

namespace {

bool is_unanswered(NeighbourState state) {
    return state == NeighbourState::incomplete || state == NeighbourState::failed;
}

} // namespace

std::string_view name_of(NeighbourState state) {
    switch (state) {
    case NeighbourState::incomplete:
        return "incomplete";
    case NeighbourState::reachable:
        return "reachable";
    case NeighbourState::stale:
        return "stale";
    case NeighbourState::probe:
        return "probe";
    case NeighbourState::failed:
        return "failed";
    }
    return "unknown";
}

std::size_t NeighbourTable::KeyHash::operator()(const NeighbourKey& key) const {
    const auto& bytes = key.address.bytes();
    return mix_bits(load_be64(bytes.data()) * 31 + load_be64(bytes.data() + 8) +
                    (std::uint64_t{key.interface.value} << 48));
}

const Mac* NeighbourTable::resolve(const NeighbourKey& key, Instant now) {
    Entry* entry = entries_.find(key);
    if (entry == nullptr) {
        entry = unanswered_ < limits_.entries / 2 ? make_entry(key, now) : nullptr;
        if (entry != nullptr) {
            ask(key, *entry, NeighbourState::incomplete, now);
        }
        return nullptr;
    }
    entry->used = now;
    switch (entry->state) {
    case NeighbourState::reachable:
        if (now >= entry->fresh_until) {
            ask(key, *entry, NeighbourState::probe, now);
        }
        return &entry->mac;
    case NeighbourState::stale:
        ask(key, *entry, NeighbourState::probe, now);
        return &entry->mac;
    case NeighbourState::probe:
        return &entry->mac;
    case NeighbourState::incomplete:
        return nullptr;
    case NeighbourState::failed:
        if (now >= entry->deadline) {
            ask(key, *entry, NeighbourState::incomplete, now);
        }
        return nullptr;
    }
    return nullptr;
}

wire::Parsed<void> NeighbourTable::hold(const NeighbourKey& key, const device::Frame& frame,
                                        bool report_failure) {
    Entry* entry = entries_.find(key);
    if (entry == nullptr) {
        return wire::drop(wire::DropReason::neighbour_table_full);
    }
    if (entry->state != NeighbourState::incomplete) {
        return wire::drop(wire::DropReason::neighbour_unresolved);
    }
    if (entry->waiting.size() >= limits_.waiting_per_entry && !entry->waiting.empty()) {
        waiting_bytes_ -= entry->waiting.front().buffer.size();
        entry->waiting.erase(entry->waiting.begin());
        ++lost_;
    }
    const std::size_t bytes = device::min_headroom_bytes + std::size_t{frame.size};
    if (waiting_bytes_ + bytes > limits_.waiting_bytes) {
        return wire::drop(wire::DropReason::neighbour_queue_full);
    }
    WaitingPacket packet;
    packet.buffer.resize(bytes);
    std::memcpy(packet.buffer.data() + device::min_headroom_bytes, frame.data, frame.size);
    packet.meta = frame.meta;
    packet.report_failure = report_failure;
    entry->waiting.push_back(std::move(packet));
    waiting_bytes_ += bytes;
    return {};
}

bool NeighbourTable::learn(const NeighbourKey& key, const Mac& mac, Told told, Instant now) {
    Entry* entry = entries_.find(key);
    if (entry == nullptr) {
        // A question is worth an entry only while there is room: pushing others out for it would let a
        // stranger empty the table with made-up senders.
        if (told != Told::question || entries_.size() >= limits_.entries) {
            return false;
        }
        entry = make_entry(key, now);
        accept(key, *entry, mac, NeighbourState::stale, now);
        return true;
    }
    if (told == Told::reply) {
        accept(key, *entry, mac, NeighbourState::reachable, now);
    } else if (entry->mac != mac || is_unanswered(entry->state)) {
        accept(key, *entry, mac, NeighbourState::stale, now); // confirmed by a probe when it is used
    }
    return true;
}

void NeighbourTable::forget_interface(InterfaceId interface) {
    std::vector<NeighbourKey> gone;
    entries_.for_each([&](const NeighbourKey& key, Entry& entry) {
        if (key.interface == interface) {
            for (const WaitingPacket& packet : entry.waiting) {
                waiting_bytes_ -= packet.buffer.size();
            }
            unanswered_ -= is_unanswered(entry.state) ? 1 : 0;
            gone.push_back(key);
        }
    });
    for (const NeighbourKey& key : gone) {
        entries_.erase(key);
    }
}

void NeighbourTable::poll(Instant now) {
    if (now < next_) {
        return;
    }
    next_ = Instant::max();
    std::vector<NeighbourKey> gone;
    entries_.for_each([&](const NeighbourKey& key, Entry& entry) {
        if (now < entry.deadline) {
            set_deadline(entry, entry.deadline);
            return;
        }
        switch (entry.state) {
        case NeighbourState::incomplete:
            if (entry.tries < limits_.broadcast_tries) {
                ask(key, entry, NeighbourState::incomplete, now);
            } else {
                take_waiting(entry, key, Mac{}, failed_);
                set_state(entry, NeighbourState::failed);
                set_deadline(entry, now + limits_.failed_pause);
            }
            break;
        case NeighbourState::probe:
            // Nobody at the old address: ask everybody, and let packets wait from now on.
            ask(key, entry,
                entry.tries < limits_.unicast_tries ? NeighbourState::probe : NeighbourState::incomplete,
                now);
            break;
        case NeighbourState::reachable:
        case NeighbourState::stale:
            if (entry.used + limits_.forget <= now) {
                gone.push_back(key);
            } else {
                set_deadline(entry, entry.used + limits_.forget);
            }
            break;
        case NeighbourState::failed:
            gone.push_back(key);
            break;
        }
    });
    for (const NeighbourKey& key : gone) {
        unanswered_ -= is_unanswered(entries_.find(key)->state) ? 1 : 0;
        entries_.erase(key);
    }
}

std::vector<NeighbourInfo> NeighbourTable::entries(Instant now) const {
    std::vector<NeighbourInfo> out;
    out.reserve(entries_.size());
    entries_.for_each(
        [&](const NeighbourKey& key, const Entry& entry) { out.push_back(info_of(key, entry, now)); });
    return out;
}

std::optional<NeighbourInfo> NeighbourTable::find(const NeighbourKey& key, Instant now) const {
    const Entry* entry = entries_.find(key);
    return entry == nullptr ? std::nullopt : std::optional(info_of(key, *entry, now));
}

NeighbourInfo NeighbourTable::info_of(const NeighbourKey& key, const Entry& entry, Instant now) const {
    const bool aged = entry.state == NeighbourState::reachable && now >= entry.fresh_until;
    return {key, aged ? NeighbourState::stale : entry.state, entry.mac, entry.waiting.size()};
}

NeighbourTable::Entry* NeighbourTable::make_entry(const NeighbourKey& key, Instant now) {
    if (entries_.size() >= limits_.entries && !make_room()) {
        return nullptr;
    }
    Entry& entry = entries_[key];
    entry.used = now;
    ++unanswered_; // starts incomplete
    return &entry;
}

// Pushes out the answered neighbour that was not used for the longest time.
bool NeighbourTable::make_room() {
    std::optional<NeighbourKey> victim;
    Instant oldest = Instant::max();
    entries_.for_each([&](const NeighbourKey& key, Entry& entry) {
        if (!is_unanswered(entry.state) && entry.used < oldest) {
            oldest = entry.used;
            victim = key;
        }
    });
    return victim && entries_.erase(*victim);
}

void NeighbourTable::ask(const NeighbourKey& key, Entry& entry, NeighbourState state, Instant now) {
    entry.tries = entry.state == state ? entry.tries + 1 : 1;
    set_state(entry, state);
    set_deadline(entry, now + limits_.retransmit);
    questions_.push_back({key, state == NeighbourState::probe ? std::optional(entry.mac) : std::nullopt});
}

void NeighbourTable::accept(const NeighbourKey& key, Entry& entry, const Mac& mac, NeighbourState state,
                            Instant now) {
    entry.mac = mac;
    entry.tries = 0;
    entry.used = now;
    entry.fresh_until = now + limits_.reachable;
    set_state(entry, state);
    set_deadline(entry, now + limits_.forget);
    if (!entry.waiting.empty()) {
        take_waiting(entry, key, mac, released_);
    }
}

void NeighbourTable::take_waiting(Entry& entry, const NeighbourKey& key, const Mac& mac,
                                  std::vector<Released>& to) {
    for (const WaitingPacket& packet : entry.waiting) {
        waiting_bytes_ -= packet.buffer.size();
    }
    to.push_back({key, mac, std::move(entry.waiting)});
    entry.waiting.clear();
}

void NeighbourTable::set_state(Entry& entry, NeighbourState state) {
    unanswered_ -= is_unanswered(entry.state) ? 1 : 0;
    unanswered_ += is_unanswered(state) ? 1 : 0;
    entry.state = state;
}

void NeighbourTable::set_deadline(Entry& entry, Instant deadline) {
    entry.deadline = deadline;
    next_ = std::min(next_, deadline);
}

} // namespace fulcrum::stack
