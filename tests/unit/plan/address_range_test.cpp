#include "designer/plan/address_range.h"

#include <gmock/gmock.h>

namespace fulcrum::designer {
namespace {

AddressRange range(const char* first, const char* last) {
    return {*IpAddress::parse(first), *IpAddress::parse(last)};
}

std::vector<std::string> texts(const AddressRange& one) {
    std::vector<std::string> list;
    for (const IpPrefix& prefix : prefixes_of(one)) {
        list.push_back(prefix.text());
    }
    return list;
}

TEST(AddressRange, is_cut_into_the_fewest_prefixes) {
    EXPECT_THAT(texts(range("10.0.0.0", "10.0.0.255")), ::testing::ElementsAre("10.0.0.0/24"));
    EXPECT_THAT(texts(range("10.0.0.1", "10.0.0.1")), ::testing::ElementsAre("10.0.0.1/32"));
    EXPECT_THAT(texts(range("10.0.0.1", "10.0.0.6")),
                ::testing::ElementsAre("10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/31", "10.0.0.6/32"));
    EXPECT_THAT(texts(range("0.0.0.0", "255.255.255.255")), ::testing::ElementsAre("0.0.0.0/0"));
    EXPECT_THAT(texts(range("255.255.255.255", "255.255.255.255")),
                ::testing::ElementsAre("255.255.255.255/32"));
}

TEST(AddressRange, reversed_or_of_another_family_is_empty) {
    EXPECT_EQ(range("10.0.0.2", "10.0.0.1").count(), 0U);
    EXPECT_TRUE(prefixes_of(range("10.0.0.2", "10.0.0.1")).empty());
    EXPECT_TRUE(prefixes_of(range("2001:db8::1", "2001:db8::2")).empty());
}

TEST(AddressRange, prefixes_cover_every_address_once) {
    const AddressRange odd = range("10.1.2.3", "10.1.7.250");
    std::uint64_t covered = 0;
    std::uint32_t expected_start = odd.first.v4_value();
    for (const IpPrefix& prefix : prefixes_of(odd)) {
        EXPECT_EQ(prefix, prefix.network());
        EXPECT_EQ(prefix.address.v4_value(), expected_start);
        const std::uint64_t size = std::uint64_t{1} << (32 - prefix.length);
        covered += size;
        expected_start += static_cast<std::uint32_t>(size);
    }
    EXPECT_EQ(covered, odd.count());
}

} // namespace
} // namespace fulcrum::designer
