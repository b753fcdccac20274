// Captures on the loopback device of a network namespace of the test's own.
#include <arpa/inet.h>
#include <cstring>
#include <gmock/gmock.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>

#include "capture/live_capture.h"

namespace fulcrum::capture {
namespace {

struct Kept : PacketSink {
    struct One {
        std::int64_t time_ns;
        std::uint32_t interface, original_bytes, flags;
        std::vector<std::uint8_t> bytes;
    };
    std::vector<One> packets;
    Result<> process_packet(const Packet& packet) override {
        packets.push_back({*packet.time_ns,
                           packet.interface,
                           packet.original_bytes,
                           packet.flags,
                           {packet.bytes.begin(), packet.bytes.end()}});
        return {};
    }
};

struct Refusing : PacketSink {
    Result<> process_packet(const Packet&) override { return fail("disk full"); }
};

// Runs `body` in a child with a network namespace of its own in which lo is up. The child's verdict is its
// exit status: 0 good, 77 cannot be run here, else the line that failed.
template <class Body>
void in_own_network(Body body) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWNET) != 0) {
            ::_exit(77);
        }
        const UniqueFd control(::socket(AF_INET, SOCK_DGRAM, 0));
        ifreq request{};
        std::strcpy(request.ifr_name, "lo");
        request.ifr_flags = IFF_UP;
        if (::ioctl(control.get(), SIOCSIFFLAGS, &request) != 0) {
            ::_exit(77);
        }
        body();
        ::_exit(testing::Test::HasFailure() ? 1 : 0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        GTEST_SKIP() << "network namespaces cannot be made here";
    }
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

std::vector<Tap> taps_on_lo(std::size_t count) {
    std::vector<Tap> taps;
    for (std::size_t i = 0; i < count; ++i) {
        Tap tap;
        tap.name = "n" + std::to_string(i) + ":lo";
        tap.fd = UniqueFd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
        tap.interface_index = static_cast<int>(::if_nametoindex("lo"));
        taps.push_back(std::move(tap));
    }
    return taps;
}

void send_datagram(std::size_t bytes, std::uint16_t port) {
    const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(port);
    const std::vector<char> payload(bytes, 'x');
    EXPECT_EQ(::sendto(fd.get(), payload.data(), bytes, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to),
              static_cast<ssize_t>(bytes));
}

TEST(LiveCapture, TakesWholeFramesFilteredAndInOrder) {
    in_own_network([] {
        Kept kept;
        CaptureOptions options;
        options.filter = "udp port 7007";
        auto capture = LiveCapture::start(taps_on_lo(3), options, kept);
        ASSERT_TRUE(capture) << capture.error().message;
        for (int i = 0; i < 50; ++i) {
            send_datagram(100 + static_cast<std::size_t>(i), 7007);
            send_datagram(10, 7008);
        }
        send_datagram(60'000, 7007); // lo has an MTU of 65536
        ASSERT_TRUE(capture->stop());
        // Every frame on lo is seen going out and coming in, by each tap.
        ASSERT_EQ(kept.packets.size(), 51U * 2 * 3);
        for (std::size_t i = 1; i < kept.packets.size(); ++i) {
            EXPECT_LE(kept.packets[i - 1].time_ns, kept.packets[i].time_ns);
        }
        EXPECT_EQ(kept.packets.front().bytes.size(), 14U + 20 + 8 + 100);
        EXPECT_EQ(kept.packets.front().flags & 3U, 2U);
        EXPECT_EQ(kept.packets.back().bytes.size(), 14U + 20 + 8 + 60'000);
        EXPECT_EQ(kept.packets.back().bytes.back(), 'x');
        std::uint64_t packets = 0;
        for (const auto& count : capture->counts()) {
            packets += count.packets;
            EXPECT_EQ(count.drops, 0U);
        }
        EXPECT_EQ(packets, kept.packets.size());
    });
}

// Each hand-over takes a block: with large ones, a ring was full after a few packets that came one by one.
TEST(LiveCapture, ManyShortPacketsOneByOneFitWhereLongOnesAreCut) {
    in_own_network([] {
        constexpr std::uint32_t snaplen = 2048;
        auto taps = taps_on_lo(1);
        auto filter = BpfFilter::compile("", snaplen);
        auto ring = TapRing::open(std::move(taps[0]), *filter, 1'024 * 1'024, snaplen);
        ASSERT_TRUE(ring) << ring.error().message;
        for (int i = 0; i < 30; ++i) { // nobody reads meanwhile; each time an ICMP error comes back
            send_datagram(100, 7007);
            std::this_thread::sleep_for(std::chrono::milliseconds(TapRing::hand_over_ms + 2));
        }
        EXPECT_EQ(ring->read_drops(), 0U);
        send_datagram(60'000, 7007);
        std::this_thread::sleep_for(std::chrono::milliseconds(3 * TapRing::hand_over_ms));
        Packet packet;
        std::size_t read = 0, longest = 0;
        for (; ring->front(packet); ++read, ring->pop()) {
            longest = std::max(longest, packet.bytes.size());
        }
        EXPECT_GE(read, 31U * 4);
        EXPECT_EQ(longest, snaplen);
    });
}

TEST(LiveCapture, CountsWhatTheKernelDropped) {
    in_own_network([] {
        Kept kept;
        CaptureOptions options;
        options.ring_bytes_in_all = 1; // the smallest there is
        auto taps = taps_on_lo(1);
        auto filter = BpfFilter::compile("", options.snaplen_bytes);
        auto ring = TapRing::open(std::move(taps[0]), *filter, 1, 262'144);
        ASSERT_TRUE(ring) << ring.error().message;
        const UniqueFd taker(::socket(AF_INET, SOCK_DGRAM, 0)); // else each datagram brings ICMP errors too
        sockaddr_in local{};
        local.sin_family = AF_INET;
        local.sin_port = htons(7007);
        ASSERT_EQ(::bind(taker.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local), 0);
        for (int i = 0; i < 100; ++i) {
            send_datagram(60'000, 7007); // nobody reads meanwhile: 12 MB into 512 KB
        }
        EXPECT_TRUE(ring->filling_up());
        EXPECT_GT(ring->read_drops(), 100U);
        Packet packet;
        std::size_t read = 0;
        while (ring->front(packet)) {
            ++read;
            ring->pop();
        }
        EXPECT_GT(read, 2U);
        EXPECT_EQ(read + ring->read_drops(), 100U * 2); // out and in
    });
}

TEST(LiveCapture, GoesOnWhenALinkGoesDownAndUp) {
    in_own_network([] {
        const auto set_up = [](bool up) {
            const UniqueFd control(::socket(AF_INET, SOCK_DGRAM, 0));
            ifreq request{};
            std::strcpy(request.ifr_name, "lo");
            request.ifr_flags = static_cast<short>(up ? IFF_UP : 0);
            EXPECT_EQ(::ioctl(control.get(), SIOCSIFFLAGS, &request), 0);
        };
        Kept kept;
        CaptureOptions options;
        options.filter = "udp port 7007";
        auto capture = LiveCapture::start(taps_on_lo(1), options, kept);
        ASSERT_TRUE(capture);
        send_datagram(1, 7007);
        set_up(false);
        std::this_thread::sleep_for(std::chrono::milliseconds(60));
        set_up(true);
        send_datagram(2, 7007);
        EXPECT_TRUE(capture->running());
        ASSERT_TRUE(capture->stop());
        EXPECT_EQ(kept.packets.size(), 4U);
    });
}

TEST(LiveCapture, SaysWhyItEnded) {
    in_own_network([] {
        Refusing refusing;
        auto capture = LiveCapture::start(taps_on_lo(1), {}, refusing);
        ASSERT_TRUE(capture);
        send_datagram(1, 7007);
        const auto stopped = capture->stop();
        ASSERT_FALSE(stopped);
        EXPECT_EQ(stopped.error().message, "disk full");
    });
}

TEST(BpfFilter, RefusesNonsenseWithAReason) {
    const auto filter = BpfFilter::compile("tcp portt 80", 65'535);
    ASSERT_FALSE(filter);
    EXPECT_EQ(filter.error().kind, ErrorKind::bad_input);
    EXPECT_THAT(filter.error().message, testing::HasSubstr("tcp portt 80"));
    EXPECT_TRUE(BpfFilter::compile("host 10.1.1.100 and tcp port 80", 65'535));
}

} // namespace
} // namespace fulcrum::capture
