#include <array>

#include <gtest/gtest.h>

#include "engine/device/fault_injector.h"
#include "engine/device/memory_device.h"
#include "engine/device/tap_device.h"

namespace fulcrum::device {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

constexpr Instant start{1h};

void send_one(PacketDevice& device, Bytes bytes, Instant now, const wire::VnetMeta& meta = {}) {
    Frame frame{bytes.data(), static_cast<std::uint32_t>(bytes.size()), 0, meta};
    device.send({&frame, 1}, now);
}

std::vector<Bytes> receive_all(PacketDevice& device, Instant now) {
    std::vector<Bytes> out;
    std::array<Frame, 4> frames;
    while (const std::size_t n = device.receive(frames, now)) {
        for (std::size_t i = 0; i < n; ++i) {
            out.emplace_back(frames[i].data, frames[i].data + frames[i].size);
        }
    }
    return out;
}

TEST(MemoryDevice, CarriesFramesAndMetaBothWays) {
    auto [a, b] = MemoryDevice::make_pair();
    wire::VnetMeta meta;
    meta.gso_type = wire::VnetMeta::gso_tcp_v4;
    meta.gso_size = 1448;
    send_one(*a, {1, 2, 3}, start, meta);
    send_one(*b, {9}, start);
    std::array<Frame, 4> frames;
    ASSERT_EQ(b->receive(frames, start), 1U);
    EXPECT_EQ(Bytes(frames[0].data, frames[0].data + frames[0].size), (Bytes{1, 2, 3}));
    EXPECT_EQ(frames[0].meta, meta);
    EXPECT_GE(frames[0].headroom, min_headroom_bytes);
    std::fill(frames[0].data - frames[0].headroom, frames[0].data, std::uint8_t{0}); // writable
    EXPECT_EQ(receive_all(*a, start), (std::vector<Bytes>{{9}}));
    EXPECT_EQ(a->counters().tx_bytes, 3U);
    EXPECT_EQ(b->counters().largest_rx_bytes, 3U);
}

TEST(MemoryDevice, ALentFrameCanBeSentOnAnotherDeviceWithoutCopying) {
    auto [a, b] = MemoryDevice::make_pair();
    auto [c, d] = MemoryDevice::make_pair();
    send_one(*a, {1, 2, 3}, start);
    std::array<Frame, 4> frames;
    ASSERT_EQ(b->receive(frames, start), 1U);
    frames[0].data[0] = 7;
    *frames[0].push(1) = 6;
    c->send({frames.data(), 1}, start);
    EXPECT_EQ(receive_all(*d, start), (std::vector<Bytes>{{6, 7, 2, 3}}));
}

TEST(MemoryDevice, LatencyIsTold) {
    auto [a, b] = MemoryDevice::make_pair({.latency = 5ms});
    EXPECT_EQ(b->next_deadline(), Instant::max());
    send_one(*a, {1}, start);
    EXPECT_EQ(b->next_deadline(), start + 5ms);
    EXPECT_TRUE(receive_all(*b, start + 4ms).empty());
    EXPECT_EQ(receive_all(*b, start + 5ms).size(), 1U);
}

TEST(MemoryDevice, AFullQueueAndADownLinkDropAndCount) {
    auto [a, b] = MemoryDevice::make_pair({.queue_frames = 2});
    for (std::uint8_t i = 0; i < 5; ++i) {
        send_one(*a, {i}, start);
    }
    EXPECT_EQ(receive_all(*b, start), (std::vector<Bytes>{{0}, {1}}));
    EXPECT_EQ(a->counters().tx_drops, 3U);
    a->set_link(false);
    send_one(*a, {9}, start);
    EXPECT_TRUE(receive_all(*b, start).empty());
    a->set_link(true);
    send_one(*a, {10}, start);
    EXPECT_EQ(receive_all(*b, start), (std::vector<Bytes>{{10}}));
    EXPECT_EQ(a->counters().down_events, 1U);
}

TEST(TapDevice, SeesBothDirections) {
    struct Log : FrameObserver {
        std::vector<std::pair<Direction, Bytes>> seen;
        void observe(Direction direction, std::span<const Frame> frames, Instant) override {
            for (const Frame& frame : frames) {
                seen.emplace_back(direction, Bytes(frame.data, frame.data + frame.size));
            }
        }
    } log;
    auto [a, b] = MemoryDevice::make_pair();
    TapDevice tap(*a, log);
    send_one(tap, {1}, start);
    send_one(*b, {2}, start);
    EXPECT_EQ(receive_all(tap, start), (std::vector<Bytes>{{2}}));
    EXPECT_EQ(receive_all(*b, start), (std::vector<Bytes>{{1}}));
    EXPECT_EQ(log.seen, (decltype(log.seen){{Direction::sent, {1}}, {Direction::received, {2}}}));
}

std::vector<Bytes> through_faults(std::uint64_t seed, const Faults& faults, std::size_t frames) {
    auto [a, b] = MemoryDevice::make_pair({.queue_frames = 100000});
    FaultInjector injector(*a, seed, {}, faults);
    Instant now = start;
    for (std::size_t i = 0; i < frames; ++i) {
        send_one(injector, {static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}, now);
        now += 100us;
    }
    injector.pump(now + 1h);
    return receive_all(*b, now + 1h);
}

TEST(FaultInjector, SameSeedSameFaults) {
    const Faults faults{.loss = 0.1, .duplicate = 0.05, .reorder = 0.1, .delay = 1ms, .jitter = 500us};
    const auto once = through_faults(7, faults, 1000);
    EXPECT_EQ(once, through_faults(7, faults, 1000));
    EXPECT_NE(once, through_faults(8, faults, 1000));
}

TEST(FaultInjector, RatesAreWhatWasAsked) {
    EXPECT_NEAR(static_cast<double>(through_faults(1, {.loss = 0.1}, 10000).size()), 9000, 200);
    EXPECT_NEAR(static_cast<double>(through_faults(2, {.duplicate = 0.1}, 10000).size()), 11000, 200);
    EXPECT_EQ(through_faults(3, {.loss = 1}, 100).size(), 0U);
    EXPECT_EQ(through_faults(4, {}, 100).size(), 100U);
}

TEST(FaultInjector, OnlyReorderingReorders) {
    const auto jittered = through_faults(5, {.delay = 2ms, .jitter = 2ms}, 1000);
    EXPECT_TRUE(std::is_sorted(jittered.begin(), jittered.end()));
    auto reordered = through_faults(5, {.reorder = 0.2}, 1000);
    EXPECT_EQ(reordered.size(), 1000U);
    EXPECT_FALSE(std::is_sorted(reordered.begin(), reordered.end()));
    std::sort(reordered.begin(), reordered.end());
    EXPECT_EQ(std::unique(reordered.begin(), reordered.end()), reordered.end());
}

TEST(FaultInjector, DelayFollowsTheFakeClock) {
    auto [a, b] = MemoryDevice::make_pair();
    FaultInjector injector(*a, 1, {.delay = 20ms}, {.delay = 10ms});
    send_one(injector, {1}, start);
    EXPECT_EQ(injector.next_deadline(), start + 10ms);
    injector.pump(start + 9ms);
    EXPECT_TRUE(receive_all(*b, start + 9ms).empty());
    injector.pump(start + 10ms);
    EXPECT_EQ(receive_all(*b, start + 10ms).size(), 1U);

    send_one(*b, {2}, start);
    EXPECT_TRUE(receive_all(injector, start).empty());
    EXPECT_EQ(injector.next_deadline(), start + 20ms);
    EXPECT_EQ(receive_all(injector, start + 20ms), (std::vector<Bytes>{{2}}));
}

TEST(FaultInjector, DropsTheNthThatMatches) {
    auto [a, b] = MemoryDevice::make_pair();
    FaultInjector injector(*a, 1, {}, {});
    injector.drop_sent({[](std::span<const std::uint8_t> frame) { return frame[0] == 1; }, 2, 1});
    for (const int first : {1, 2, 1, 2, 1}) {
        send_one(injector, {static_cast<std::uint8_t>(first)}, start);
    }
    EXPECT_EQ(receive_all(*b, start), (std::vector<Bytes>{{1}, {2}, {2}, {1}}));
    EXPECT_EQ(injector.lost(), 1U);
    injector.drop_received({[](std::span<const std::uint8_t>) { return true; }, 1, 2});
    for (std::uint8_t i = 0; i < 4; ++i) {
        send_one(*b, {i}, start);
    }
    EXPECT_EQ(receive_all(injector, start), (std::vector<Bytes>{{2}, {3}}));
}

} // namespace
} // namespace fulcrum::device
