// fulcrum-link A B: the middle of one link. Started by a lab's supervisor in the fabric, never by hand;
// relays frames between two interfaces and does to them what it is told to on descriptor 3
// (netns/link_message.h). The first request says what the link is like; nothing passes before.
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <net/if.h>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <vector>

#include "engine/device/af_packet_device.h"
#include "netns/link/carrier_mirror.h"
#include "netns/link/relay_direction.h"
#include "netns/link_message.h"

using namespace fulcrum;
using namespace fulcrum::netns;

namespace {

constexpr int control_number = 3;
constexpr unsigned long timer_slack_ns = 1; // the kernel's default would make every frame 50 µs late

// Large frames that may wait for this process while the machine runs others: a few ten milliseconds of a busy
// link. With 32 small ones for each this is 36 MB of kernel memory for each side.
constexpr std::uint32_t ring_slots = 256;

class LinkProcess {
public:
    static Result<LinkProcess> open(const std::string& a, const std::string& b) {
        auto device_a = device::AfPacketDevice::open(a, {.ring_slots = ring_slots});
        if (!device_a) {
            return tl::unexpected(device_a.error());
        }
        auto device_b = device::AfPacketDevice::open(b, {.ring_slots = ring_slots});
        if (!device_b) {
            return tl::unexpected(device_b.error());
        }
        auto mirror = CarrierMirror::make(static_cast<int>(::if_nametoindex(a.c_str())),
                                          static_cast<int>(::if_nametoindex(b.c_str())));
        if (!mirror) {
            return tl::unexpected(mirror.error());
        }
        return LinkProcess(std::move(*device_a), std::move(*device_b), std::move(*mirror));
    }

    // Until the supervisor hangs up.
    Result<> run() {
        if (auto answered = answer(0); !answered || !*answered) {
            return answered ? Result<>() : tl::unexpected(answered.error());
        }
        if (auto followed = mirror_.follow(); !followed) {
            return followed;
        }
        std::vector<pollfd> watched{{control_number, POLLIN, 0}, {mirror_.fd(), POLLIN, 0}};
        for (const device::AfPacketDevice* device : {a_.get(), b_.get()}) {
            for (const int fd : device->fds()) {
                watched.push_back({fd, POLLIN, 0});
            }
        }
        bool more = false;
        for (;;) {
            wait(watched, more);
            const Instant now = monotonic_now();
            more = a_to_b_.take_in(now);
            more = b_to_a_.take_in(now) || more;
            a_to_b_.let_out();
            b_to_a_.let_out();
            if (watched[0].revents != 0) {
                const auto answered = answer(MSG_DONTWAIT);
                if (!answered) {
                    return tl::unexpected(answered.error());
                }
                if (!*answered) {
                    return {};
                }
            }
            if (watched[1].revents != 0) {
                if (auto followed = mirror_.follow(); !followed) {
                    return followed;
                }
            }
        }
    }

private:
    LinkProcess(std::unique_ptr<device::AfPacketDevice> a, std::unique_ptr<device::AfPacketDevice> b,
                CarrierMirror mirror)
        : a_(std::move(a)), b_(std::move(b)), mirror_(std::move(mirror)), a_to_b_(*a_, *b_, 0),
          b_to_a_(*b_, *a_, 0x9e3779b97f4a7c15U) {}

    // Until something comes or is due; the deadline is absolute, so waking up late does not add up.
    void wait(std::span<pollfd> watched, bool more) const {
        const Instant deadline = std::min(a_to_b_.next_deadline(), b_to_a_.next_deadline());
        timespec left{};
        if (!more && deadline != Instant::max()) {
            const auto ns = std::max(Duration(0), deadline - monotonic_now()).count();
            left = {ns / 1'000'000'000, ns % 1'000'000'000};
        }
        const bool for_ever = !more && deadline == Instant::max();
        (void)::ppoll(watched.data(), watched.size(), for_ever ? nullptr : &left, nullptr);
    }

    // One request. False: the supervisor has hung up.
    Result<bool> answer(int flags) {
        std::array<char, most_link_message_bytes> text;
        const ssize_t size = ::recv(control_number, text.data(), text.size(), flags);
        if (size < 0) {
            return errno == EAGAIN || errno == EINTR ? Result<bool>(true)
                                                     : fail_errno("read the control socket");
        }
        if (size == 0) {
            return false;
        }
        const auto request = parse_link_request({text.data(), static_cast<std::size_t>(size)});
        if (!request) {
            return tl::unexpected(request.error());
        }
        if (request->set) {
            a_to_b_.set(request->a_to_b, request->reseed);
            b_to_a_.set(request->b_to_a, request->reseed);
        }
        const std::string report = emit_link_report({a_to_b_.counters(), b_to_a_.counters()});
        if (::send(control_number, report.data(), report.size(), MSG_NOSIGNAL) < 0) {
            return false;
        }
        return true;
    }

    std::unique_ptr<device::AfPacketDevice> a_, b_;
    CarrierMirror mirror_;
    RelayDirection a_to_b_, b_to_a_;
};

} // namespace

int main(int argc, char** argv) {
    int type = 0;
    socklen_t size = sizeof type;
    if (argc != 3 || ::getsockopt(control_number, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
        type != SOCK_SEQPACKET) {
        std::fputs("fulcrum-link is the middle of a lab's link; it is started by the lab, not by hand\n",
                   stderr);
        return 2;
    }
    (void)::prctl(PR_SET_TIMERSLACK, timer_slack_ns);
    auto link = LinkProcess::open(argv[1], argv[2]);
    const auto outcome = link ? link->run() : Result<>(tl::unexpected(link.error()));
    if (!outcome) {
        std::fprintf(stderr, "%s\n", outcome.error().message.c_str());
        return 1;
    }
    return 0;
}
