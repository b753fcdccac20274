// P6: everything that pcapng can say is read, in both byte orders.
#include <gmock/gmock.h>

#include "capture/capture_reader.h"
#include "tests/unit/capture/made_packets.h"

namespace fulcrum::capture {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct ByOrder : testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(EveryBlock, ByOrder, testing::Bool(),
                         [](const auto& order) { return order.param ? "Big" : "Little"; });

TEST_P(ByOrder, IsReadWithItsOptions) {
    made::Pcapng out(GetParam());
    made::Frame options;
    out.option(options, 1, made::bytes_of("about the section"));
    out.option(options, 2, made::bytes_of("a machine"));
    out.option(options, 3, made::bytes_of("an OS"));
    out.option(options, 4, made::bytes_of("a program"));
    out.section(options);

    made::Frame binary; // 2^-10 s, counted from 1000 s later
    out.option(binary, 2, made::bytes_of("se1:eth0"));
    out.option(binary, 9, {0x8a});
    made::Frame offset;
    out.number64(offset, 1000);
    out.option(binary, 14, offset);
    out.option(binary, 1, made::bytes_of("one"));
    out.option(binary, 1, made::bytes_of("two"));
    out.interface(1, 0, binary);
    made::Frame coarse; // whole seconds
    out.option(coarse, 9, {0});
    out.option(coarse, 15, made::bytes_of("a card"));
    out.interface(101, 4, coarse);

    out.packet(0, 1536, {1, 2, 3});
    out.packet(1, 7, {4, 5});
    out.simple_packet(4, {6, 7, 8, 9});
    out.block(0xbad, {1, 2, 3, 4}); // a custom block: kept by its place
    made::Frame names;
    out.option(names, 1, {10, 1, 1, 2, 's', 'e', '1', 0, 's', 'e', 0});
    out.option(names, 0, {});
    out.block(4, names);
    made::Frame statistics;
    out.number32(statistics, 1);
    out.time(statistics, 9);
    made::Frame received, dropped;
    out.number64(received, 12);
    out.number64(dropped, 3);
    out.option(statistics, 4, received);
    out.option(statistics, 7, dropped);
    out.block(5, statistics);

    auto source = open_source(out.file);
    ASSERT_TRUE(source) << source.error().message;
    std::vector<ReadPacket> packets;
    for (ReadPacket read; *(*source)->next(read);) {
        packets.push_back(read);
    }
    ASSERT_EQ(packets.size(), 3U);
    EXPECT_EQ(packets[0].packet.time_ns, 1'001'500'000'000);
    EXPECT_THAT(packets[0].packet.bytes, ElementsAre(1, 2, 3));
    EXPECT_EQ(packets[1].packet.time_ns, 7'000'000'000);
    EXPECT_EQ(packets[1].packet.interface, 1U);
    EXPECT_EQ(packets[2].packet.time_ns, std::nullopt);
    EXPECT_EQ(packets[2].packet.interface, 0U);
    EXPECT_THAT(packets[2].packet.bytes, ElementsAre(6, 7, 8, 9));

    const auto& section = (*source)->sections().at(0);
    EXPECT_EQ(section.big_endian, GetParam());
    EXPECT_EQ(section.hardware + section.os + section.application, "a machinean OSa program");
    EXPECT_THAT(section.comments, ElementsAre("about the section"));
    const auto& interfaces = (*source)->interfaces();
    EXPECT_THAT(interfaces[0].comments, ElementsAre("one", "two"));
    EXPECT_EQ(interfaces[1].link_type, 101);
    EXPECT_EQ(interfaces[1].hardware, "a card");
    EXPECT_EQ(interfaces[1].received, 12U);
    EXPECT_EQ(interfaces[1].os_dropped, 3U);
    EXPECT_EQ(interfaces[1].dropped, std::nullopt);
    ASSERT_EQ((*source)->names().size(), 1U);
    EXPECT_EQ((*source)->names()[0].address.text(), "10.1.1.2");
    EXPECT_THAT((*source)->names()[0].names, ElementsAre("se1", "se"));
    ASSERT_EQ((*source)->other_blocks().size(), 1U);
    EXPECT_EQ((*source)->other_blocks()[0].type, 0xbadU);

    // Found again by their offsets.
    for (const auto& one : packets) {
        const auto place =
            packet_at(out.file, one.offset, static_cast<std::uint32_t>(one.packet.bytes.size()));
        ASSERT_TRUE(place);
        EXPECT_EQ(place->bytes.data(), one.packet.bytes.data());
    }
    EXPECT_FALSE(packet_at(out.file, 0, 3));
    EXPECT_FALSE(packet_at(out.file, out.file.size() - 2, 3));
}

TEST(EveryBlock, SectionsOfBothOrdersFollowEachOther) {
    made::Pcapng little(false), big(true);
    little.section();
    little.interface(1, 0);
    little.packet(0, 1'000'000, {1});
    big.section();
    big.interface(101, 0);
    big.packet(0, 2'000'000, {2});
    auto file = little.file;
    made::append(file, big.file);
    auto source = open_source(file);
    ReadPacket first, second, none;
    ASSERT_TRUE(*(*source)->next(first));
    ASSERT_TRUE(*(*source)->next(second));
    EXPECT_FALSE(*(*source)->next(none));
    EXPECT_EQ(second.packet.interface, 1U); // counted through the file
    EXPECT_EQ((*source)->interfaces()[1].section, 1U);
    EXPECT_EQ((*source)->interfaces()[1].link_type, 101);
    EXPECT_EQ(second.packet.time_ns, 2'000'000'000);
}

TEST(EveryBlock, TheOffsetOfDamageIsANumber) {
    made::Pcapng out;
    out.section();
    out.interface(1, 0);
    const auto good = out.file.size();
    out.packet(5, 0, {1}); // of an interface that nobody described
    auto source = open_source(out.file);
    ReadPacket read;
    const auto got = (*source)->next(read);
    ASSERT_FALSE(got);
    EXPECT_EQ(damage_offset(got.error()), good);
    EXPECT_EQ(damage_offset(got.error().within("open x.pcapng")), good);
    EXPECT_EQ(damage_offset(Error{"no such file"}), std::nullopt);
    EXPECT_EQ(damage_offset(Error{"offset x: y"}), std::nullopt);
}

TEST(EveryBlock, NamesThatBreakOffAreDamage) {
    made::Pcapng out;
    out.section();
    made::Frame names;
    out.number16(names, 1);
    out.number16(names, 200); // reaches past the block
    made::append(names, {10, 0, 0, 1});
    out.block(4, names);
    auto source = open_source(out.file);
    ReadPacket read;
    EXPECT_THAT((*source)->next(read).error().message, HasSubstr("names"));
}

// Records of patched kernels have eight more bytes in front.
TEST(Pcap, TheVariantWithAnInterfaceInEachRecord) {
    made::Frame file;
    const made::Pcapng out;
    for (const std::uint32_t word : {0xa1b2cd34U, 0x00040002U, 0U, 0U, 65535U, 1U, // header
                                     10U, 20U, 3U, 3U, 2U, 0U}) {
        out.number32(file, word);
    }
    made::append(file, {7, 8, 9});
    auto source = open_source(file);
    ASSERT_TRUE(source);
    ReadPacket read;
    ASSERT_TRUE(*(*source)->next(read));
    EXPECT_THAT(read.packet.bytes, ElementsAre(7, 8, 9));
    EXPECT_EQ(read.packet.time_ns, 10'000'020'000);
    EXPECT_EQ(packet_at(file, read.offset, 3)->bytes.data(), read.packet.bytes.data());
}

} // namespace
} // namespace fulcrum::capture
