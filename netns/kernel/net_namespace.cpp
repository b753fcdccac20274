#include "netns/kernel/net_namespace.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <mutex>
#include <optional>
#include <sched.h>
#include <sys/stat.h>
#include <thread>

#include "netns/kernel/sysctl.h"

namespace fulcrum::netns {

namespace {

// More threads only queue at the kernel's own locks.
constexpr unsigned most_threads = 4;

Result<UniqueFd> open_own(const char* kind) {
    const std::string path = fmt::format("/proc/thread-self/ns/{}", kind);
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        return fail_errno("open " + path);
    }
    return fd;
}

Result<NetNamespace> make_one(const NamespaceRequest& request) {
    if (::unshare(CLONE_NEWNET | CLONE_NEWUTS) != 0) {
        if (errno == ENOSPC) {
            return fail("make a network namespace: the limit is reached (user.max_net_namespaces)");
        }
        return fail_errno("make a network namespace");
    }
    if (::sethostname(request.hostname.data(), request.hostname.size()) != 0) {
        return fail_errno("set the hostname");
    }
    for (const SysctlPlan& sysctl : request.if_present) {
        if (auto written = write_sysctl_if_present(sysctl); !written) {
            return tl::unexpected(written.error());
        }
    }
    for (const SysctlPlan& sysctl : request.sysctls) {
        if (auto written = write_sysctl(sysctl); !written) {
            return tl::unexpected(written.error());
        }
    }
    return current_namespace();
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

Result<std::vector<NetNamespace>> make_namespaces(const std::vector<NamespaceRequest>& requests,
                                                  const std::function<bool(std::size_t)>& made) {
    std::vector<std::optional<Result<NetNamespace>>> slots(requests.size());
    std::atomic<std::size_t> next = 0;
    std::atomic<bool> stop = false;
    std::mutex mutex;
    std::condition_variable finished_one;
    std::size_t finished = 0;

    const auto work = [&] {
        for (std::size_t i = next++; i < requests.size() && !stop; i = next++) {
            slots[i] = make_one(requests[i]);
            if (!*slots[i]) {
                stop = true;
            }
            const std::lock_guard lock(mutex);
            ++finished;
            finished_one.notify_one();
        }
    };
    const std::size_t wanted = std::min<std::size_t>(
        {most_threads, std::max(1U, std::thread::hardware_concurrency()), requests.size()});
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < wanted; ++i) {
            threads.emplace_back(work);
        }
        std::unique_lock lock(mutex);
        while (finished < requests.size() && !stop) {
            finished_one.wait_for(lock, std::chrono::milliseconds(20));
            const std::size_t now = finished;
            lock.unlock();
            if (!made(now)) {
                stop = true;
            }
            lock.lock();
        }
    }
    std::vector<NetNamespace> namespaces;
    namespaces.reserve(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
        if (!slots[i]) {
            continue; // stopped before its turn; the reason is in another slot, or below
        }
        if (!*slots[i]) {
            return fail(slots[i]->error(), fmt::format("node {}", requests[i].hostname));
        }
        namespaces.push_back(std::move(**slots[i]));
    }
    if (namespaces.size() < requests.size()) {
        return fail("cancelled");
    }
    return namespaces;
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
