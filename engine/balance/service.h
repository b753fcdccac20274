// A virtual service at work, and how a packet's destination finds it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/balance/name_table.h"
#include "engine/balance/pool.h"
#include "engine/stack/ids.h"

namespace fulcrum::balance {

class ModeHandler;

// What one server did for one service.
struct Tally {
    std::uint64_t connections = 0, active = 0;
    std::uint64_t bytes[2] = {0, 0}; // by Direction
};

// A pool as one service uses it.
struct PoolUse {
    std::uint32_t pool = 0;     // index into ServiceTable::pools
    std::vector<Tally> tallies; // by server of the pool
};

struct Service {
    engine::ServiceConfig config;
    stack::VrfId vrf;
    std::vector<PoolUse> uses;         // the service's own pool, then those of its rules, each once
    const ModeHandler* mode = nullptr; // null: not available, `unavailable` says why
    std::string unavailable;
    std::uint32_t name = 0, vrf_name = 0; // NameTable
    std::uint64_t active = 0;             // flows it has now, also those that have no server yet
    Tally ended;                          // of servers that are gone: the service's totals never shrink
};

// One port of one service.
struct Endpoint {
    std::uint32_t service = 0; // index into ServiceTable::services
    engine::ServicePort port;
};

// A VIP: every endpoint that shares the address, and what its closed ports do (the first service decides).
struct Vip {
    std::uint32_t first_service = 0;
    std::vector<Endpoint> endpoints;
    const Endpoint* find(std::uint8_t protocol, std::uint16_t port) const;
};

// The services and pools of one configuration.
struct ServiceTable {
    std::vector<Service> services;
    std::vector<Pool> pools;
    std::vector<std::vector<std::uint32_t>> server_names; // by pool and server; NameTable
    std::unordered_map<std::uint64_t, Vip> vips;          // by key_of

    static std::uint64_t key_of(stack::VrfId vrf, std::uint32_t address) {
        return (std::uint64_t{vrf.value} << 32) | address;
    }
    const Vip* find_vip(stack::VrfId vrf, std::uint32_t address) const;

    // The port a new flow's server is asked on: the server's own, else the service's translation, else as it
    // came.
    static std::uint16_t server_port(const Server& server, const engine::ServicePort& port);
};

} // namespace fulcrum::balance
