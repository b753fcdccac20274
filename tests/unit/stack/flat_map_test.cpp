#include <random>
#include <unordered_map>

#include <gtest/gtest.h>

#include "engine/stack/flat_map.h"
#include "engine/stack/token_bucket.h"

namespace fulcrum::stack {
namespace {

using namespace std::chrono_literals;

struct Clustered { // few homes, so that runs collide and wrap around
    std::size_t operator()(std::uint32_t key) const { return key % 7 + 0xfffffff0; }
};

TEST(FlatMap, AgreesWithTheStandardMapUnderCollisions) {
    std::mt19937 random(1);
    FlatMap<std::uint32_t, std::uint64_t, Clustered> map;
    std::unordered_map<std::uint32_t, std::uint64_t> model;
    for (int i = 0; i < 20000; ++i) {
        const std::uint32_t key = static_cast<std::uint32_t>(random() % 60);
        if (random() % 2 == 0) {
            const std::uint64_t value = random();
            map[key] = value;
            model[key] = value;
        } else {
            ASSERT_EQ(map.erase(key), model.erase(key) == 1);
        }
        ASSERT_EQ(map.size(), model.size());
        const std::uint32_t other = static_cast<std::uint32_t>(random() % 60);
        const auto known = model.find(other);
        const std::uint64_t* found = map.find(other);
        ASSERT_EQ(found != nullptr, known != model.end());
        if (found != nullptr) {
            ASSERT_EQ(*found, known->second);
        }
    }
    std::size_t visited = 0;
    map.for_each([&](std::uint32_t key, std::uint64_t value) {
        EXPECT_EQ(model.at(key), value);
        ++visited;
    });
    EXPECT_EQ(visited, model.size());
}

TEST(TokenBucket, BurstThenRate) {
    TokenBucket bucket(10, 5);
    Instant now{1h};
    int taken = 0;
    for (int i = 0; i < 100; ++i) {
        taken += bucket.take(now) ? 1 : 0;
    }
    EXPECT_EQ(taken, 5);
    EXPECT_FALSE(bucket.take(now + 99ms));
    EXPECT_TRUE(bucket.take(now + 100ms));
    taken = 0;
    for (int i = 0; i < 10000; ++i) {
        now += 1ms;
        taken += bucket.take(now) ? 1 : 0;
    }
    EXPECT_NEAR(taken, 100, 5);
}

} // namespace
} // namespace fulcrum::stack
