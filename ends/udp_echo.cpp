#include "ends/udp_echo.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace fulcrum::ends {
namespace {

constexpr std::size_t batch_size = 32;
constexpr std::size_t max_datagram_bytes = 65507; // IPv4: 65535 - 20 - 8
constexpr int batches_per_turn = 8;

} // namespace

// Buffers of one recvmmsg and sendmmsg. The greeting stands before each payload, so that an answer is one
// run.
struct UdpEcho::Batch {
    struct Slot {
        std::vector<char> bytes;
        iovec vector{};
        sockaddr_in peer{};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> control{};
    };
    std::array<Slot, batch_size> slots;
    std::array<mmsghdr, batch_size> messages{};
    std::array<mmsghdr, batch_size> answers{};
};

Result<UdpEcho> UdpEcho::open(const std::string& server, std::uint16_t port,
                              const std::vector<std::uint16_t>& own_ports) {
    UdpEcho echo;
    echo.greeting_ = server + " ";
    echo.own_ports_ = own_ports;
    echo.fd_ = UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!echo.fd_) {
        return fail_errno("open a UDP socket");
    }
    const int on = 1;
    const int buffer_bytes = 4 * 1024 * 1024;
    ::setsockopt(echo.fd(), SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    if (::setsockopt(echo.fd(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0) {
        return fail_errno("ask for the local address of datagrams");
    }
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_port = htons(port);
    if (::bind(echo.fd(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
        return fail_errno(fmt::format("listen on UDP port {}", port));
    }
    echo.batch_ = std::make_shared<Batch>();
    for (auto& slot : echo.batch_->slots) {
        slot.bytes.resize(echo.greeting_.size() + max_datagram_bytes);
        std::memcpy(slot.bytes.data(), echo.greeting_.data(), echo.greeting_.size());
    }
    return echo;
}

void UdpEcho::process_readable() {
    for (int i = 0; i < batches_per_turn && process_batch(); ++i) {
    }
}

bool UdpEcho::process_batch() {
    for (std::size_t i = 0; i < batch_size; ++i) {
        auto& slot = batch_->slots[i];
        slot.vector = {slot.bytes.data() + greeting_.size(), max_datagram_bytes};
        auto& header = batch_->messages[i].msg_hdr;
        header = {};
        header.msg_name = &slot.peer;
        header.msg_namelen = sizeof slot.peer;
        header.msg_iov = &slot.vector;
        header.msg_iovlen = 1;
        header.msg_control = slot.control.data();
        header.msg_controllen = slot.control.size();
    }
    const int received = ::recvmmsg(fd(), batch_->messages.data(), batch_size, MSG_DONTWAIT, nullptr);
    if (received <= 0) {
        return false;
    }
    unsigned answers = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(received); ++i) {
        auto& slot = batch_->slots[i];
        auto& message = batch_->messages[i];
        if (std::find(own_ports_.begin(), own_ports_.end(), ntohs(slot.peer.sin_port)) != own_ports_.end()) {
            continue;
        }
        slot.vector.iov_base = slot.bytes.data();
        slot.vector.iov_len = std::min(greeting_.size() + message.msg_len, max_datagram_bytes);
        // The same control message goes back: its spec_dst is the address that the datagram was sent to. The
        // interface is left to routing, which in a lab need not be the one it came by.
        for (auto* part = CMSG_FIRSTHDR(&message.msg_hdr); part != nullptr;
             part = CMSG_NXTHDR(&message.msg_hdr, part)) {
            if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
                in_pktinfo info{};
                std::memcpy(&info, CMSG_DATA(part), sizeof info);
                info.ipi_ifindex = 0;
                std::memcpy(CMSG_DATA(part), &info, sizeof info);
            }
        }
        message.msg_hdr.msg_flags = 0;
        batch_->answers[answers++].msg_hdr = message.msg_hdr;
    }
    // A datagram that cannot be sent (no route, no buffer) is lost as datagrams are; the ones after it are
    // not.
    for (unsigned next = 0; next < answers;) {
        const int sent = ::sendmmsg(fd(), batch_->answers.data() + next, answers - next, MSG_DONTWAIT);
        next += sent > 0 ? static_cast<unsigned>(sent) : 1;
    }
    return received == static_cast<int>(batch_size);
}

} // namespace fulcrum::ends
