#include "engine/balance/pool.h"

namespace fulcrum::balance {

Pool::Pool(const engine::PoolConfig& config, const FlowHasher& hasher)
    : config_(config), scheduler_(make_scheduler(config.algorithm)) {
    for (const engine::ServerConfig& server : config.servers) {
        servers_.push_back(Server{.config = server});
        servers_.back().up = servers_.back().judged = config.health.empty();
    }
    if (config.persistence == engine::Persistence::source_ip) {
        persistence_.emplace(config.persistence_timeout, hasher);
    }
}

std::optional<Pick> Pool::pick(const FlowKey& flow, Instant now) {
    if (persistence_) {
        const auto last = persistence_->find(flow.source, now);
        if (last && servers_[*last].accepts()) {
            return Pick{*last, PickReason::source_ip, 0};
        }
    }
    const auto picked = scheduler_->pick(servers_, flow, now);
    if (picked && persistence_) {
        persistence_->remember(flow.source, picked->server, now);
    }
    return picked;
}

void Pool::correct(const FlowKey& flow, std::uint32_t server, Instant now) {
    if (persistence_) {
        persistence_->remember(flow.source, server, now);
    }
}

void Pool::set_up(std::uint32_t server, bool up) {
    servers_[server].judged = true;
    if (servers_[server].up != up) {
        servers_[server].up = up;
        scheduler_->servers_changed();
    }
}

void Pool::note_failure(std::uint32_t index, Instant now) {
    Server& server = servers_[index];
    if (config_.passive_failures == 0 || server.out || ++server.failures < config_.passive_failures) {
        return;
    }
    const auto others = std::count_if(servers_.begin(), servers_.end(), [&server](const Server& other) {
        return &other != &server && other.accepts();
    });
    if (others == 0) {
        return;
    }
    server.out = true;
    server.failures = 0;
    server.back = now + config_.passive_out;
    next_back_ = std::min(next_back_, server.back);
    scheduler_->servers_changed();
}

void Pool::bring_back(Instant now) {
    if (now < next_back_) {
        return;
    }
    next_back_ = Instant::max();
    for (Server& server : servers_) {
        server.out = server.out && now < server.back;
        if (server.out) {
            next_back_ = std::min(next_back_, server.back);
        }
    }
    scheduler_->servers_changed();
}

std::vector<std::optional<std::uint32_t>> Pool::succeed(Pool& old) {
    std::vector<std::optional<std::uint32_t>> moved(old.servers_.size());
    for (std::uint32_t was = 0; was < old.servers_.size(); ++was) {
        const Server& before = old.servers_[was];
        for (std::uint32_t is = 0; is < servers_.size(); ++is) {
            Server& server = servers_[is];
            if (server.config.address == before.config.address && server.config.port == before.config.port) {
                moved[was] = is;
                server.active = before.active;
                server.recent_bytes = before.recent_bytes;
                server.response_us = before.response_us;
                server.failures = before.failures;
                server.out = before.out && config_.passive_failures != 0;
                server.back = before.back;
                if (server.out) {
                    next_back_ = std::min(next_back_, server.back);
                }
                // Until the first probe under the new configuration.
                server.up = config_.health.empty() || before.up;
                server.judged = config_.health.empty() || before.judged;
            }
        }
    }
    if (persistence_ && old.persistence_) {
        persistence_ = std::move(old.persistence_);
        persistence_->set_timeout(config_.persistence_timeout);
        persistence_->renumber(moved);
    }
    const bool same_servers = config_.algorithm == old.config_.algorithm && moved.size() == servers_.size();
    bool in_place = same_servers;
    for (std::uint32_t was = 0; was < moved.size(); ++was) {
        in_place = in_place && moved[was] == was;
    }
    if (in_place) { // the same row of servers: whose turn it is goes on
        scheduler_ = std::move(old.scheduler_);
        scheduler_->servers_changed();
    }
    return moved;
}

} // namespace fulcrum::balance
