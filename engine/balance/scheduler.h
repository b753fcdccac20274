// Which server gets a new flow. Schedulers see a pool's servers and the flow's endpoints, keep what little
// state they need, and choose only among servers that accept.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/balance/flow_record.h"
#include "engine/balance/server.h"
#include "engine/base/clock.h"

namespace fulcrum::balance {

struct Pick {
    std::uint32_t server = 0; // index into the pool
    PickReason reason = PickReason::round_robin;
    std::uint32_t value = 0; // what PickReason says it is
};

// "least-connections: 3 active", "round-robin", …
std::string explain(PickReason reason, std::uint32_t value);

class Scheduler {
public:
    virtual ~Scheduler() = default;

    // None when no server accepts. `flow`: client → VIP.
    virtual std::optional<Pick> pick(std::span<Server> servers, const FlowKey& flow, Instant now) = 0;

    // A server's `accepts`, weight or address has changed since the last pick.
    virtual void servers_changed() {}
};

//   round_robin       each accepting server in turn, weights ignored
//   ratio             smooth weighted round robin: in any stretch of sum(weights) flows each server
//                     gets exactly its weight, spread evenly
//   least_connections fewest (active + 1) / weight; equals take turns
//   least_load        fewest recent bytes / weight, with a half-life of one second; in DSR only the
//                     client's bytes are seen; equals take turns
//   fastest_response  smallest response time × (active + 1) / weight; the response time is that of the
//                     health probes, smoothed over about eight. A server not measured yet counts as fast
//                     as the fastest; with no measurement at all it is least_connections
//   maglev            consistent hash of the flow's endpoints (maglev.h)
std::unique_ptr<Scheduler> make_scheduler(engine::Algorithm algorithm);

} // namespace fulcrum::balance
