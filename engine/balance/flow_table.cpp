#include "engine/balance/flow_table.h"

#include <cassert>
#include <new>
#include <sys/mman.h>

namespace fulcrum::balance {

void FlowTable::Unmap::operator()(void* memory) const {
    ::munmap(memory, bytes);
}

template <class T>
FlowTable::Mapped<T> FlowTable::map(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    void* memory =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc();
    }
    return Mapped<T>(static_cast<T*>(memory), Unmap{bytes});
}

FlowTable::FlowTable(std::uint32_t max_flows, const FlowHasher& hasher)
    : hasher_(hasher), max_flows_(max_flows), slot_count_(std::uint64_t{max_flows} * slots_per_flow),
      slots_(map<Slot>(slot_count_)), records_(map<FlowRecord>(max_flows)) {
    assert(max_flows > 0 && max_flows <= (1U << 30));
}

const FlowKey& FlowTable::key_in(Slot slot) const {
    const std::uint32_t reference = static_cast<std::uint32_t>(slot) - 1;
    return records_[reference >> 1].keys[reference & 1];
}

FlowTable::Hit FlowTable::find(const FlowKey& key) const {
    const std::uint64_t hash = hasher_(key);
    for (std::size_t at = home_of(hash); slots_[at] != 0; at = next(at)) {
        const Slot slot = slots_[at];
        if (slot >> 32 == (hash & 0xffffffffU) && key_in(slot) == key) {
            const std::uint32_t reference = static_cast<std::uint32_t>(slot) - 1;
            return {&records_[reference >> 1], static_cast<Direction>(reference & 1)};
        }
    }
    return {};
}

void FlowTable::put(const FlowKey& key, std::uint32_t index, Direction direction) {
    const std::uint64_t hash = hasher_(key);
    std::size_t at = home_of(hash);
    while (slots_[at] != 0) {
        at = next(at);
    }
    slots_[at] = (hash << 32) | (index * 2 + static_cast<std::uint32_t>(direction) + 1);
}

void FlowTable::take_out(const FlowKey& key) {
    const std::uint64_t hash = hasher_(key);
    std::size_t hole = home_of(hash);
    while (slots_[hole] >> 32 != (hash & 0xffffffffU) || !(key_in(slots_[hole]) == key)) {
        assert(slots_[hole] != 0);
        hole = next(hole);
    }
    // Backward shift: every slot of the run that may sit earlier moves into the hole, so no tombstones are
    // left.
    for (std::size_t at = next(hole); slots_[at] != 0; at = next(at)) {
        const std::size_t home = home_of(hasher_(key_in(slots_[at])));
        const std::size_t from_home = at >= home ? at - home : at + slot_count_ - home;
        const std::size_t from_hole = at >= hole ? at - hole : at + slot_count_ - hole;
        if (from_home >= from_hole) {
            slots_[hole] = slots_[at];
            hole = at;
        }
    }
    slots_[hole] = 0;
}

FlowTable::Inserted FlowTable::insert(const FlowKey& in, const FlowKey& out) {
    if (size_ == max_flows_) {
        return {nullptr, Refusal::full};
    }
    if (contains(in) || (out.is_set() && contains(out))) {
        return {nullptr, Refusal::key_taken};
    }
    std::uint32_t index = first_free_;
    if (index != no_flow_index) {
        first_free_ = records_[index].older;
    } else {
        index = ever_used_++;
    }
    FlowRecord& flow = *new (&records_[index]) FlowRecord;
    flow.keys[0] = in;
    flow.keys[1] = out;
    put(in, index, Direction::in);
    if (out.is_set()) {
        put(out, index, Direction::out);
    }
    flow.older = newest_;
    (newest_ == no_flow_index ? oldest_ : records_[newest_].newer) = index;
    newest_ = index;
    ++size_;
    return {&flow, Refusal::none};
}

void FlowTable::set_return_key(FlowRecord& flow, const FlowKey& out) {
    if (flow.keys[1].is_set()) {
        take_out(flow.keys[1]);
    }
    flow.keys[1] = out;
    if (out.is_set()) {
        put(out, index_of(flow), Direction::out);
    }
}

void FlowTable::erase(FlowRecord& flow) {
    const std::uint32_t index = index_of(flow);
    take_out(flow.keys[0]);
    if (flow.keys[1].is_set()) {
        take_out(flow.keys[1]);
    }
    (flow.newer == no_flow_index ? newest_ : records_[flow.newer].older) = flow.older;
    (flow.older == no_flow_index ? oldest_ : records_[flow.older].newer) = flow.newer;
    flow.older = first_free_;
    first_free_ = index;
    --size_;
}

} // namespace fulcrum::balance
