// Network + UTS namespaces held by descriptor: they have no name in the host and are gone when their last
// holder is.
#pragma once

#include <cstdint>
#include <utility>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"
#include "netns/kernel/netlink_connection.h"

namespace fulcrum::netns {

struct NetNamespace {
    UniqueFd net;              // for setns and IFLA_NET_NS_FD
    UniqueFd uts;              // holds the hostname
    NetlinkConnection netlink; // inside
    std::uint64_t inode = 0;   // what /proc/<pid>/ns/net of a process inside shows
};

// The namespace the calling thread is in.
Result<NetNamespace> current_namespace();

// Moves the calling thread into a network namespace until the end of the scope. The way back cannot fail for
// lack of rights or memory; should it fail all the same the process ends rather than go on in the wrong
// place.
class InNetNamespace {
public:
    static Result<InNetNamespace> enter(int net_fd, int home_fd);
    InNetNamespace(InNetNamespace&& other) noexcept : home_fd_(std::exchange(other.home_fd_, -1)) {}
    InNetNamespace& operator=(InNetNamespace&&) = delete;
    ~InNetNamespace();

private:
    explicit InNetNamespace(int home_fd) : home_fd_(home_fd) {}
    int home_fd_;
};

} // namespace fulcrum::netns
