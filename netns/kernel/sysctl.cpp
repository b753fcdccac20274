#include "netns/kernel/sysctl.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>

#include "engine/base/unique_fd.h"

namespace fulcrum::netns {

namespace {

int write_value(const SysctlPlan& sysctl) {
    const std::string path = "/proc/sys/" + sysctl.key;
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd) {
        return errno;
    }
    const ssize_t written = ::write(fd.get(), sysctl.value.data(), sysctl.value.size());
    return written == static_cast<ssize_t>(sysctl.value.size()) ? 0 : errno;
}

} // namespace

Result<> write_sysctl(const SysctlPlan& sysctl) {
    if (const int number = write_value(sysctl); number != 0) {
        return fail_errno(fmt::format("sysctl {} = {}", sysctl.key, sysctl.value), number);
    }
    return {};
}

Result<> write_sysctl_if_present(const SysctlPlan& sysctl) {
    if (const int number = write_value(sysctl); number != 0 && number != ENOENT) {
        return fail_errno(fmt::format("sysctl {} = {}", sysctl.key, sysctl.value), number);
    }
    return {};
}

} // namespace fulcrum::netns
