#include "netns/kernel/id_map.h"

#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <pwd.h>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "engine/base/unique_fd.h"

extern char** environ;

namespace fulcrum::netns {

namespace {

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

Result<> write_file(const std::string& path, const std::string& text) {
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        return fail_errno("write " + path);
    }
    return {};
}

// "inside outside count" lines of our own map, turned into an identity map of the same ids.
std::string identity_map(const std::string& own_map) {
    std::istringstream lines(own_map);
    std::string text;
    unsigned long inside = 0, outside = 0, count = 0;
    while (lines >> inside >> outside >> count) {
        text += fmt::format("{} {} {}\n", inside, inside, count);
    }
    return text;
}

// Runs newuidmap or newgidmap; true when it succeeded. What it says on failure is of no use to the user.
bool run_mapper(const char* program, pid_t child, unsigned own, SubordinateRange range) {
    std::vector<std::string> words = {program,
                                      fmt::to_string(child),
                                      "0",
                                      fmt::to_string(own),
                                      "1",
                                      "1",
                                      fmt::to_string(range.first),
                                      fmt::to_string(range.count)};
    std::vector<char*> argv;
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t pid = -1;
    const int failed = posix_spawnp(&pid, program, &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        return false;
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

SubordinateRange subordinate_range(const std::string& text, const std::string& user_name, unsigned id) {
    const std::string number = fmt::to_string(id);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t first_colon = line.find(':');
        const std::size_t second_colon = line.find(':', first_colon + 1);
        if (first_colon == std::string::npos || second_colon == std::string::npos) {
            continue;
        }
        const std::string owner = line.substr(0, first_colon);
        if (owner != number && (user_name.empty() || owner != user_name)) {
            continue;
        }
        SubordinateRange range;
        const char* end = line.data() + line.size();
        const auto first = std::from_chars(line.data() + first_colon + 1, end, range.first);
        const auto count = std::from_chars(line.data() + second_colon + 1, end, range.count);
        if (first.ec == std::errc() && count.ec == std::errc() && range.count > 0) {
            return range;
        }
    }
    return {};
}

Result<std::string> write_id_maps(pid_t child) {
    const std::string proc = fmt::format("/proc/{}/", child);
    if (::geteuid() == 0) {
        auto uids = write_file(proc + "uid_map", identity_map(read_file("/proc/self/uid_map")));
        auto gids = uids ? write_file(proc + "gid_map", identity_map(read_file("/proc/self/gid_map"))) : uids;
        if (gids) {
            return std::string();
        }
        if (uids) {
            return tl::unexpected(gids.error());
        }
        // Root without CAP_SETUID (a container): like a user without subordinate ids.
    }
    const unsigned uid = ::geteuid();
    const unsigned gid = ::getegid();
    const passwd* entry = ::getpwuid(uid);
    const std::string name = entry != nullptr ? entry->pw_name : "";
    const auto uids = subordinate_range(read_file("/etc/subuid"), name, uid);
    const auto gids = subordinate_range(read_file("/etc/subgid"), name, uid);
    bool uid_mapped = false;
    if (uids.count > 0 && gids.count > 0) {
        uid_mapped = run_mapper("newuidmap", child, uid, uids);
        if (uid_mapped && run_mapper("newgidmap", child, gid, gids)) {
            return std::string();
        }
    }
    if (!uid_mapped) {
        if (auto written = write_file(proc + "uid_map", fmt::format("0 {} 1\n", uid)); !written) {
            return tl::unexpected(written.error());
        }
    }
    if (auto written = write_file(proc + "setgroups", "deny"); !written) {
        return tl::unexpected(written.error());
    }
    if (auto written = write_file(proc + "gid_map", fmt::format("0 {} 1\n", gid)); !written) {
        return tl::unexpected(written.error());
    }
    return std::string(
        "only one user id inside the lab: all users are its root by another name; subordinate ids in "
        "/etc/subuid and /etc/subgid, with the package uidmap, would keep them apart");
}

} // namespace fulcrum::netns
