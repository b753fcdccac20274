// Maglev consistent hashing (Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer",
// NSDI 2016, section 3.4), with weights.
//
// Each backend walks its own permutation of the table's slots; in turn each claims the next slot of its walk
// that is free. Shares come out even to well below 1 %, and when one of N backends goes, little more than its
// own 1/N of the slots changes hands. Everything depends on the backends' identities alone, not on their
// order or on this process: every engine with the same backends has the same table, so any of them can take
// over a flow.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/balance/flow_key.h"
#include "engine/base/address.h"

namespace fulcrum::balance {

struct MaglevBackend {
    std::uint64_t identity = 0; // hash of what makes the backend itself: maglev_identity
    std::uint32_t weight = 1;   // at least 1
    std::uint32_t index = 0;    // what lookup() returns
};

std::uint64_t maglev_identity(const IpAddress& address, std::uint16_t port);
std::uint64_t maglev_hash(const FlowKey& flow); // the same in every engine; the VRF index is left out

class MaglevTable {
public:
    static constexpr std::uint32_t size = 65537; // prime, so that every step width walks all slots

    MaglevTable() = default;                                   // looks nothing up
    explicit MaglevTable(std::vector<MaglevBackend> backends); // about a millisecond for a few backends

    std::optional<std::uint32_t> lookup(std::uint64_t hash) const {
        return slots_.empty() ? std::nullopt : std::optional(slots_[hash % size]);
    }
    const std::vector<std::uint32_t>& slots() const {
        return slots_;
    } // backend index each; empty without backends

private:
    std::vector<std::uint32_t> slots_;
};

} // namespace fulcrum::balance
