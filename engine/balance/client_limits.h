// What each client has of each service, where a service limits that (SPEC M13). An entry lives while its
// client has connections or has used up part of its rate; a service without limits costs nothing here.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "engine/balance/flow_key.h"
#include "engine/base/clock.h"
#include "engine/control/config.h"

namespace fulcrum::balance {

class ClientLimits {
public:
    static constexpr std::size_t most_clients = 1U << 18; // about 16 MB; then idle ones are forgotten first

    explicit ClientLimits(const FlowHasher& hasher) : clients_(0, Hash{hasher}) {}

    static bool apply(const engine::LimitsConfig& limits) {
        return limits.client_connections != 0 || limits.client_rate_per_s != 0;
    }
    // Whether one more connection of a client may begin now; takes nothing. `service`: its name's number.
    bool may_begin(const engine::LimitsConfig& limits, std::uint32_t service, std::uint32_t client,
                   Instant now);
    void begin(const engine::LimitsConfig& limits, std::uint32_t service, std::uint32_t client, Instant now);
    void end(std::uint32_t service, std::uint32_t client);

    // A change of configuration. What a service's clients have used up of their rate goes on under its new
    // name; what they have at once is counted anew from the connections that live on.
    void rename(std::uint32_t from, std::uint32_t to);
    void forget_active();
    void count_again(std::uint32_t service, std::uint32_t client);

private:
    struct Client {
        std::uint32_t active = 0;
        double credit = 0; // connections it may begin: fills at the rate, holds one second's worth
        Instant filled{};
    };
    struct Hash {
        FlowHasher hasher;
        std::size_t operator()(const FlowKey& key) const { return hasher(key); }
    };
    static FlowKey key_of(std::uint32_t service, std::uint32_t client) {
        return {.source = client, .destination = service};
    }
    static void fill(const engine::LimitsConfig& limits, Client& client, Instant now);
    void forget_idle(Instant now);

    static constexpr Duration sweep_interval = std::chrono::seconds(1);
    std::unordered_map<FlowKey, Client, Hash> clients_;
    Instant next_sweep_{};
};

} // namespace fulcrum::balance
