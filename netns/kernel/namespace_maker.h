// Makes network + UTS namespaces on threads of its own, ahead of the one who furnishes them.
//
// To make a namespace a thread has to be inside it, and most of the work is the kernel's: half a millisecond
// each. Meanwhile the owner puts links into those that are there.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "netns/kernel/net_namespace.h"
#include "netns/lab_plan.h"

namespace fulcrum::netns {

struct NamespaceRequest {
    std::string hostname;
    std::vector<SysctlPlan> sysctls;    // must exist
    std::vector<SysctlPlan> if_present; // written first; missing ones are passed over
};

class NamespaceMaker {
public:
    // Begins at once, in order. `descriptors_each`: how many descriptors the owner will hold for each
    // namespace in the end, those inside NetNamespace included.
    NamespaceMaker(std::vector<NamespaceRequest> requests, std::size_t descriptors_each);
    ~NamespaceMaker(); // abandons what has not been made
    NamespaceMaker(const NamespaceMaker&) = delete;
    NamespaceMaker& operator=(const NamespaceMaker&) = delete;

    // The namespace of request `number`, to be taken once; nothing when it has not been made within
    // `longest`. The error names the node.
    std::optional<Result<NetNamespace>> take(std::size_t number, std::chrono::milliseconds longest);

private:
    void work();

    std::vector<NamespaceRequest> requests_;
    std::mutex mutex_; // of all below
    std::condition_variable awaited_is_made_;
    std::vector<std::optional<Result<NetNamespace>>> made_;
    std::size_t next_ = 0;
    std::size_t awaited_ = 0; // what take() waits for: nobody is woken for another
    bool stop_ = false;
    std::vector<std::jthread> threads_; // last: they end before what they use
};

} // namespace fulcrum::netns
