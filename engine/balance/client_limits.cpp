#include "engine/balance/client_limits.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace fulcrum::balance {

namespace {
constexpr Duration rate_memory = std::chrono::seconds(1); // a bucket is full again by then
}

void ClientLimits::fill(const engine::LimitsConfig& limits, Client& client, Instant now) {
    const double rate = limits.client_rate_per_s;
    const bool fresh = client.filled == Instant{};
    const double seconds = std::chrono::duration<double>(now - client.filled).count();
    client.credit = fresh ? rate : std::min(rate, client.credit + seconds * rate);
    client.filled = now;
}

bool ClientLimits::may_begin(const engine::LimitsConfig& limits, std::uint32_t service, std::uint32_t address,
                             Instant now) {
    const auto found = clients_.find(key_of(service, address));
    if (found == clients_.end()) {
        return true;
    }
    Client& client = found->second;
    if (limits.client_connections != 0 && client.active >= limits.client_connections) {
        return false;
    }
    if (limits.client_rate_per_s == 0) {
        return true;
    }
    fill(limits, client, now);
    return client.credit >= 1;
}

void ClientLimits::begin(const engine::LimitsConfig& limits, std::uint32_t service, std::uint32_t address,
                         Instant now) {
    if (clients_.size() >= most_clients && now >= next_sweep_) {
        next_sweep_ = now + sweep_interval;
        forget_idle(now);
    }
    Client& client = clients_[key_of(service, address)];
    ++client.active;
    if (limits.client_rate_per_s != 0) {
        fill(limits, client, now);
        client.credit -= 1;
    }
}

void ClientLimits::end(std::uint32_t service, std::uint32_t address) {
    const auto found = clients_.find(key_of(service, address));
    if (found == clients_.end() || found->second.active == 0) {
        return; // began before there was a limit
    }
    if (--found->second.active == 0 && found->second.filled == Instant{}) {
        clients_.erase(found);
    }
}

void ClientLimits::rename(std::uint32_t from, std::uint32_t to) {
    std::vector<std::pair<FlowKey, Client>> moved;
    for (const auto& [key, client] : clients_) {
        if (key.destination == from) {
            moved.emplace_back(key_of(to, key.source), client);
        }
    }
    std::erase_if(clients_, [from](const auto& entry) { return entry.first.destination == from; });
    for (const auto& [key, client] : moved) {
        clients_.insert_or_assign(key, client);
    }
}

void ClientLimits::forget_active() {
    for (auto& [key, client] : clients_) {
        client.active = 0;
    }
    std::erase_if(clients_, [](const auto& entry) { return entry.second.filled == Instant{}; });
}

void ClientLimits::count_again(std::uint32_t service, std::uint32_t address) {
    ++clients_[key_of(service, address)].active;
}

void ClientLimits::forget_idle(Instant now) {
    std::erase_if(clients_, [now](const auto& entry) {
        return entry.second.active == 0 && entry.second.filled + rate_memory < now;
    });
}

} // namespace fulcrum::balance
