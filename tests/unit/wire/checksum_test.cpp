#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "engine/wire/checksum.h"

namespace fulcrum::wire {
namespace {

// The definition, word by word (RFC 1071 section 1), to compare the fast one with.
std::uint16_t plain_checksum(std::span<const std::uint8_t> bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        sum += static_cast<std::uint32_t>(bytes[i] << 8) | (i + 1 < bytes.size() ? bytes[i + 1] : 0U);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<std::uint16_t>(~sum);
}

TEST(Checksum, ExampleOfRfc1071) {
    const std::uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    EXPECT_EQ(fold(sum_of(bytes)), 0xddf2);
    EXPECT_EQ(checksum_of(bytes), 0x220d);
}

TEST(Checksum, EveryLengthAndAlignmentAgreesWithTheDefinition) {
    std::mt19937 random(1);
    std::vector<std::uint8_t> bytes(300);
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::uint8_t>(random()); });
    for (std::size_t start = 0; start < 9; ++start) {
        for (std::size_t size = 0; start + size <= bytes.size(); ++size) {
            const std::span<const std::uint8_t> part = std::span(bytes).subspan(start, size);
            ASSERT_EQ(checksum_of(part), plain_checksum(part)) << start << " " << size;
        }
    }
}

TEST(Checksum, LargestPacketOfOnesDoesNotOverflow) {
    const std::vector<std::uint8_t> bytes(65535, 0xff);
    EXPECT_EQ(checksum_of(bytes), plain_checksum(bytes));
}

TEST(Checksum, IncrementalUpdateAgreesWithSummingAgain) {
    std::mt19937 random(2);
    for (int round = 0; round < 20000; ++round) {
        std::uint8_t bytes[20];
        std::generate(std::begin(bytes), std::end(bytes),
                      [&] { return static_cast<std::uint8_t>(random()); });
        store_be16(bytes, 0);
        store_be16(bytes, checksum_of(bytes));

        const std::uint16_t word = load_be16(bytes + 6);
        const auto new_word = static_cast<std::uint16_t>(random());
        const std::uint32_t dword = load_be32(bytes + 12);
        const auto new_dword = static_cast<std::uint32_t>(random());
        std::uint16_t sum = update_checksum(load_be16(bytes), word, new_word);
        sum = update_checksum32(sum, dword, new_dword);
        store_be16(bytes + 6, new_word);
        store_be32(bytes + 12, new_dword);
        store_be16(bytes, sum);
        ASSERT_EQ(checksum_of(bytes), 0);
    }
}

// RFC 1624 section 4: the example where eqn. 2 of RFC 1141 gives 0xffff instead of 0x0000.
TEST(Checksum, ExampleOfRfc1624) {
    EXPECT_EQ(update_checksum(0xdd2f, 0x5555, 0x3285), 0x0000);
}

TEST(Checksum, PartialUpdateEqualsThePseudoHeaderOfTheNewAddress) {
    std::mt19937 random(3);
    for (int round = 0; round < 20000; ++round) {
        const auto source = static_cast<std::uint32_t>(random());
        const auto destination = static_cast<std::uint32_t>(random());
        const auto other = static_cast<std::uint32_t>(random());
        const std::uint16_t before = fold(pseudo_header_sum(source, destination, 6, 1000));
        const std::uint16_t updated = update_partial_checksum32(before, destination, other);
        const std::uint16_t again = fold(pseudo_header_sum(source, other, 6, 1000));
        // 0 and 0xffff are the same number in one's complement; what is added later does not care.
        ASSERT_EQ(updated % 0xffff, again % 0xffff);
        ASSERT_EQ(update_partial_checksum(before, 1000, 2000) % 0xffff,
                  fold(pseudo_header_sum(source, destination, 6, 2000)) % 0xffff);
    }
}

} // namespace
} // namespace fulcrum::wire
