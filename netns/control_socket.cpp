#include "netns/control_socket.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fmt/format.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/un.h>

namespace fulcrum::netns {

namespace {

struct Address {
    sockaddr_un value{};
    socklen_t size = 0;
};

Result<Address> abstract_address(const std::string& name) {
    Address address;
    if (name.empty() || name.size() > sizeof address.value.sun_path - 1) {
        return bad_input(fmt::format("socket name \"{}\": 1 to {} bytes are needed", name,
                                     sizeof address.value.sun_path - 1));
    }
    address.value.sun_family = AF_UNIX;
    std::memcpy(address.value.sun_path + 1, name.data(), name.size()); // sun_path[0] = 0: abstract
    address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    return address;
}

} // namespace

std::string control_socket_name(uid_t uid, const std::string& lab) {
    return fmt::format("fulcrum/{}/{}", uid, lab);
}

Result<std::optional<UniqueFd>> claim_socket_name(const std::string& name) {
    const auto address = abstract_address(name);
    if (!address) {
        return tl::unexpected(address.error());
    }
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) {
        return fail_errno("open a control socket");
    }
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address->value), address->size) != 0) {
        if (errno == EADDRINUSE) {
            return std::optional<UniqueFd>();
        }
        return fail_errno("bind control socket " + name);
    }
    return std::optional<UniqueFd>(std::move(fd));
}

Result<UniqueFd> connect_to_socket(const std::string& name, bool blocking) {
    const auto address = abstract_address(name);
    if (!address) {
        return tl::unexpected(address.error());
    }
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), 0));
    if (!fd) {
        return fail_errno("open a socket");
    }
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address->value), address->size) != 0) {
        return fail_errno("connect to " + name);
    }
    return fd;
}

Result<Peer> peer_of(int socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return fail_errno("ask who the peer is");
    }
    return Peer{credentials.pid, credentials.uid};
}

std::vector<std::string> labs_in(const std::string& proc_net_unix, uid_t uid) {
    // Num RefCount Protocol Flags Type St Inode Path; an abstract name is shown with '@' first.
    constexpr unsigned long accepts = 0x10000; // __SO_ACCEPTCON
    const std::string prefix = "@" + control_socket_name(uid, "");
    std::vector<std::string> labs;
    std::istringstream lines(proc_net_unix);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string number, references, protocol, flags, type, state, inode, path;
        words >> number >> references >> protocol >> flags >> type >> state >> inode >> path;
        if (path.size() <= prefix.size() || !path.starts_with(prefix)) {
            continue;
        }
        if ((std::strtoul(flags.c_str(), nullptr, 16) & accepts) != 0) {
            labs.push_back(path.substr(prefix.size()));
        }
    }
    std::sort(labs.begin(), labs.end());
    labs.erase(std::unique(labs.begin(), labs.end()), labs.end());
    return labs;
}

} // namespace fulcrum::netns
