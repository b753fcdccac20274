#include "netns/kernel/node_processes.h"

#include <charconv>
#include <cstring>
#include <dirent.h>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <unistd.h>

namespace fulcrum::netns {

std::vector<pid_t> processes_inside(std::uint64_t namespace_inode) {
    std::vector<pid_t> found;
    const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), &::closedir);
    if (!proc) {
        return found;
    }
    const std::string wanted = fmt::format("net:[{}]", namespace_inode);
    while (const dirent* entry = ::readdir(proc.get())) {
        pid_t pid = 0;
        const char* end = entry->d_name + std::strlen(entry->d_name);
        if (std::from_chars(entry->d_name, end, pid).ptr != end || pid <= 1) {
            continue;
        }
        char target[64];
        const ssize_t size = ::readlink(fmt::format("/proc/{}/ns/net", pid).c_str(), target,
                                        sizeof target); // empty for zombies
        if (size > 0 && wanted == std::string_view(target, static_cast<std::size_t>(size))) {
            found.push_back(pid);
        }
    }
    return found;
}

} // namespace fulcrum::netns
