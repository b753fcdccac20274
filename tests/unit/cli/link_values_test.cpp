// What people may type for a bad link, and what is refused rather than guessed.
#include <gtest/gtest.h>

#include "app/cli/link_commands.h"

namespace fulcrum::cli {
namespace {

using namespace std::chrono_literals;

TEST(LinkValues, Rates) {
    EXPECT_EQ(parse_rate("10M").value_or(1), 10'000'000U);
    EXPECT_EQ(parse_rate("1.5Gbit").value_or(1), 1'500'000'000U);
    EXPECT_EQ(parse_rate("800 kbit/s").value_or(1), 800'000U);
    EXPECT_EQ(parse_rate("64000").value_or(1), 64'000U);
    EXPECT_EQ(parse_rate("0").value_or(1), 0U);
    for (const char* wrong :
         {"", "M", "-1M", "10 MB", "10Mb", "999", "1e9", "nan", "inf", "99999999G", "10M "}) {
        EXPECT_FALSE(parse_rate(wrong)) << wrong;
    }
}

TEST(LinkValues, Times) {
    EXPECT_EQ(parse_time("20").value_or(1us), 20ms);
    EXPECT_EQ(parse_time("20ms").value_or(1us), 20ms);
    EXPECT_EQ(parse_time("0.5s").value_or(1us), 500ms);
    EXPECT_EQ(parse_time("250us").value_or(1us), 250us);
    EXPECT_EQ(parse_time("3600s").value_or(1us), 1h);
    for (const char* wrong : {"", "ms", "-5ms", "3601s", "5m", "2h", "1e3", "0x5"}) {
        EXPECT_FALSE(parse_time(wrong)) << wrong;
    }
}

TEST(LinkValues, SharesSayWhetherTheyArePercent) {
    EXPECT_DOUBLE_EQ(parse_share("1%").value_or(9), 0.01);
    EXPECT_DOUBLE_EQ(parse_share("0.01").value_or(9), 0.01);
    EXPECT_DOUBLE_EQ(parse_share("100%").value_or(9), 1);
    EXPECT_DOUBLE_EQ(parse_share("0").value_or(9), 0);
    for (const char* wrong : {"1", "5", "", "%", "101%", "-1%", "nan", "1%%"}) {
        EXPECT_FALSE(parse_share(wrong)) << wrong;
    }
}

TEST(LinkValues, Words) {
    EXPECT_EQ(text_of({}), "a perfect wire");
    EXPECT_EQ(text_of({.rate_bps = 10'000'000, .delay = 20ms, .loss = 0.01, .seed = 3}),
              "10 Mbit/s, delay 20 ms, loss 1 %, seed 3");
}

} // namespace
} // namespace fulcrum::cli
