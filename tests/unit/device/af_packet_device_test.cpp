// AF_PACKET against a real kernel: in a fresh user and network namespace with one veth pair, so it needs no
// privilege and touches nothing of the host. Skipped, with the reason, where such namespaces are forbidden.
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>

#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "engine/base/byte_order.h"
#include "engine/device/af_packet_device.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"

namespace fulcrum::device {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr int skipped = 77;

// Netlink by hand: a test of one device needs no library for three messages.
class LinkMaker {
public:
    LinkMaker() : fd_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {}

    bool make_veth(const char* a, const char* b) {
        begin(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
        put_header(ifinfomsg{});
        put(IFLA_IFNAME, a, std::strlen(a) + 1);
        const std::size_t info = open(IFLA_LINKINFO);
        put(IFLA_INFO_KIND, "veth", 4);
        const std::size_t data = open(IFLA_INFO_DATA);
        const std::size_t peer = open(VETH_INFO_PEER);
        put_header(ifinfomsg{});
        put(IFLA_IFNAME, b, std::strlen(b) + 1);
        close(peer);
        close(data);
        close(info);
        return talk() == 0;
    }

private:
    template <class Header>
    void put_header(const Header& header) {
        const auto* p = reinterpret_cast<const std::uint8_t*>(&header);
        message_.insert(message_.end(), p, p + sizeof header);
    }
    void begin(std::uint16_t type, std::uint16_t flags) {
        message_.clear();
        nlmsghdr header{};
        header.nlmsg_type = type;
        header.nlmsg_flags = flags;
        put_header(header);
    }
    std::size_t open(std::uint16_t type) {
        const std::size_t at = message_.size();
        put_header(rtattr{0, type});
        return at;
    }
    void close(std::size_t at) {
        const auto length = static_cast<std::uint16_t>(message_.size() - at);
        std::memcpy(message_.data() + at, &length, sizeof length);
    }
    void put(std::uint16_t type, const void* data, std::size_t size) {
        const std::size_t at = open(type);
        const auto* p = static_cast<const std::uint8_t*>(data);
        message_.insert(message_.end(), p, p + size);
        close(at);
        message_.resize((message_.size() + 3) / 4 * 4);
    }
    int talk() {
        const auto length = static_cast<std::uint32_t>(message_.size());
        std::memcpy(message_.data(), &length, sizeof length);
        if (::send(fd_.get(), message_.data(), message_.size(), 0) < 0) {
            return errno;
        }
        struct {
            nlmsghdr header;
            nlmsgerr error;
            std::uint8_t rest[4096];
        } answer{};
        return ::recv(fd_.get(), &answer, sizeof answer, 0) < 0 ? errno : -answer.error.error;
    }

    UniqueFd fd_;
    Bytes message_;
};

bool set_link(const char* name, bool up) {
    const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (::ioctl(fd.get(), SIOCGIFFLAGS, &request) != 0) {
        return false;
    }
    request.ifr_flags =
        static_cast<short>(up ? request.ifr_flags | IFF_UP | IFF_NOARP : request.ifr_flags & ~IFF_UP);
    return ::ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0;
}

void write_file(const char* path, const std::string& text) {
    std::ofstream(path) << text;
}

// Runs `body` in a child with namespaces of its own. The body returns "" or what went wrong.
void in_own_network(const std::function<std::string()>& body) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto leave = [&](int code, const std::string& text) {
            (void)!::write(pipe_ends[1], text.data(), text.size());
            ::_exit(code);
        };
        const uid_t uid = ::getuid();
        const gid_t gid = ::getgid();
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
            leave(skipped, std::string("no user and network namespace: ") + std::strerror(errno));
        }
        write_file("/proc/self/setgroups", "deny");
        write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
        write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
        write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6",
                   "1"); // no router solicitations between our frames
        if (!LinkMaker().make_veth("eth0", "eth1")) {
            leave(skipped, "no veth pair");
        }
        if (!set_link("eth0", true) || !set_link("eth1", true)) {
            leave(1, "links cannot be set up");
        }
        const std::string wrong = body();
        leave(wrong.empty() ? 0 : 1, wrong);
    }
    ::close(pipe_ends[1]);
    std::string text;
    char buffer[512];
    for (ssize_t n; (n = ::read(pipe_ends[0], buffer, sizeof buffer)) > 0;) {
        text.append(buffer, static_cast<std::size_t>(n));
    }
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
    if (WEXITSTATUS(status) == skipped) {
        GTEST_SKIP() << text;
    }
    EXPECT_EQ(WEXITSTATUS(status), 0) << text;
}

#define REQUIRE(condition)                                                                                   \
    if (!(condition)) {                                                                                      \
        return std::string(#condition " (line ") + std::to_string(__LINE__) + ", errno " +                   \
               std::strerror(errno) + ")";                                                                   \
    }

Bytes ethernet_frame(std::size_t size, std::uint8_t fill) {
    Bytes bytes(size, fill);
    wire::EthernetHeader{Mac{{2, 0, 0, 0, 0, 0x99}}, Mac{{2, 0, 0, 0, 0, 0x98}}, 0x88b5}.emit(bytes.data());
    return bytes;
}

Frame frame_over(Bytes& bytes, const wire::VnetMeta& meta = {}) {
    return {bytes.data(), static_cast<std::uint32_t>(bytes.size()), 0, meta};
}

// Waits for a frame, but not for ever.
std::size_t receive_some(PacketDevice& device, std::span<Frame> frames) {
    for (int tries = 0; tries < 20; ++tries) {
        if (const std::size_t n = device.receive(frames, {})) {
            return n;
        }
        std::vector<pollfd> wait;
        for (const int fd : device.fds()) {
            wait.push_back({fd, POLLIN, 0});
        }
        ::poll(wait.data(), wait.size(), 50);
    }
    return 0;
}

// A link that has just come up swallows frames without a word until the kernel's link watch has activated its
// queue: sends markers both ways until they come through, then takes what is left of them.
bool warm_up(PacketDevice& a, PacketDevice& b) {
    Bytes marker = ethernet_frame(60, 0x77);
    const Frame out = frame_over(marker);
    std::array<Frame, 64> frames;
    for (const auto& [from, to] : {std::pair(&a, &b), std::pair(&b, &a)}) {
        std::size_t got = 0;
        for (int tries = 0; tries < 500 && got == 0; ++tries) {
            from->send({&out, 1}, {});
            ::usleep(10000);
            got = to->receive(frames, {});
        }
        if (got == 0) {
            return false;
        }
        ::usleep(20000);
        while (to->receive(frames, {}) > 0) {
        }
    }
    return true;
}

class AfPacket : public testing::TestWithParam<ReceivePath> {
protected:
    static AfPacketOptions options() { return {.receive_path = GetParam(), .ring_slots = 32}; }
};

TEST_P(AfPacket, FramesCrossAVethBothWaysAndInOrder) {
    in_own_network([]() -> std::string {
        auto a = AfPacketDevice::open("eth0", options());
        auto b = AfPacketDevice::open("eth1", options());
        REQUIRE(a && b && warm_up(**a, **b));
        const DeviceCounters before = (*a)->counters();
        std::vector<Bytes> sent;
        std::vector<Frame> out;
        for (std::size_t i = 0; i < 20; ++i) {
            sent.push_back(ethernet_frame(60 + 50 * i, static_cast<std::uint8_t>(i)));
        }
        for (Bytes& bytes : sent) {
            out.push_back(frame_over(bytes));
        }
        REQUIRE((*a)->send(out, {}) == 20);
        std::array<Frame, 64> frames;
        std::size_t got = 0;
        while (got < 20) {
            const std::size_t n = receive_some(**b, frames);
            REQUIRE(n > 0);
            for (std::size_t i = 0; i < n; ++i, ++got) {
                REQUIRE(frames[i].headroom >= min_headroom_bytes);
                std::memset(frames[i].data - min_headroom_bytes, 0xee, min_headroom_bytes); // ours to write
                REQUIRE(Bytes(frames[i].data, frames[i].data + frames[i].size) == sent[got]);
            }
            REQUIRE((*b)->send({frames.data(), n}, {}) == n); // straight back, without a copy
        }
        got = 0;
        while (got < 20) {
            const std::size_t n = receive_some(**a, frames);
            REQUIRE(n > 0);
            for (std::size_t i = 0; i < n; ++i, ++got) {
                REQUIRE(Bytes(frames[i].data, frames[i].data + frames[i].size) == sent[got]);
            }
        }
        REQUIRE((*b)->receive(frames, {}) == 0); // own frames are not seen
        REQUIRE((*a)->counters().tx_frames - before.tx_frames == 20);
        REQUIRE((*a)->counters().rx_frames - before.rx_frames == 20);
        return "";
    });
}

// 64,000 bytes of TCP payload to be cut into segments, and what says so.
std::pair<Bytes, wire::VnetMeta> gso_frame() {
    Bytes bytes(14 + 20 + 20 + 64000, 0x42);
    wire::EthernetHeader{Mac{{2, 0, 0, 0, 0, 0x99}}, Mac{{2, 0, 0, 0, 0, 0x98}}, wire::ethertype_ipv4}.emit(
        bytes.data());
    wire::Ipv4Header ip;
    ip.total_length = static_cast<std::uint16_t>(bytes.size() - 14);
    ip.protocol = wire::protocol_tcp;
    ip.source = *IpAddress::parse("10.1.1.2");
    ip.destination = *IpAddress::parse("10.1.1.3");
    ip.emit(bytes.data() + 14);
    std::memset(bytes.data() + 34, 0, 20);
    bytes[35] = 9;
    bytes[37] = 9;
    bytes[46] = 0x50;
    bytes[47] = 0x10;
    const auto l4_bytes = bytes.size() - 34;
    store_be16(bytes.data() + 50, wire::fold(wire::pseudo_header_sum(0x0a010102, 0x0a010103, 6, l4_bytes)));
    wire::VnetMeta meta;
    meta.flags = wire::VnetMeta::needs_checksum;
    meta.gso_type = wire::VnetMeta::gso_tcp_v4;
    meta.gso_size = 1448;
    meta.hdr_len = 54;
    meta.csum_start = 34;
    meta.csum_offset = 16;
    return {bytes, meta};
}

TEST_P(AfPacket, AGsoFrameOf64KPassesWhole) {
    in_own_network([]() -> std::string {
        auto a = AfPacketDevice::open("eth0", options());
        auto b = AfPacketDevice::open("eth1", options());
        REQUIRE(a && b && warm_up(**a, **b));
        auto [bytes, meta] = gso_frame();
        const Frame out = frame_over(bytes, meta);
        REQUIRE((*a)->send({&out, 1}, {}) == 1);
        std::array<Frame, 4> frames;
        REQUIRE(receive_some(**b, frames) == 1);
        REQUIRE(Bytes(frames[0].data, frames[0].data + frames[0].size) == bytes);
        REQUIRE(frames[0].meta.gso_type == wire::VnetMeta::gso_tcp_v4);
        REQUIRE(frames[0].meta.gso_size == 1448);
        REQUIRE(frames[0].meta.checksum_is_partial());
        REQUIRE(frames[0].meta.csum_start == 34 && frames[0].meta.csum_offset == 16);
        REQUIRE((*b)->counters().largest_rx_bytes == bytes.size());
        return "";
    });
}

TEST_P(AfPacket, LargeAndSmallFramesKeepTheirOrder) {
    if (GetParam() == ReceivePath::queue) {
        GTEST_SKIP() << "how much a queue holds is the machine's to say";
    }
    in_own_network([]() -> std::string {
        auto a = AfPacketDevice::open("eth0", options());
        auto b = AfPacketDevice::open("eth1", options());
        REQUIRE(a && b && warm_up(**a, **b));
        auto [large, meta] = gso_frame();
        std::vector<Bytes> small;
        for (std::uint8_t i = 0; i < 20; ++i) {
            small.push_back(ethernet_frame(100, i));
        }
        std::vector<Frame> out;
        for (std::uint8_t i = 0; i < 20; ++i) {
            out.push_back(frame_over(small[i]));
            if (i % 3 != 2) {
                out.push_back(frame_over(large, meta));
            }
        }
        REQUIRE((*a)->send(out, {}) == out.size());
        std::array<Frame, 7> frames;
        std::size_t got = 0;
        while (got < out.size()) {
            const std::size_t n = receive_some(**b, frames);
            REQUIRE(n > 0);
            for (std::size_t i = 0; i < n; ++i, ++got) {
                REQUIRE(frames[i].size == out[got].size);
                REQUIRE(frames[i].data[50] == out[got].data[50]);
            }
        }
        return "";
    });
}

TEST_P(AfPacket, ABurstOfSmallFramesFindsRoomWhileNobodyReceives) {
    if (GetParam() == ReceivePath::queue) {
        GTEST_SKIP() << "how much a queue holds is the machine's to say";
    }
    in_own_network([]() -> std::string {
        auto a = AfPacketDevice::open("eth0", options());
        auto b = AfPacketDevice::open("eth1", options());
        REQUIRE(a && b && warm_up(**a, **b));
        Bytes bytes = ethernet_frame(1514, 1);
        const std::vector<Frame> out(900, frame_over(bytes)); // fewer than the kernel's own backlog holds
        REQUIRE((*a)->send(out, {}) == out.size());
        std::array<Frame, 64> frames;
        std::size_t got = 0;
        while (const std::size_t n = receive_some(**b, frames)) {
            got += n;
        }
        REQUIRE(got == out.size());
        REQUIRE((*b)->counters().rx_drops == 0);
        return "";
    });
}

TEST_P(AfPacket, SaysThatItIsCrowdedWhileMoreWaitsThanHalfOfWhatThereIsRoomFor) {
    if (GetParam() == ReceivePath::queue) {
        GTEST_SKIP() << "a queue does not know";
    }
    in_own_network([]() -> std::string {
        auto a = AfPacketDevice::open("eth0", options());
        AfPacketOptions small = options();
        small.ring_slots = 1; // a megabyte: some 470 small frames
        auto b = AfPacketDevice::open("eth1", small);
        REQUIRE(a && b && warm_up(**a, **b));
        REQUIRE(!(*b)->is_crowded());
        Bytes bytes = ethernet_frame(1000, 1);
        const std::vector<Frame> out(400, frame_over(bytes));
        REQUIRE((*a)->send(out, {}) == out.size());
        for (int tries = 0; tries < 500 && !(*b)->is_crowded(); ++tries) {
            ::usleep(10000);
        }
        REQUIRE((*b)->is_crowded());
        std::array<Frame, 64> frames;
        while (receive_some(**b, frames) > 0) {
        }
        REQUIRE(!(*b)->is_crowded());
        return "";
    });
}

TEST_P(AfPacket, ATagIsPutBack) {
    in_own_network([]() -> std::string {
        auto a = AfPacketDevice::open("eth0", options());
        auto b = AfPacketDevice::open("eth1", options());
        REQUIRE(a && b && warm_up(**a, **b));
        Bytes bytes = ethernet_frame(64, 5);
        store_be16(bytes.data() + 12, wire::ethertype_vlan);
        store_be16(bytes.data() + 14, 42);
        store_be16(bytes.data() + 16, 0x88b5);
        const Frame out = frame_over(bytes);
        REQUIRE((*a)->send({&out, 1}, {}) == 1);
        std::array<Frame, 4> frames;
        REQUIRE(receive_some(**b, frames) == 1);
        REQUIRE(Bytes(frames[0].data, frames[0].data + frames[0].size) == bytes);
        REQUIRE(frames[0].headroom >= min_headroom_bytes);
        return "";
    });
}

TEST_P(AfPacket, SurvivesALinkThatGoesDownAndComesBack) {
    in_own_network([]() -> std::string {
        auto a = AfPacketDevice::open("eth0", options());
        auto b = AfPacketDevice::open("eth1", options());
        REQUIRE(a && b && warm_up(**a, **b));
        Bytes bytes = ethernet_frame(100, 1);
        const Frame out = frame_over(bytes);
        std::array<Frame, 4> frames;
        Instant now{};
        for (int round = 0; round < 3; ++round) {
            REQUIRE((*a)->send({&out, 1}, {}) == 1);
            REQUIRE(receive_some(**b, frames) == 1);

            REQUIRE(set_link("eth0", false));
            REQUIRE((*a)->send({&out, 1}, {}) == 0);
            now += std::chrono::milliseconds(1); // how often a device looks for errors
            REQUIRE((*a)->receive(frames, now) == 0);
            REQUIRE((*b)->receive(frames, now) == 0);
            for (const int fd : (*a)->fds()) {
                pollfd wait{fd, POLLIN, 0};
                REQUIRE(::poll(&wait, 1, 0) == 0); // the error was taken: no busy loop
            }
            REQUIRE(set_link("eth0", true) && warm_up(**a, **b));
        }
        REQUIRE((*a)->send({&out, 1}, {}) == 1);
        REQUIRE(receive_some(**b, frames) == 1);
        REQUIRE((*a)->counters().tx_drops >= 3);
        REQUIRE((*a)->counters().down_events >= 3);
        return "";
    });
}

TEST_P(AfPacket, WhatDoesNotFitIsCountedAndTheRestWorks) {
    in_own_network([]() -> std::string {
        auto a = AfPacketDevice::open("eth0", options());
        AfPacketOptions small = options();
        small.receive_buffer_bytes = 4096;
        small.ring_slots = 1;
        auto b = AfPacketDevice::open("eth1", small);
        REQUIRE(a && b && warm_up(**a, **b));
        Bytes bytes = ethernet_frame(1000, 1);
        std::vector<Frame> out(500, frame_over(bytes)); // fewer than the kernel's own backlog holds
        for (const std::size_t drops : {std::size_t{1}, out.size()}) { // a ring of a megabyte holds some
            REQUIRE((*a)->send(out, {}) == out.size());
            for (int tries = 0; tries < 500 && (*b)->counters().rx_drops < drops; ++tries) {
                ::usleep(10000); // the kernel may deliver later, on a thread of its own
            }
        }
        std::array<Frame, 64> frames;
        std::size_t got = 0;
        while (const std::size_t n = receive_some(**b, frames)) {
            got += n;
        }
        REQUIRE(got > 0 && got < out.size());
        REQUIRE((*b)->counters().rx_drops == 2 * out.size() - got);
        REQUIRE((*b)->counters().rx_drops ==
                2 * out.size() - got); // asking resets the kernel's figure, not ours
        REQUIRE((*a)->send({out.data(), 1}, {}) == 1);
        REQUIRE(receive_some(**b, frames) == 1);
        return "";
    });
}

// One bad frame in a batch costs that frame only.
TEST_P(AfPacket, ABadFrameDoesNotHoldUpTheOthers) {
    in_own_network([]() -> std::string {
        auto a = AfPacketDevice::open("eth0", options());
        auto b = AfPacketDevice::open("eth1", options());
        REQUIRE(a && b && warm_up(**a, **b));
        Bytes good = ethernet_frame(100, 1);
        Bytes too_long = ethernet_frame(5000, 2); // over the MTU, and no GSO
        const std::array<Frame, 3> out{frame_over(good), frame_over(too_long), frame_over(good)};
        REQUIRE((*a)->send(out, {}) == 2);
        REQUIRE((*a)->counters().tx_drops == 1);
        std::array<Frame, 4> frames;
        std::size_t got = receive_some(**b, frames);
        got += got < 2 ? receive_some(**b, frames) : 0;
        REQUIRE(got == 2);
        return "";
    });
}

INSTANTIATE_TEST_SUITE_P(Paths, AfPacket, testing::Values(ReceivePath::rings, ReceivePath::queue),
                         [](const auto& path) {
                             return path.param == ReceivePath::rings ? "Rings" : "Queue";
                         });

TEST(AfPacketOpen, NamesTheInterfaceThatIsMissing) {
    const auto opened = AfPacketDevice::open("nosuch0");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().message, "open nosuch0: No such device");
}

} // namespace
} // namespace fulcrum::device
