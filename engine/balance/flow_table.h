// All balanced flows of one worker, found by the key of a packet of either direction with one hash look-up.
//
// Open addressing with linear probing over 8-byte slots, four slots a flow (two keys a flow: at most half
// full). Memory: 176 bytes a record + 32 bytes of slots = 208 bytes a flow, reserved for max_flows as address
// space at the start and touched only as flows come. Nothing is allocated and nothing is moved afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/balance/flow_record.h"

namespace fulcrum::balance {

class FlowTable {
public:
    static constexpr std::size_t slots_per_flow = 4;
    static constexpr std::size_t bytes_per_flow = sizeof(FlowRecord) + slots_per_flow * sizeof(std::uint64_t);

    struct Hit {
        FlowRecord* flow = nullptr; // null: no such flow
        Direction direction = Direction::in;
    };
    enum class Refusal : std::uint8_t { none, full, key_taken };
    struct Inserted {
        FlowRecord* flow = nullptr;
        Refusal refusal = Refusal::none;
    };

    // max_flows: 1 to 2^30. Throws std::bad_alloc when even the address space cannot be had.
    FlowTable(std::uint32_t max_flows, const FlowHasher& hasher);

    Hit find(const FlowKey& key) const;
    bool contains(const FlowKey& key) const { return find(key).flow != nullptr; }

    // A new record with these keys (`out` may be unset) as the newest flow; all else has its default value.
    Inserted insert(const FlowKey& in, const FlowKey& out);
    void erase(FlowRecord& flow);
    // Replaces keys[1]; unset: none. A set one is of no flow.
    void set_return_key(FlowRecord& flow, const FlowKey& out);

    std::uint32_t index_of(const FlowRecord& flow) const {
        return static_cast<std::uint32_t>(&flow - records_.get());
    }
    FlowRecord& at(std::uint32_t index) { return records_[index]; }
    const FlowRecord& at(std::uint32_t index) const { return records_[index]; }

    // Live flows by age: newest(), then its `older`, until no_flow_index.
    std::uint32_t newest() const { return newest_; }
    std::uint32_t oldest() const { return oldest_; }
    std::uint32_t size() const { return size_; }
    std::uint32_t max_flows() const { return max_flows_; }

private:
    // High half: tag (low hash bits); low half: record index * 2 + direction + 1; 0: empty.
    using Slot = std::uint64_t;

    struct Unmap {
        std::size_t bytes = 0;
        void operator()(void* memory) const;
    };
    template <class T>
    using Mapped = std::unique_ptr<T[], Unmap>;
    template <class T>
    static Mapped<T> map(std::size_t count);

    std::size_t home_of(std::uint64_t hash) const { // spreads the high half of the hash over all slots
        return static_cast<std::size_t>(((hash >> 32) * slot_count_) >> 32);
    }
    std::size_t next(std::size_t slot) const { return slot + 1 == slot_count_ ? 0 : slot + 1; }
    const FlowKey& key_in(Slot slot) const;
    void put(const FlowKey& key, std::uint32_t index, Direction direction);
    void take_out(const FlowKey& key);

    FlowHasher hasher_;
    std::uint32_t max_flows_;
    std::uint64_t slot_count_;
    Mapped<Slot> slots_;
    Mapped<FlowRecord> records_;
    std::uint32_t size_ = 0;
    std::uint32_t ever_used_ = 0;              // records beyond were never touched
    std::uint32_t first_free_ = no_flow_index; // linked by `older`
    std::uint32_t newest_ = no_flow_index, oldest_ = no_flow_index;
};
static_assert(FlowTable::bytes_per_flow == 208);

} // namespace fulcrum::balance
