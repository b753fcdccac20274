#include "netns/kernel/sysctl.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>

namespace fulcrum::netns {

namespace {

int write_value(const SysctlPlan& sysctl, int proc) {
    const std::string path = (proc >= 0 ? "sys/" : "/proc/sys/") + sysctl.key;
    UniqueFd fd(::openat(proc, path.c_str(), O_WRONLY | O_CLOEXEC)); // an absolute path needs no folder
    if (!fd) {
        return errno;
    }
    const ssize_t written = ::write(fd.get(), sysctl.value.data(), sysctl.value.size());
    return written == static_cast<ssize_t>(sysctl.value.size()) ? 0 : errno;
}

} // namespace

Result<> write_sysctl(const SysctlPlan& sysctl, int proc) {
    if (const int number = write_value(sysctl, proc); number != 0) {
        return fail_errno(fmt::format("sysctl {} = {}", sysctl.key, sysctl.value), number);
    }
    return {};
}

Result<> write_sysctl_if_present(const SysctlPlan& sysctl, int proc) {
    if (const int number = write_value(sysctl, proc); number != 0 && number != ENOENT) {
        return fail_errno(fmt::format("sysctl {} = {}", sysctl.key, sysctl.value), number);
    }
    return {};
}

Result<std::string> read_sysctl(const std::string& key) {
    const UniqueFd fd(::open(("/proc/sys/" + key).c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 4096> text; // a page: what a parameter can hold at most
    const ssize_t size = fd ? ::read(fd.get(), text.data(), text.size()) : -1;
    if (size < 0) {
        return fail_errno(fmt::format("read sysctl {}", key));
    }
    std::string value(text.data(), static_cast<std::size_t>(size));
    while (value.ends_with('\n')) {
        value.pop_back();
    }
    return value;
}

UniqueFd open_fresh_proc() {
    const UniqueFd context(::fsopen("proc", FSOPEN_CLOEXEC));
    if (!context || ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
        return {};
    }
    return UniqueFd(
        ::fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
}

} // namespace fulcrum::netns
