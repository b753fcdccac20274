// One server of a pool, as the schedulers see it.
#pragma once

#include <cstdint>

#include "engine/base/clock.h"
#include "engine/control/config.h"

namespace fulcrum::balance {

struct Server {
    engine::ServerConfig config;
    bool up = true;             // what health says; without health checks always true
    bool judged = true;         // health has said something about it
    std::uint64_t active = 0;   // flows it has now, of every service that uses the pool
    double recent_bytes = 0;    // decays with a half-life of one second (least load)
    std::uint32_t failures = 0; // in a row, as passive health counts them
    bool out = false;           // … which took it out until `back`
    Instant back{};
    std::uint32_t response_us = 0; // smoothed answer time of its health probes; 0: never measured

    // Takes new flows. One that does not keeps those it has.
    bool accepts() const { return up && !out && config.enabled && !config.drain; }
};

} // namespace fulcrum::balance
