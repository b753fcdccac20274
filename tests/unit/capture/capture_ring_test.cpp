// A ring of files: how its limits are written, and that the newest files are kept, each whole.
#include <filesystem>
#include <gtest/gtest.h>

#include "capture/capture_reader.h"
#include "capture/capture_ring.h"

namespace fulcrum::capture {
namespace {

TEST(RingLimits, SizesAndFiles) {
    EXPECT_EQ(parse_ring_limits("65536")->file_bytes, 65536U);
    EXPECT_EQ(parse_ring_limits("64k")->files, 2U);
    EXPECT_EQ(parse_ring_limits("3Mx7")->file_bytes, 3U << 20);
    EXPECT_EQ(parse_ring_limits("3Mx7")->files, 7U);
    EXPECT_EQ(parse_ring_limits("1024G")->file_bytes, std::uint64_t{1} << 40);
    for (const auto* wrong :
         {"", "x", "M", "1", "63k", "64kx1", "64kx", "64kx10001", "64Kx2", "64k2", "1025G",
          "18446744073709551615", "18446744073709551616", "18014398509481984k", "-64k", "64kx2 "}) {
        const auto limits = parse_ring_limits(wrong);
        ASSERT_FALSE(limits) << wrong;
        EXPECT_EQ(limits.error().kind, ErrorKind::bad_input);
    }
}

TEST(RingFiles, TheNextOneOfARing) {
    EXPECT_EQ(ring_file_after("a/run-00001.pcapng"), "a/run-00002.pcapng");
    EXPECT_EQ(ring_file_after("my-run-00999.cap"), "my-run-01000.cap");
    EXPECT_EQ(ring_file_after("run-99999.pcapng"), "run-100000.pcapng");
    for (const auto* none : {"run.pcapng", "run-1.pcapng", "run-00001x.pcapng", "run-+0001.pcapng", "",
                             "run-99999999999999999999999.pcapng"}) {
        EXPECT_FALSE(ring_file_after(none)) << none;
    }
}

class Ring : public testing::Test {
protected:
    std::filesystem::path folder;
    void SetUp() override {
        auto name = (std::filesystem::temp_directory_path() / "fulcrum-ring-XXXXXX").string();
        folder = ::mkdtemp(name.data());
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
};

TEST_F(Ring, KeepsTheNewestAndLosesNoneBetweenThem) {
    auto ring = CaptureRing::create((folder / "run.pcapng").string(), {64 * 1024, 3},
                                    {{"a:eth0", "", ""}, {"b:eth0", "", ""}});
    ASSERT_TRUE(ring);
    constexpr std::int64_t packets = 2000;
    std::vector<std::uint8_t> frame(1000);
    for (std::int64_t n = 0; n < packets; ++n) {
        Packet packet;
        packet.time_ns = n;
        packet.interface = static_cast<std::uint32_t>(n % 2);
        packet.original_bytes = 1000;
        packet.bytes = frame;
        ASSERT_TRUE(ring->process_packet(packet));
    }
    ring->add_statistics(1, {0, packets, 1000, 7});
    ASSERT_TRUE(ring->flush());
    ASSERT_EQ(ring->files().size(), 3U);
    EXPECT_GT(ring->files_removed(), 20U);
    std::vector<std::int64_t> seen;
    for (const auto& path : ring->files()) {
        EXPECT_LT(std::filesystem::file_size(path), 66U * 1024);
        auto reader = CaptureReader::open(path);
        ASSERT_TRUE(reader) << reader.error().message;
        ReadPacket read;
        for (auto more = reader->next(read); more && *more; more = reader->next(read)) {
            seen.push_back(*read.packet.time_ns);
        }
        EXPECT_EQ(reader->interfaces().size(), 2U);
    }
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.back(), packets - 1);
    for (std::size_t i = 1; i < seen.size(); ++i) {
        ASSERT_EQ(seen[i], seen[i - 1] + 1);
    }
    std::size_t there = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) {
        ++there;
    }
    EXPECT_EQ(there, 3U);
}

TEST_F(Ring, WhenTheNextFileCannotBeMadeTheLastOneStillGetsItsCounts) {
    auto ring = CaptureRing::create((folder / "run.pcapng").string(), {64 * 1024, 2}, {{"a:eth0", "", ""}});
    ASSERT_TRUE(ring);
    std::filesystem::create_directory(folder / "run-00002.pcapng"); // in the way
    Packet packet;
    packet.time_ns = 1;
    const std::vector<std::uint8_t> frame(1000);
    packet.bytes = frame;
    packet.original_bytes = 1000;
    Result<> taken;
    for (int n = 0; n < 100 && taken; ++n) {
        taken = ring->process_packet(packet);
    }
    ASSERT_FALSE(taken);
    ring->add_statistics(0, {0, 1, 66, 0});
    ASSERT_TRUE(ring->flush());
    auto reader = CaptureReader::open(folder / "run-00001.pcapng");
    ASSERT_TRUE(reader);
    ReadPacket read;
    for (auto more = reader->next(read); more && *more; more = reader->next(read)) {
    }
    EXPECT_EQ(reader->interfaces().front().received, 66U);
}

TEST_F(Ring, AnOverwrittenFileStaysAsSecretAsItWas) {
    const auto path = folder / "secret.pcapng";
    ASSERT_TRUE(PcapngFile::create(path.string())->flush());
    std::filesystem::permissions(path,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    ASSERT_TRUE(PcapngFile::create(path.string())->flush());
    EXPECT_EQ(std::filesystem::status(path).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Ring, AFolderThatIsNotThereIsAnError) {
    EXPECT_FALSE(CaptureRing::create((folder / "no" / "run.pcapng").string(), {64 * 1024, 2}, {}));
}

} // namespace
} // namespace fulcrum::capture
