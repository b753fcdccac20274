#include "engine/balance/scheduler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "engine/balance/maglev.h"

namespace fulcrum::balance {

namespace {

class RoundRobin final : public Scheduler {
public:
    std::optional<Pick> pick(std::span<Server> servers, const FlowKey&, Instant) override {
        for (std::size_t step = 0; step < servers.size(); ++step) {
            const std::size_t at = (next_ + step) % servers.size();
            if (servers[at].accepts()) {
                next_ = at + 1;
                return Pick{static_cast<std::uint32_t>(at), PickReason::round_robin, 0};
            }
        }
        return std::nullopt;
    }

private:
    std::size_t next_ = 0;
};

// Every server's credit grows by its weight each time; the richest is taken and pays the sum of all weights.
class SmoothRatio final : public Scheduler {
public:
    std::optional<Pick> pick(std::span<Server> servers, const FlowKey&, Instant) override {
        credit_.resize(servers.size(), 0);
        std::int64_t total = 0;
        std::optional<std::size_t> best;
        for (std::size_t i = 0; i < servers.size(); ++i) {
            if (!servers[i].accepts()) {
                continue;
            }
            credit_[i] += servers[i].config.weight;
            total += servers[i].config.weight;
            if (!best || credit_[i] > credit_[*best]) {
                best = i;
            }
        }
        if (!best) {
            return std::nullopt;
        }
        credit_[*best] -= total;
        return Pick{static_cast<std::uint32_t>(*best), PickReason::ratio, servers[*best].config.weight};
    }
    // A server that was away must not come back with the credit of its absence, or debt of its past.
    void servers_changed() override { credit_.clear(); }

private:
    std::vector<std::int64_t> credit_;
};

// The server with the lowest score; equal scores take turns, so that idle servers share evenly.
template <class Score>
std::optional<std::size_t> lowest(std::span<const Server> servers, std::size_t& turn, Score&& score) {
    std::optional<std::size_t> best;
    double best_score = std::numeric_limits<double>::infinity();
    for (std::size_t step = 0; step < servers.size(); ++step) {
        const std::size_t at = (turn + step) % servers.size();
        if (!servers[at].accepts()) {
            continue;
        }
        const double s = score(servers[at]);
        if (!best || s < best_score) {
            best = at;
            best_score = s;
        }
    }
    if (best) {
        turn = *best + 1;
    }
    return best;
}

double connections_score(const Server& s) {
    return static_cast<double>(s.active + 1) / s.config.weight;
}

std::uint32_t clamped(std::uint64_t value) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

class LeastConnections final : public Scheduler {
public:
    std::optional<Pick> pick(std::span<Server> servers, const FlowKey&, Instant) override {
        const auto best = lowest(servers, turn_, connections_score);
        if (!best) {
            return std::nullopt;
        }
        return Pick{static_cast<std::uint32_t>(*best), PickReason::least_connections,
                    clamped(servers[*best].active)};
    }

private:
    std::size_t turn_ = 0;
};

class LeastLoad final : public Scheduler {
public:
    std::optional<Pick> pick(std::span<Server> servers, const FlowKey&, Instant now) override {
        decay(servers, now);
        const auto best =
            lowest(servers, turn_, [](const Server& s) { return s.recent_bytes / s.config.weight; });
        if (!best) {
            return std::nullopt;
        }
        // A flow that has not sent yet counts a little, or a burst of new flows would all go to one server.
        servers[*best].recent_bytes += new_flow_bytes;
        return Pick{static_cast<std::uint32_t>(*best), PickReason::least_load,
                    clamped(static_cast<std::uint64_t>(servers[*best].recent_bytes - new_flow_bytes))};
    }

private:
    static constexpr double new_flow_bytes = 64;

    void decay(std::span<Server> servers, Instant now) {
        const std::chrono::duration<double> passed = now - decayed_;
        if (passed.count() < 0.01) {
            return;
        }
        decayed_ = now;
        const double factor = std::exp2(-passed.count());
        for (Server& s : servers) {
            s.recent_bytes *= factor;
        }
    }

    Instant decayed_{};
    std::size_t turn_ = 0;
};

class FastestResponse final : public Scheduler {
public:
    std::optional<Pick> pick(std::span<Server> servers, const FlowKey&, Instant) override {
        std::uint32_t fastest = std::numeric_limits<std::uint32_t>::max();
        for (const Server& s : servers) {
            if (s.accepts() && s.response_us != 0) {
                fastest = std::min(fastest, s.response_us);
            }
        }
        const auto best = lowest(servers, turn_, [fastest](const Server& s) {
            return connections_score(s) * (s.response_us != 0 ? s.response_us : fastest);
        });
        if (!best) {
            return std::nullopt;
        }
        return Pick{static_cast<std::uint32_t>(*best), PickReason::fastest_response,
                    servers[*best].response_us};
    }

private:
    std::size_t turn_ = 0;
};

class MaglevHash final : public Scheduler {
public:
    std::optional<Pick> pick(std::span<Server> servers, const FlowKey& flow, Instant) override {
        if (stale_) {
            std::vector<MaglevBackend> backends;
            for (std::size_t i = 0; i < servers.size(); ++i) {
                if (servers[i].accepts()) {
                    const engine::ServerConfig& c = servers[i].config;
                    backends.push_back(
                        {maglev_identity(c.address, c.port), c.weight, static_cast<std::uint32_t>(i)});
                }
            }
            table_ = MaglevTable(std::move(backends));
            stale_ = false;
        }
        const auto server = table_.lookup(maglev_hash(flow));
        if (!server) {
            return std::nullopt;
        }
        return Pick{*server, PickReason::maglev, 0};
    }
    void servers_changed() override { stale_ = true; }

private:
    MaglevTable table_;
    bool stale_ = true;
};

} // namespace

std::string explain(PickReason reason, std::uint32_t value) {
    switch (reason) {
    case PickReason::round_robin:
        return "round-robin";
    case PickReason::ratio:
        return fmt::format("ratio: weight {}", value);
    case PickReason::least_connections:
        return fmt::format("least-connections: {} active", value);
    case PickReason::least_load:
        return fmt::format("least-load: {} bytes lately", value);
    case PickReason::fastest_response:
        return value == 0 ? "fastest-response: nothing measured yet"
                          : fmt::format("fastest-response: {}.{:03} ms", value / 1000, value % 1000);
    case PickReason::maglev:
        return "maglev";
    case PickReason::source_ip:
        return "persistence: source-ip";
    case PickReason::adopted:
        return "maglev: began before this engine did";
    case PickReason::second_choice:
        return "second choice: the first did not answer, or has no free port";
    case PickReason::cookie:
        return "persistence: cookie";
    }
    return {};
}

std::unique_ptr<Scheduler> make_scheduler(engine::Algorithm algorithm) {
    switch (algorithm) {
    case engine::Algorithm::round_robin:
        return std::make_unique<RoundRobin>();
    case engine::Algorithm::ratio:
        return std::make_unique<SmoothRatio>();
    case engine::Algorithm::least_connections:
        return std::make_unique<LeastConnections>();
    case engine::Algorithm::least_load:
        return std::make_unique<LeastLoad>();
    case engine::Algorithm::fastest_response:
        return std::make_unique<FastestResponse>();
    case engine::Algorithm::maglev:
        return std::make_unique<MaglevHash>();
    }
    return std::make_unique<RoundRobin>();
}

} // namespace fulcrum::balance
