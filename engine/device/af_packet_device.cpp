#include "engine/device/af_packet_device.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "engine/device/receive_queue.h"
#include "engine/device/receive_rings.h"

namespace fulcrum::device {

namespace {

constexpr std::size_t send_batch = 64;
constexpr int send_buffer_bytes = 16 << 20;
constexpr int send_patience_ms = 1;
// Looking is a system call, and touches what the kernel writes to for each frame: an engine that looks for
// frames a million times a second would slow down those who send to it.
constexpr Duration error_look_interval = std::chrono::milliseconds(1);

Result<> prepare_socket(int fd) {
    const int on = 1;
    if (::setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) != 0) {
        return fail_errno("ask for offload headers (PACKET_VNET_HDR)");
    }
    if (::setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0) {
        return fail_errno("ignore own frames (PACKET_IGNORE_OUTGOING)");
    }
    // As much as an unprivileged user may have; what does not fit is a counted drop.
    if (::setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &send_buffer_bytes, sizeof send_buffer_bytes) != 0 &&
        ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof send_buffer_bytes) != 0) {
        return fail_errno("set the send buffer");
    }
    return {};
}

// Receives nothing before bind_socket(), when everything is in place.
Result<UniqueFd> make_socket() {
    UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) {
        return fail_errno("packet socket");
    }
    if (const auto prepared = prepare_socket(fd.get()); !prepared) {
        return tl::unexpected(prepared.error());
    }
    return fd;
}

Result<> bind_socket(int fd, unsigned interface) {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(interface);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return fail_errno("bind");
    }
    return {};
}

Result<std::unique_ptr<AfPacketReceiver>> make_receiver(int fd, const AfPacketOptions& options) {
    if (options.receive_path == ReceivePath::queue) {
        return ReceiveQueue::make(fd, options.receive_buffer_bytes);
    }
    auto second = make_socket();
    if (!second) {
        return tl::unexpected(second.error());
    }
    return ReceiveRings::make(fd, std::move(*second), options.ring_slots);
}

} // namespace

Result<std::unique_ptr<AfPacketDevice>> AfPacketDevice::open(const std::string& interface,
                                                             const AfPacketOptions& options) {
    const std::string phrase = "open " + interface;
    const unsigned index = ::if_nametoindex(interface.c_str());
    if (index == 0) {
        return fail_errno(phrase);
    }
    auto fd = make_socket();
    if (!fd) {
        return fail(fd.error(), phrase);
    }
    auto receiver = make_receiver(fd->get(), options);
    if (!receiver) {
        return fail(receiver.error(), phrase);
    }
    std::unique_ptr<AfPacketDevice> device(new AfPacketDevice(std::move(*fd), std::move(*receiver)));
    for (const int socket : device->fds()) {
        if (const auto bound = bind_socket(socket, index); !bound) {
            return fail(bound.error(), phrase);
        }
    }
    return device;
}

std::vector<int> AfPacketDevice::fds() const {
    std::vector<int> out{fd_.get()};
    if (receiver_->second_fd() >= 0) {
        out.push_back(receiver_->second_fd());
    }
    return out;
}

std::size_t AfPacketDevice::receive(std::span<Frame> frames, Instant now) {
    const std::size_t received = receiver_->receive(frames, counters_);
    if (received == 0 && now >= next_error_look_) {
        next_error_look_ = now + error_look_interval;
        take_error();
    }
    return received;
}

void AfPacketDevice::take_error() {
    bool down = false;
    for (const int fd : {fd_.get(), receiver_->second_fd()}) {
        int error = 0;
        socklen_t size = sizeof error;
        down = (fd >= 0 && ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == ENETDOWN) ||
               down;
    }
    counters_.down_events += down ? 1 : 0;
}

std::size_t AfPacketDevice::send(std::span<const Frame> frames, Instant /*now*/) {
    std::array<mmsghdr, send_batch> messages;
    std::array<iovec, 2 * send_batch> pieces;
    std::size_t sent = 0;
    std::size_t next = 0;
    bool error_taken = false;
    bool waited = false;
    while (next < frames.size()) {
        const std::size_t count = std::min(send_batch, frames.size() - next);
        for (std::size_t i = 0; i < count; ++i) {
            const Frame& frame = frames[next + i];
            // sendmmsg only reads what iovec cannot declare const.
            pieces[2 * i] = {const_cast<wire::VnetMeta*>(&frame.meta), sizeof(wire::VnetMeta)};
            pieces[2 * i + 1] = {frame.data, frame.size};
            messages[i] = {};
            messages[i].msg_hdr.msg_iov = &pieces[2 * i];
            messages[i].msg_hdr.msg_iovlen = 2;
        }
        const int done = ::sendmmsg(fd_.get(), messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
        if (done > 0) {
            for (std::size_t i = 0; i < static_cast<std::size_t>(done); ++i) {
                counters_.count_sent(frames[next + i]);
            }
            next += static_cast<std::size_t>(done);
            sent += static_cast<std::size_t>(done);
            continue;
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno == ENETDOWN && !error_taken) {
            // Perhaps only the memory of a link that is back by now: the call has cleared it, so ask once
            // more.
            error_taken = true;
            continue;
        }
        if (errno == ENETDOWN || errno == ENXIO || errno == ENODEV) {
            ++counters_.down_events;
            counters_.tx_drops += frames.size() - next;
            break;
        }
        if ((errno == EAGAIN || errno == ENOBUFS) && !waited) {
            // Frames are on their way through the kernel, on another thread when the machine is busy: let it
            // run.
            waited = true;
            pollfd writable{fd_.get(), POLLOUT, 0};
            ::poll(&writable, 1, send_patience_ms);
            continue;
        }
        // The first frame's own fault (EINVAL, EMSGSIZE), or a queue that stays full: lost, as on a wire.
        ++counters_.tx_drops;
        ++next;
    }
    return sent;
}

DeviceCounters AfPacketDevice::counters() {
    for (const int fd : {fd_.get(), receiver_->second_fd()}) {
        tpacket_stats statistics{};
        socklen_t size = sizeof statistics;
        // Reading resets the kernel's figures.
        if (fd >= 0 && ::getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0) {
            counters_.rx_drops += statistics.tp_drops;
        }
    }
    return counters_;
}

} // namespace fulcrum::device
