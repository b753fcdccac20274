// P6: damaged captures, all the way through index, conversations, filters, ladder and trees: nothing crashes
// or hangs, memory stays in proportion, what lies before the damage is untouched, and the place named is
// right. FULCRUM_MUTATIONS says how many mutated files (some hundreds); 100000 take minutes.
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <random>

#include "capture/filter/display_filter.h"
#include "capture/index/packet_summary.h"
#include "capture/ladder/ladder.h"
#include "tests/unit/capture/made_packets.h"

namespace fulcrum::capture {
namespace {

using Contents = std::vector<std::uint8_t>;

Contents read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Contents> samples() {
    std::vector<Contents> all;
    const auto folder = std::filesystem::path(FULCRUM_SOURCE_DIR) / "tests/golden/capture/made";
    for (const auto* name : {"lab.pcapng", "two_sections.pcapng", "big_endian_ns.pcap"}) {
        all.push_back(read(folder / name));
    }
    return all;
}

std::size_t mutations() {
    const char* wanted = std::getenv("FULCRUM_MUTATIONS");
    return wanted != nullptr ? std::strtoul(wanted, nullptr, 10) : 300;
}

// Everything that a person can ask of an open file.
void use(const CaptureFile& file, const DisplayFilter& filter) {
    {
        const CaptureFile::Reading reading(file);
        for (std::size_t i = 0; i < file.size(); i += 1 + file.size() / 16) {
            (void)tree_of(reading, i);
            (void)summarize(reading, i);
            (void)file.comments(i);
        }
    }
    (void)select_packets(file, filter, 0, file.size());
    (void)make_ladder({{&file, ""}}, {});
}

TEST(DamagedFiles, MutationsAreReadUpToTheDamageAndNoFurther) {
    const auto filter =
        DisplayFilter::compile("tcp.analysis.retransmission or http.request.uri contains \"a\" or "
                               "dns.qry.name or ip.addr == 10.0.0.0/8 or frame.time_relative > 1");
    ASSERT_TRUE(filter);
    std::mt19937_64 random(5);
    const auto all = samples();
    std::size_t damaged = 0;
    for (std::size_t n = 0; n < mutations(); ++n) {
        const auto& whole = all[n % all.size()];
        ASSERT_GT(whole.size(), 10'000U);
        Contents mutant = whole;
        std::size_t first_changed = mutant.size();
        const auto kind = random() % 4;
        if (kind == 0) { // cut off
            first_changed = random() % mutant.size();
            mutant.resize(first_changed);
        } else {
            for (std::uint64_t k = 0; k < kind * 2; ++k) {
                const std::size_t at = random() % mutant.size();
                const auto value = static_cast<std::uint8_t>(random() % 3 == 0 ? 0xff : random());
                first_changed = mutant[at] == value ? first_changed : std::min(first_changed, at);
                mutant[at] = value;
            }
        }
        const auto intact = CaptureFile::from_bytes(whole, "whole");
        ASSERT_TRUE(intact);
        (*intact)->load();
        const auto file = CaptureFile::from_bytes(mutant, "mutant");
        if (!file) { // its first bytes say nothing any more
            EXPECT_EQ(file.error().kind, ErrorKind::bad_input);
            EXPECT_LT(first_changed, 64U) << file.error().message;
            continue;
        }
        const auto begun = std::chrono::steady_clock::now();
        (*file)->load();
        use(**file, *filter);
        const auto took = std::chrono::steady_clock::now() - begun;
        ASSERT_LT(took, std::chrono::seconds(60)) << "mutation " << n;
        const CaptureFile::Reading reading(**file);
        // A table takes its first pieces whole, whatever is in the file.
        EXPECT_LT(reading.index().memory_bytes(), (std::size_t{64} << 20) + 64 * mutant.size());
        // Packets wholly before the first changed byte are what they were.
        std::size_t before = 0;
        for (; before < (*intact)->size(); ++before) {
            const auto& record = (*intact)->record(before);
            const auto end =
                before + 1 < (*intact)->size() ? (*intact)->record(before + 1).offset : whole.size();
            if (end > first_changed) {
                break;
            }
            ASSERT_LT(before, (*file)->size()) << "mutation " << n << ": packet " << before + 1 << " is lost";
            const auto& now = (*file)->record(before);
            ASSERT_EQ(std::tie(now.offset, now.time_ns, now.captured, now.original),
                      std::tie(record.offset, record.time_ns, record.captured, record.original))
                << "mutation " << n;
        }
        if (const auto& damage = reading.damage()) {
            ++damaged;
            EXPECT_LE(damage->offset, mutant.size());
            EXPECT_TRUE(damage->why.starts_with("offset " + std::to_string(damage->offset))) << damage->why;
            if (before > 0) {
                EXPECT_GT(damage->offset, (*intact)->record(before - 1).offset) << "mutation " << n;
            }
            for (std::size_t i = 0; i < (*file)->size(); ++i) {
                ASSERT_LT((*file)->record(i).offset, damage->offset) << "mutation " << n;
            }
        }
    }
    EXPECT_GT(damaged, mutations() / 8);
}

// Cut in the middle of a block, the block's own place is named.
TEST(DamagedFiles, AFileThatBreaksOffNamesTheBlockThatDoes) {
    for (const auto& whole : samples()) {
        const auto intact = CaptureFile::from_bytes(whole, "whole");
        ASSERT_TRUE(intact);
        (*intact)->load();
        for (std::size_t i = 3; i + 1 < (*intact)->size(); i += 7) {
            const auto offset = (*intact)->record(i).offset;
            const auto file = CaptureFile::from_bytes(
                {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(offset + 9)}, "cut");
            ASSERT_TRUE(file);
            (*file)->load();
            EXPECT_EQ((*file)->size(), i);
            const CaptureFile::Reading reading(**file);
            ASSERT_TRUE(reading.damage());
            EXPECT_EQ(reading.damage()->offset, offset);
        }
    }
}

TEST(DamagedFiles, WhatIsOddIsNoDamage) {
    made::Pcapng out;
    out.section();
    out.interface(1, 0);
    out.interface(0xfffe, 0); // of no known kind
    out.interface(101, 0);    // raw IP, and Ethernet is in it
    const auto udp = made::ethernet(
        2, 1, 0x0800,
        made::udp_packet({.source = "10.0.0.1", .destination = "10.0.0.2"}, 5000, 80, made::bytes_of("x")));
    constexpr std::uint64_t second = 1'000'000, year = 31'556'952 * second;
    out.packet(0, second, udp);
    out.packet(0, 40 * year, udp);         // decades later
    out.packet(0, 2 * second, udp);        // and back again
    out.packet(0, ~std::uint64_t{0}, udp); // beyond what nanoseconds hold
    out.packet(0, 3 * second, {});         // nothing in it
    out.packet(1, 4 * second, udp);
    out.packet(2, 5 * second, udp);
    made::Frame huge = udp;
    huge.resize(256 * 1024, 0x55);
    out.packet(0, 6 * second, huge);
    const auto file = CaptureFile::from_bytes(out.file, "odd");
    ASSERT_TRUE(file);
    (*file)->load();
    {
        const CaptureFile::Reading reading(**file);
        EXPECT_FALSE(reading.damage());
        ASSERT_EQ((*file)->size(), 8U);
        EXPECT_EQ((*file)->record(7).captured, 256U * 1024);
        EXPECT_EQ((*file)->packet(7).bytes.size(), 256U * 1024);
        EXPECT_EQ((*file)->record(4).captured, 0U);
        EXPECT_FALSE((*file)->record(5).has(Protocol::udp));
        EXPECT_TRUE((*file)->record(7).has(Protocol::udp));
    }
    const auto filter = DisplayFilter::compile("udp and frame.time_relative > 1000000000");
    ASSERT_TRUE(filter);
    EXPECT_GE(select_packets(**file, *filter, 0, (*file)->size()).size(), 1U);
    use(**file, *filter);
}

} // namespace
} // namespace fulcrum::capture
