// A pool at work: its servers, its scheduler and whom it remembers.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/balance/persistence.h"
#include "engine/balance/scheduler.h"
#include "engine/balance/server.h"

namespace fulcrum::balance {

class Pool {
public:
    Pool(const engine::PoolConfig& config, const FlowHasher& hasher);

    const engine::PoolConfig& config() const { return config_; }
    std::vector<Server>& servers() { return servers_; }
    const std::vector<Server>& servers() const { return servers_; }
    bool measures_load() const { return config_.algorithm == engine::Algorithm::least_load; }

    // The server for a new flow: the client's last one while it accepts (source-IP persistence; cookies need
    // full proxy and count as none), else the scheduler's. None when no server accepts.
    std::optional<Pick> pick(const FlowKey& flow, Instant now);
    // The flow got another server than pick() said.
    void correct(const FlowKey& flow, std::uint32_t server, Instant now);

    void set_up(std::uint32_t server, bool up);
    // Passive health: what clients' connections found out. The last server that accepts is never taken out.
    void note_failure(std::uint32_t server, Instant now);
    void note_success(std::uint32_t server) { servers_[server].failures = 0; }
    void bring_back(Instant now); // whose time is over
    Instant next_back() const { return next_back_; }

    // Takes over what a predecessor of the same name knows: health, active flows, load, persistence. Returns,
    // for each of its servers, the index here, or none when it is gone. Servers are the same when address and
    // port are.
    std::vector<std::optional<std::uint32_t>> succeed(Pool& old);

private:
    engine::PoolConfig config_;
    std::vector<Server> servers_;
    std::unique_ptr<Scheduler> scheduler_;
    std::optional<PersistenceTable> persistence_;
    Instant next_back_ = Instant::max();
};

} // namespace fulcrum::balance
