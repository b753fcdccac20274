// The flow table against a plain map, and its stated memory.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "engine/balance/flow_table.h"

namespace fulcrum::balance {
namespace {

FlowKey key(std::uint32_t n) {
    return {.source = 0xac100000U + n,
            .destination = 0x0a010164,
            .source_port = static_cast<std::uint16_t>(1024 + n % 7),
            .destination_port = 80,
            .protocol = 6};
}
FlowKey back(std::uint32_t n) {
    return {0x0a01010a, key(n).source, 80, key(n).source_port, 6, 0, 0};
}

TEST(FlowTable, a_flow_is_found_by_either_key) {
    FlowTable table(100, {});
    const auto inserted = table.insert(key(1), back(1));
    ASSERT_NE(inserted.flow, nullptr);
    EXPECT_EQ(table.find(key(1)).flow, inserted.flow);
    EXPECT_EQ(table.find(key(1)).direction, Direction::in);
    EXPECT_EQ(table.find(back(1)).flow, inserted.flow);
    EXPECT_EQ(table.find(back(1)).direction, Direction::out);
    EXPECT_EQ(table.find(key(2)).flow, nullptr);
    EXPECT_EQ(table.find(key(1).reversed()).flow, nullptr);
    FlowKey other_vrf = key(1);
    other_vrf.vrf = 1;
    EXPECT_EQ(table.find(other_vrf).flow, nullptr) << "the same endpoints in another VRF are another flow";
    FlowKey udp = key(1);
    udp.protocol = 17;
    EXPECT_EQ(table.find(udp).flow, nullptr);
    table.erase(*inserted.flow);
    EXPECT_EQ(table.find(key(1)).flow, nullptr);
    EXPECT_EQ(table.find(back(1)).flow, nullptr);
    EXPECT_EQ(table.size(), 0U);
}

TEST(FlowTable, a_key_that_is_taken_and_a_table_that_is_full_are_told_apart) {
    FlowTable table(2, {});
    ASSERT_NE(table.insert(key(1), back(1)).flow, nullptr);
    EXPECT_EQ(table.insert(key(1), back(9)).refusal, FlowTable::Refusal::key_taken);
    EXPECT_EQ(table.insert(key(9), back(1)).refusal, FlowTable::Refusal::key_taken);
    ASSERT_NE(table.insert(key(2), {}).flow, nullptr);
    EXPECT_EQ(table.insert(key(3), back(3)).refusal, FlowTable::Refusal::full);
    EXPECT_EQ(table.size(), 2U);
}

TEST(FlowTable, agrees_with_a_plain_map_over_a_million_random_steps) {
    constexpr std::uint32_t most = 3000;
    FlowTable table(most, {0x1234, 0x5678});
    std::map<std::uint32_t, std::uint64_t> model; // n → id
    std::mt19937 random(42);
    std::uint64_t next_id = 1;
    for (int step = 0; step < 1'000'000; ++step) {
        const auto n = static_cast<std::uint32_t>(random() % 5000);
        const auto known = model.find(n);
        const auto hit = table.find(key(n));
        ASSERT_EQ(hit.flow != nullptr, known != model.end());
        if (known != model.end()) {
            ASSERT_EQ(hit.flow->id, known->second);
            ASSERT_EQ(table.find(back(n)).flow, n % 3 == 0 ? nullptr : hit.flow);
            if (random() % 2 == 0) {
                table.erase(*hit.flow);
                model.erase(known);
            }
        } else {
            const auto inserted = table.insert(key(n), n % 3 == 0 ? FlowKey{} : back(n));
            ASSERT_EQ(inserted.flow != nullptr, model.size() < most);
            if (inserted.flow != nullptr) {
                inserted.flow->id = next_id;
                model[n] = next_id++;
            }
        }
        ASSERT_EQ(table.size(), model.size());
    }
    // By age: newest to oldest, each flow once.
    std::uint64_t last = UINT64_MAX;
    std::size_t count = 0;
    std::uint32_t end = no_flow_index;
    for (std::uint32_t i = table.newest(); i != no_flow_index; i = table.at(i).older) {
        ASSERT_LT(table.at(i).id, last);
        last = table.at(i).id;
        end = i;
        ++count;
    }
    EXPECT_EQ(count, model.size());
    EXPECT_EQ(end, table.oldest());
}

TEST(FlowTable, can_be_filled_to_the_last_flow_and_every_one_is_found) {
    constexpr std::uint32_t most = 200'000;
    FlowTable table(most, {7, 11});
    for (std::uint32_t n = 0; n < most; ++n) {
        ASSERT_NE(table.insert(key(n), back(n)).flow, nullptr);
    }
    for (std::uint32_t n = 0; n < most; ++n) {
        ASSERT_EQ(table.find(back(n)).flow, table.find(key(n)).flow);
        ASSERT_EQ(table.find(key(n)).flow->keys[0], key(n));
    }
}

TEST(FlowTable, its_memory_per_flow_is_what_is_stated) {
    EXPECT_EQ(FlowTable::bytes_per_flow, 208U);
    EXPECT_EQ(sizeof(FlowRecord) + FlowTable::slots_per_flow * 8, 208U);
}

TEST(FlowHasher, spreads_ports_that_count_up_and_depends_on_its_secrets) {
    std::vector<int> buckets(64);
    const FlowHasher hasher{1, 2};
    for (std::uint32_t n = 0; n < 64000; ++n) {
        FlowKey k = key(1);
        k.source_port = static_cast<std::uint16_t>(n);
        ++buckets[hasher(k) >> 58];
    }
    for (const int b : buckets) {
        EXPECT_NEAR(b, 1000, 200);
    }
    EXPECT_NE(hasher(key(1)), (FlowHasher{3, 2}(key(1))));
}

} // namespace
} // namespace fulcrum::balance
