#include "netns/kernel/namespace_maker.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include "netns/kernel/sysctl.h"

namespace fulcrum::netns {

namespace {

// More threads only queue at the kernel's own locks.
constexpr unsigned most_threads = 4;
constexpr std::size_t spare_descriptors = 64;
constexpr std::size_t namespaces_per_proc = 64; // see open_fresh_proc()

// Grows this process' descriptor table while a single thread uses it. Once several do, each doubling of the
// table waits for an RCU grace period, ten milliseconds and more, and stops them all: a third of the time
// that a lab of a hundred nodes took. Above the limit of open files nothing happens; whoever opens one too
// many is told then.
void reserve_descriptors(std::size_t count) {
    const UniqueFd highest(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, static_cast<int>(count)));
}

Result<NetNamespace> make_one(const NamespaceRequest& request, int proc) {
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
        if (auto written = write_sysctl_if_present(sysctl, proc); !written) {
            return tl::unexpected(written.error());
        }
    }
    for (const SysctlPlan& sysctl : request.sysctls) {
        if (auto written = write_sysctl(sysctl, proc); !written) {
            return tl::unexpected(written.error());
        }
    }
    return current_namespace();
}

} // namespace

NamespaceMaker::NamespaceMaker(std::vector<NamespaceRequest> requests, std::size_t descriptors_each)
    : requests_(std::move(requests)), made_(requests_.size()) {
    reserve_descriptors(requests_.size() * descriptors_each + spare_descriptors);
    const std::size_t wanted = std::min<std::size_t>(
        {most_threads, std::max(1U, std::thread::hardware_concurrency()), requests_.size()});
    for (std::size_t i = 0; i < wanted; ++i) {
        threads_.emplace_back([this] { work(); });
    }
}

NamespaceMaker::~NamespaceMaker() {
    const std::lock_guard lock(mutex_);
    stop_ = true;
}

void NamespaceMaker::work() {
    UniqueFd proc; // the first namespaces do with /proc, which has seen none
    std::size_t made_here = 0;
    std::unique_lock lock(mutex_);
    while (!stop_ && next_ < requests_.size()) {
        const std::size_t number = next_++;
        lock.unlock();
        if (++made_here % namespaces_per_proc == 0) {
            proc = open_fresh_proc();
        }
        auto made = make_one(requests_[number], proc.get());
        lock.lock();
        if (!made) {
            made = fail(made.error(), fmt::format("node {}", requests_[number].hostname));
            stop_ = true; // whoever waits gets to it, since all before it have been begun
        }
        made_[number] = std::move(made);
        if (number == awaited_) {
            awaited_is_made_.notify_one();
        }
    }
}

std::optional<Result<NetNamespace>> NamespaceMaker::take(std::size_t number,
                                                         std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    awaited_ = number;
    awaited_is_made_.wait_for(lock, longest, [&] { return made_[number].has_value(); });
    return std::exchange(made_[number], std::nullopt);
}

} // namespace fulcrum::netns
