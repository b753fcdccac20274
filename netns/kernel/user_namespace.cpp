#include "netns/kernel/user_namespace.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace fulcrum::netns {

namespace {

std::string first_word(const char* path) {
    std::ifstream file(path);
    std::string word;
    file >> word;
    return word;
}

} // namespace

NamespaceSettings read_namespace_settings() {
    return {
        .unprivileged_userns_clone = first_word("/proc/sys/kernel/unprivileged_userns_clone"),
        .max_user_namespaces = first_word("/proc/sys/user/max_user_namespaces"),
        .max_net_namespaces = first_word("/proc/sys/user/max_net_namespaces"),
        .apparmor_restrict_unprivileged_userns =
            first_word("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        .root = ::geteuid() == 0,
    };
}

std::string explain_refusal(const NamespaceSettings& settings, const std::string& program_path) {
    if (settings.max_user_namespaces == "0") {
        return "this system forbids user namespaces (user.max_user_namespaces = 0); allow them with "
               "\"sudo sysctl user.max_user_namespaces=10000\"";
    }
    if (settings.max_net_namespaces == "0") {
        return "this system forbids network namespaces (user.max_net_namespaces = 0); allow them with "
               "\"sudo sysctl user.max_net_namespaces=10000\"";
    }
    if (settings.root) {
        return {};
    }
    if (settings.unprivileged_userns_clone == "0") {
        return "this system forbids user namespaces to ordinary users (kernel.unprivileged_userns_clone = "
               "0); allow "
               "them with \"sudo sysctl kernel.unprivileged_userns_clone=1\", or run as root";
    }
    if (settings.apparmor_restrict_unprivileged_userns == "1") {
        return fmt::format("AppArmor forbids user namespaces to ordinary programs "
                           "(kernel.apparmor_restrict_unprivileged_userns = 1); "
                           "allow them to {} with an AppArmor profile that grants \"userns\", to everyone "
                           "with \"sudo sysctl "
                           "kernel.apparmor_restrict_unprivileged_userns=0\", or run as root",
                           program_path);
    }
    return {};
}

Result<Cloned> clone_into_namespaces(const std::string& refusal) {
    // The raw call, because the library's clone() wants a stack, and we want fork's behaviour.
    constexpr unsigned long flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS |
                                    CLONE_NEWIPC | CLONE_PIDFD | SIGCHLD;
    int process = -1; // filled in the parent only
    const long pid = ::syscall(SYS_clone, flags, nullptr, &process, nullptr, 0L);
    if (pid >= 0) {
        return Cloned{static_cast<pid_t>(pid), UniqueFd(process)};
    }
    const int number = errno;
    if (!refusal.empty()) {
        return fail(fmt::format("make the lab's namespaces: {}: {}", std::strerror(number), refusal));
    }
    if (number == EPERM) {
        return fail("make the lab's namespaces: Operation not permitted: a container or a security module "
                    "forbids user "
                    "namespaces; in Docker or Podman allow clone and unshare with \"--security-opt "
                    "seccomp=unconfined\", or run outside");
    }
    if (number == ENOSPC) {
        return fail(
            "make the lab's namespaces: the limit of namespaces is reached (user.max_*_namespaces, or 32 "
            "nested levels)");
    }
    if (number == EINVAL) {
        return fail(
            "make the lab's namespaces: this kernel lacks user, pid or network namespaces (CONFIG_USER_NS, "
            "CONFIG_PID_NS, CONFIG_NET_NS)");
    }
    return fail_errno("make the lab's namespaces", number);
}

} // namespace fulcrum::netns
