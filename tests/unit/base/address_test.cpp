#include <gtest/gtest.h>

#include "engine/base/address.h"

using namespace fulcrum;

TEST(IpAddress, ReadsAndWritesBothFamilies) {
    for (const char* text : {"0.0.0.0", "10.1.1.100", "255.255.255.255", "::1", "2001:db8::7"}) {
        const auto a = IpAddress::parse(text);
        ASSERT_TRUE(a) << text;
        EXPECT_EQ(a->text(), text);
    }
    EXPECT_EQ(IpAddress::parse("10.1.1.100")->v4_value(), 0x0a010164U);
}

TEST(IpAddress, RefusesWhatIsNotAnAddress) {
    for (const char* text : {"", "10.1.1", "10.1.1.256", " 10.1.1.1", "10.1.1.1 ", "10.1.1.1/24", "fe80::1%eth0", "x"}) {
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    }
}

TEST(IpPrefix, KnowsWhatIsInside) {
    const auto p = IpPrefix::parse("10.1.1.77/26").value();
    EXPECT_EQ(p.network().text(), "10.1.1.64/26");
    EXPECT_EQ(p.broadcast().text(), "10.1.1.127");
    EXPECT_TRUE(p.contains(*IpAddress::parse("10.1.1.127")));
    EXPECT_FALSE(p.contains(*IpAddress::parse("10.1.1.128")));
    EXPECT_FALSE(p.contains(*IpAddress::parse("::1")));
    EXPECT_TRUE(p.overlaps(*IpPrefix::parse("10.0.0.0/8")));
    EXPECT_FALSE(p.overlaps(*IpPrefix::parse("10.1.1.128/25")));
    EXPECT_EQ(p.nth(5)->text(), "10.1.1.69");
    EXPECT_FALSE(p.nth(64));
    EXPECT_TRUE(IpPrefix::parse("0.0.0.0/0")->contains(*IpAddress::parse("8.8.8.8")));
}

TEST(IpPrefix, RefusesBadLengths) {
    for (const char* text : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/2x", "::/129"}) {
        EXPECT_FALSE(IpPrefix::parse(text)) << text;
    }
}

TEST(Mac, ReadsAndWrites) {
    EXPECT_EQ(Mac::parse("02:00:0A:ff:01:02")->text(), "02:00:0a:ff:01:02");
    for (const char* text : {"", "02:00:0a:ff:01", "02-00-0a-ff-01-02", "02:00:0a:ff:01:0g", "02:00:0a:ff:01:022"}) {
        EXPECT_FALSE(Mac::parse(text)) << text;
    }
}
