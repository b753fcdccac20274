#include "netns/kernel/net_namespace.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>

namespace fulcrum::netns {

namespace {

Result<UniqueFd> open_own(const char* kind) {
    const std::string path = fmt::format("/proc/thread-self/ns/{}", kind);
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        return fail_errno("open " + path);
    }
    return fd;
}

} // namespace

Result<NetNamespace> current_namespace() {
    auto net = open_own("net");
    if (!net) {
        return tl::unexpected(net.error());
    }
    auto uts = open_own("uts");
    if (!uts) {
        return tl::unexpected(uts.error());
    }
    auto netlink = NetlinkConnection::open();
    if (!netlink) {
        return tl::unexpected(netlink.error());
    }
    struct stat status {};
    if (::fstat(net->get(), &status) != 0) {
        return fail_errno("look at a network namespace");
    }
    return NetNamespace{std::move(*net), std::move(*uts), std::move(*netlink), status.st_ino};
}

Result<InNetNamespace> InNetNamespace::enter(int net_fd, int home_fd) {
    if (::setns(net_fd, CLONE_NEWNET) != 0) {
        return fail_errno("enter a network namespace");
    }
    return InNetNamespace(home_fd);
}

InNetNamespace::~InNetNamespace() {
    if (home_fd_ >= 0 && ::setns(home_fd_, CLONE_NEWNET) != 0) {
        std::abort();
    }
}

} // namespace fulcrum::netns
