// Maglev: every slot filled, even shares, weights, little disruption, and the same table everywhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/balance/maglev.h"

namespace fulcrum::balance {
namespace {

std::vector<MaglevBackend> backends(std::uint32_t count, const std::vector<std::uint32_t>& weights = {}) {
    std::vector<MaglevBackend> out;
    for (std::uint32_t i = 0; i < count; ++i) {
        out.push_back(
            {maglev_identity(IpAddress::v4(0x0a010100U + i), 80), weights.empty() ? 1 : weights[i], i});
    }
    return out;
}

std::map<std::uint32_t, std::uint32_t> shares(const MaglevTable& table) {
    std::map<std::uint32_t, std::uint32_t> out;
    for (const std::uint32_t slot : table.slots()) {
        ++out[slot];
    }
    return out;
}

TEST(Maglev, shares_are_even_to_a_slot) {
    for (const std::uint32_t n : {1U, 2U, 3U, 7U, 100U, 1000U}) {
        const auto by_backend = shares(MaglevTable(backends(n)));
        ASSERT_EQ(by_backend.size(), n);
        for (const auto& [backend, slots] : by_backend) {
            EXPECT_GE(slots, MaglevTable::size / n);
            EXPECT_LE(slots, MaglevTable::size / n + 1);
        }
    }
}

TEST(Maglev, shares_follow_weights) {
    const auto by_backend = shares(MaglevTable(backends(4, {1, 2, 3, 10})));
    const double total = MaglevTable::size;
    EXPECT_NEAR(by_backend.at(0) / total, 1 / 16.0, 0.001);
    EXPECT_NEAR(by_backend.at(1) / total, 2 / 16.0, 0.001);
    EXPECT_NEAR(by_backend.at(2) / total, 3 / 16.0, 0.001);
    EXPECT_NEAR(by_backend.at(3) / total, 10 / 16.0, 0.001);
}

TEST(Maglev, M5_removing_one_of_n_moves_at_most_one_nth_and_a_percent) {
    for (const std::uint32_t n : {2U, 3U, 5U, 10U, 30U}) {
        const MaglevTable before(backends(n));
        for (std::uint32_t gone = 0; gone < std::min(n, 5U); ++gone) {
            auto rest = backends(n);
            rest.erase(rest.begin() + gone);
            const MaglevTable after(rest);
            std::uint32_t moved = 0;
            for (std::uint32_t slot = 0; slot < MaglevTable::size; ++slot) {
                moved += before.slots()[slot] != after.slots()[slot] ? 1 : 0;
            }
            EXPECT_LE(moved, MaglevTable::size * (1.0 / n + 0.01)) << n << " backends without " << gone;
        }
    }
}

TEST(Maglev, the_order_of_backends_does_not_matter) {
    auto shuffled = backends(9);
    std::reverse(shuffled.begin(), shuffled.end());
    std::swap(shuffled[2], shuffled[5]);
    EXPECT_EQ(MaglevTable(shuffled).slots(), MaglevTable(backends(9)).slots());
}

TEST(Maglev, without_backends_nothing_is_found) {
    EXPECT_EQ(MaglevTable().lookup(12345), std::nullopt);
}

} // namespace
} // namespace fulcrum::balance
