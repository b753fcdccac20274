// Schedulers over plain servers: shares, order, and what they do when servers come and go.
#include <gtest/gtest.h>

#include <map>

#include "engine/balance/pool.h"

namespace fulcrum::balance {
namespace {

using engine::Algorithm;

std::vector<Server> servers(const std::vector<std::uint16_t>& weights) {
    std::vector<Server> out;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        out.push_back({.config = {.name = "s" + std::to_string(i),
                                  .address = IpAddress::v4(0x0a010100U + static_cast<std::uint32_t>(i)),
                                  .weight = weights[i]}});
    }
    return out;
}

FlowKey flow(std::uint32_t n) {
    return {.source = 0xac100000U + n % 251,
            .destination = 0x0a010164,
            .source_port = static_cast<std::uint16_t>(1024 + n),
            .destination_port = 80,
            .protocol = 6};
}

constexpr Instant now{std::chrono::hours(1)};

TEST(Scheduler, ratio_is_exact_in_every_round_and_spread_evenly) {
    auto row = servers({4, 2, 1});
    const auto scheduler = make_scheduler(Algorithm::ratio);
    for (int round = 0; round < 100; ++round) {
        std::string order;
        for (std::uint32_t i = 0; i < 7; ++i) {
            order += std::to_string(scheduler->pick(row, flow(i), now)->server);
        }
        EXPECT_EQ(order, "0102010") << "round " << round;
    }
}

TEST(Scheduler, only_servers_that_accept_are_picked) {
    for (const Algorithm algorithm :
         {Algorithm::round_robin, Algorithm::ratio, Algorithm::least_connections, Algorithm::least_load,
          Algorithm::fastest_response, Algorithm::maglev}) {
        auto row = servers({1, 1, 1, 1});
        const auto scheduler = make_scheduler(algorithm);
        row[0].up = false;
        row[1].config.enabled = false;
        row[2].config.drain = true;
        scheduler->servers_changed();
        for (std::uint32_t i = 0; i < 100; ++i) {
            ASSERT_EQ(scheduler->pick(row, flow(i), now)->server, 3U) << name_of(algorithm);
        }
        row[3].up = false;
        scheduler->servers_changed();
        EXPECT_EQ(scheduler->pick(row, flow(1), now), std::nullopt);
        std::vector<Server> none;
        EXPECT_EQ(scheduler->pick(none, flow(1), now), std::nullopt);
    }
}

TEST(Scheduler, ratio_gives_a_returning_server_its_share_and_no_more) {
    auto row = servers({1, 1});
    const auto scheduler = make_scheduler(Algorithm::ratio);
    row[1].up = false;
    scheduler->servers_changed();
    for (std::uint32_t i = 0; i < 50; ++i) {
        scheduler->pick(row, flow(i), now);
    }
    row[1].up = true;
    scheduler->servers_changed();
    int second = 0;
    for (std::uint32_t i = 0; i < 20; ++i) {
        second += scheduler->pick(row, flow(i), now)->server == 1 ? 1 : 0;
    }
    EXPECT_EQ(second, 10);
}

TEST(Scheduler, least_connections_levels_what_is_uneven) {
    auto row = servers({1, 1, 2});
    const auto scheduler = make_scheduler(Algorithm::least_connections);
    row[0].active = 30;
    row[1].active = 0;
    row[2].active = 20;
    for (std::uint32_t i = 0; i < 70; ++i) {
        const auto pick = scheduler->pick(row, flow(i), now);
        EXPECT_EQ(pick->value, row[pick->server].active);
        ++row[pick->server].active;
    }
    EXPECT_EQ(row[0].active, 30U);
    EXPECT_EQ(row[1].active, 30U);
    EXPECT_EQ(row[2].active, 60U) << "twice the weight";
    EXPECT_EQ(explain(PickReason::least_connections, 3), "least-connections: 3 active");
}

TEST(Scheduler, least_load_avoids_the_busy_and_forgets) {
    auto row = servers({1, 1});
    const auto scheduler = make_scheduler(Algorithm::least_load);
    Instant t = now;
    scheduler->pick(row, flow(0), t);
    row[0].recent_bytes = 1'000'000;
    for (std::uint32_t i = 0; i < 10; ++i) {
        EXPECT_EQ(scheduler->pick(row, flow(i), t)->server, 1U);
    }
    t += std::chrono::seconds(40);
    std::map<std::uint32_t, int> seen;
    for (std::uint32_t i = 0; i < 100; ++i) {
        ++seen[scheduler->pick(row, flow(i), t)->server];
    }
    EXPECT_NEAR(seen[0], 50, 2);
}

TEST(Scheduler, fastest_response_prefers_the_quick_but_not_beyond_its_queue) {
    auto row = servers({1, 1});
    row[0].response_us = 1000;
    row[1].response_us = 3000;
    const auto scheduler = make_scheduler(Algorithm::fastest_response);
    for (std::uint32_t i = 0; i < 400; ++i) {
        ++row[scheduler->pick(row, flow(i), now)->server].active;
    }
    EXPECT_NEAR(static_cast<double>(row[0].active), 300, 3);
    EXPECT_EQ(explain(PickReason::fastest_response, 1234), "fastest-response: 1.234 ms");
}

TEST(Pool, round_robin_goes_on_through_a_change_that_keeps_the_servers) {
    engine::PoolConfig config{.name = "p"};
    for (const Server& s : servers({1, 1, 1})) {
        config.servers.push_back(s.config);
    }
    Pool before(config, {});
    EXPECT_EQ(before.pick(flow(1), now)->server, 0U);
    config.servers[2].weight = 9;
    Pool after(config, {});
    const auto moved = after.succeed(before);
    EXPECT_EQ(moved, (std::vector<std::optional<std::uint32_t>>{0, 1, 2}));
    EXPECT_EQ(after.pick(flow(2), now)->server, 1U);
}

TEST(Pool, persistence_survives_a_change_and_follows_servers_to_new_places) {
    engine::PoolConfig config{.name = "p", .persistence = engine::Persistence::source_ip};
    for (const Server& s : servers({1, 1, 1})) {
        config.servers.push_back(s.config);
    }
    Pool before(config, {});
    before.pick(flow(0), now);
    const auto picked = before.pick(flow(1), now);
    ASSERT_EQ(picked->server, 1U);
    std::swap(config.servers[1], config.servers[2]);
    Pool after(config, {});
    after.succeed(before);
    const auto again = after.pick(flow(1), now);
    EXPECT_EQ(again->server, 2U);
    EXPECT_EQ(again->reason, PickReason::source_ip);
    after.set_up(2, false);
    EXPECT_NE(after.pick(flow(1), now)->server, 2U) << "a dead server is left";
}

TEST(Persistence, is_bounded_and_forgets_the_oldest_first) {
    PersistenceTable table(std::chrono::hours(1), {});
    constexpr std::size_t room = PersistenceTable::bucket_count * PersistenceTable::bucket_size;
    Instant t = now;
    for (std::uint32_t client = 0; client < 4 * room; ++client) {
        t += std::chrono::microseconds(1);
        table.remember(client, client % 7, t);
    }
    std::size_t known = 0;
    std::size_t known_of_the_last = 0;
    for (std::uint32_t client = 0; client < 4 * room; ++client) {
        if (const auto server = table.find(client, t)) {
            EXPECT_EQ(*server, client % 7);
            ++known;
            known_of_the_last += client >= 3 * room ? 1 : 0;
        }
    }
    EXPECT_LE(known, room);
    EXPECT_GT(known_of_the_last, room * 8 / 10);
}

} // namespace
} // namespace fulcrum::balance
