// fulcrum-decap: the server's end of an L3 DSR tunnel where the kernel has no tunnel device. What comes in as
// IP in IP or GRE is taken out and given to the kernel through a veth pair of the node, as if it had come
// over a wire: the kernel finds its VIP on the loopback interface and answers the client directly.
//
//     fulcrum-decap OUT IN [--vip ADDRESS]...
//
// OUT and IN are the two ends of the pair: packets are sent on OUT and so arrive on IN.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ends/tunnel_packet.h"
#include "engine/base/address.h"
#include "engine/base/byte_order.h"
#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::ends {
namespace {

constexpr std::size_t max_packet = 65535;

Result<UniqueFd> open_tunnel(std::uint8_t protocol) {
    UniqueFd fd(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
    if (!fd) {
        return fail_errno(fmt::format("open a raw socket for protocol {}", protocol));
    }
    const int bytes = 4 << 20;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)); // as much as may be had
    return fd;
}

Result<std::array<std::uint8_t, 6>> mac_of(int socket, const std::string& interface) {
    ifreq request{};
    std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
    if (::ioctl(socket, SIOCGIFHWADDR, &request) != 0) {
        return fail_errno(fmt::format("find interface {}", interface));
    }
    std::array<std::uint8_t, 6> out{};
    std::memcpy(out.data(), request.ifr_hwaddr.sa_data, out.size());
    return out;
}

// Hands packets to the kernel through the pair.
class Injector {
public:
    static Result<Injector> open(const std::string& out, const std::string& in) {
        Injector made;
        made.fd_.reset(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)); // protocol 0: nothing is received
        if (!made.fd_) {
            return fail_errno("open a packet socket");
        }
        const auto from = mac_of(made.fd_.get(), out), to = mac_of(made.fd_.get(), in);
        if (!from || !to) {
            return tl::unexpected(from ? to.error() : from.error());
        }
        sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_ifindex = static_cast<int>(::if_nametoindex(out.c_str()));
        if (::bind(made.fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
            return fail_errno(fmt::format("bind to {}", out));
        }
        made.frame_.resize(ETH_HLEN + max_packet);
        std::memcpy(made.frame_.data(), to->data(), 6);
        std::memcpy(made.frame_.data() + 6, from->data(), 6);
        store_be16(made.frame_.data() + 12, ETHERTYPE_IP);
        return made;
    }
    // What finds no room is lost, as on a wire.
    void inject(std::span<const std::uint8_t> packet) {
        std::memcpy(frame_.data() + ETH_HLEN, packet.data(), packet.size());
        [[maybe_unused]] const ssize_t sent = ::send(fd_.get(), frame_.data(), ETH_HLEN + packet.size(), 0);
    }

private:
    Injector() = default;
    UniqueFd fd_;
    std::vector<std::uint8_t> frame_;
};

void drain(int tunnel, Injector& injector, const std::set<std::uint32_t>& vips) {
    static std::array<std::uint8_t, max_packet> buffer;
    for (int i = 0; i < 256; ++i) { // then the other tunnel has its turn
        const ssize_t size = ::recv(tunnel, buffer.data(), buffer.size(), 0);
        if (size <= 0) {
            return;
        }
        const auto inner = inner_packet({buffer.data(), static_cast<std::size_t>(size)});
        if (!inner.empty() && (vips.empty() || vips.contains(load_be32(inner.data() + 16)))) {
            injector.inject(inner);
        }
    }
}

Result<> run(const std::string& out, const std::string& in, const std::set<std::uint32_t>& vips) {
    auto ipip = open_tunnel(protocol_ipip), gre = open_tunnel(protocol_gre);
    if (!ipip || !gre) {
        return tl::unexpected(ipip ? gre.error() : ipip.error());
    }
    auto injector = Injector::open(out, in);
    if (!injector) {
        return tl::unexpected(injector.error());
    }
    if (const char* ready = std::getenv("FULCRUM_READY_FD")) {
        const char byte = 1;
        [[maybe_unused]] const ssize_t written = ::write(std::atoi(ready), &byte, 1);
    }
    for (;;) {
        std::array<pollfd, 2> waiting{{{ipip->get(), POLLIN, 0}, {gre->get(), POLLIN, 0}}};
        if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) {
            return fail_errno("wait for packets");
        }
        drain(ipip->get(), *injector, vips);
        drain(gre->get(), *injector, vips);
    }
}

} // namespace
} // namespace fulcrum::ends

int main(int argc, char** argv) {
    CLI::App app("Takes packets out of IP-in-IP and GRE and gives them to the kernel through a veth pair");
    std::string out, in;
    std::vector<std::string> addresses;
    app.add_option("OUT", out, "end of the pair to send on")->required();
    app.add_option("IN", in, "end of the pair they arrive on")->required();
    app.add_option("--vip", addresses, "pass only packets for this address (may be repeated; none: all)");
    CLI11_PARSE(app, argc, argv);
    std::set<std::uint32_t> vips;
    for (const std::string& text : addresses) {
        const auto address = fulcrum::IpAddress::parse(text);
        if (!address || !address->is_v4()) {
            fmt::print(stderr, "fulcrum-decap: --vip {}: is not an IPv4 address\n", text);
            return 2;
        }
        vips.insert(address->v4_value());
    }
    const auto done = fulcrum::ends::run(out, in, vips);
    fmt::print(stderr, "fulcrum-decap: {}\n", done.error().message);
    return 1;
}
