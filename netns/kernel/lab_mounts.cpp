#include "netns/kernel/lab_mounts.h"

#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <sched.h>
#include <sstream>
#include <sys/mount.h>
#include <sys/stat.h>
#include <thread>

#include "netns/kernel/user_names.h"

namespace fulcrum::netns {

namespace {

constexpr const char* hosts_file = "/run/hosts";
// A bound, because the host's tree is not ours: deeper or wider is cut off.
constexpr int skeleton_depth = 2;
constexpr std::size_t skeleton_folders = 100;

struct Folder {
    std::string path; // relative to the place
    mode_t mode = 0755;
    uid_t uid = 0;
    gid_t gid = 0;
};

void collect_folders(const std::string& root, const std::string& relative, int depth,
                     std::vector<Folder>& folders) {
    const std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir((root + relative).c_str()), &::closedir);
    if (!handle) {
        return;
    }
    while (const dirent* entry = ::readdir(handle.get())) {
        const std::string name = entry->d_name;
        if (name == "." || name == ".." || folders.size() >= skeleton_folders) {
            continue;
        }
        const std::string path = relative + "/" + name;
        struct stat status {};
        if (::lstat((root + path).c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
            continue;
        }
        folders.push_back({path, status.st_mode & 07777U, status.st_uid, status.st_gid});
        if (depth > 1) {
            collect_folders(root, path, depth - 1, folders);
        }
    }
}

Result<> mount_tmpfs(const std::string& place, const char* options) {
    if (::mount("tmpfs", place.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options) != 0) {
        return fail_errno("mount a tmpfs on " + place);
    }
    return {};
}

// Hides `place` behind an empty tmpfs with the same folders in it. Owners that do not exist in the lab become
// its root, which is who would use them.
Result<> make_private(const std::string& place) {
    struct stat status {};
    if (::stat(place.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
        return {};
    }
    std::vector<Folder> folders;
    collect_folders(place, "", skeleton_depth, folders);
    if (auto mounted = mount_tmpfs(place, "mode=0755"); !mounted) {
        return mounted;
    }
    for (const Folder& folder : folders) {
        const std::string path = place + folder.path;
        if (::mkdir(path.c_str(), 0700) == 0) {
            // Refused for owners that are not mapped; root's own folder is what is wanted then.
            if (::chown(path.c_str(), folder.uid, folder.gid) != 0) {
                errno = 0;
            }
            (void)::chmod(path.c_str(), folder.mode);
        }
    }
    return {};
}

Result<> write_new_file(const char* path, const std::string& text) {
    UniqueFd fd(::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd) {
        return fail_errno(fmt::format("make {}", path));
    }
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t written = ::write(fd.get(), text.data() + done, text.size() - done);
        if (written < 0) {
            return fail_errno(fmt::format("write {}", path));
        }
        done += static_cast<std::size_t>(written);
    }
    return {};
}

// See with_all_ids_zero.
void make_user_names(std::vector<std::string>& notes) {
    for (const bool group : {false, true}) {
        const char* real = group ? "/etc/group" : "/etc/passwd";
        const char* ours = group ? "/run/group" : "/run/passwd";
        std::ifstream file(real);
        std::ostringstream text;
        text << file.rdbuf();
        const auto written = write_new_file(ours, with_all_ids_zero(text.str(), group));
        if (!written || ::mount(ours, real, nullptr, MS_BIND, nullptr) != 0) {
            notes.push_back(fmt::format("{} is the host's, with users that do not exist in the lab", real));
        }
    }
}

void make_terminals(std::vector<std::string>& notes) {
    if (::mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
                "newinstance,ptmxmode=0666,mode=0620") != 0) {
        notes.push_back(fmt::format("no terminals of the lab's own: mount devpts: {}", std::strerror(errno)));
        return;
    }
    struct stat status {};
    if (::lstat("/dev/ptmx", &status) == 0 && S_ISLNK(status.st_mode)) {
        return; // points into /dev/pts already
    }
    if (::mount("/dev/pts/ptmx", "/dev/ptmx", nullptr, MS_BIND, nullptr) != 0) {
        notes.push_back(
            fmt::format("no terminals of the lab's own: bind /dev/ptmx: {}", std::strerror(errno)));
    }
}

Result<UniqueFd> make_node_mounts_here(int net_fd, std::vector<std::string>& notes) {
    if (::unshare(CLONE_FS | CLONE_NEWNS) != 0) {
        return fail_errno("make a mount namespace");
    }
    if (::setns(net_fd, CLONE_NEWNET) != 0) {
        return fail_errno("enter the network namespace");
    }
    if (::mount(hosts_file, "/etc/hosts", nullptr, MS_BIND, nullptr) != 0) {
        notes.push_back(fmt::format("/etc/hosts is the host's: {}", std::strerror(errno)));
    }
    for (const std::string& place : private_places()) {
        if (auto made = make_private(place); !made) {
            notes.push_back(made.error().message);
        }
    }
    if (::mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
        notes.push_back(fmt::format("/sys shows the host's interfaces: {}", std::strerror(errno)));
    }
    UniqueFd fd(::open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC));
    if (!fd) {
        return fail_errno("open the mount namespace");
    }
    return fd;
}

} // namespace

const std::vector<std::string>& private_places() {
    static const std::vector<std::string> places = {
        "/run",          "/var/log",     "/var/lib/nginx", "/var/cache/nginx", "/var/lib/haproxy",
        "/var/lib/bird", "/var/lib/frr",
    };
    return places;
}

Result<> make_lab_mounts(const std::string& hosts, std::vector<std::string>& notes) {
    // Slave rather than private: what the host unmounts goes away in here too, and is not kept busy by a lab.
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
        return fail_errno("separate the lab's mounts from the host's");
    }
    if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
        const int number = errno;
        if (number == EPERM) {
            return fail(
                "mount the lab's /proc: Operation not permitted: parts of /proc are hidden here, as in a "
                "container; start that with \"--security-opt systempaths=unconfined\", or run outside");
        }
        return fail_errno("mount the lab's /proc", number);
    }
    if (auto made = make_private("/run"); !made) {
        return made;
    }
    if (auto written = write_new_file(hosts_file, hosts); !written) {
        return written;
    }
    if (has_single_id()) {
        make_user_names(notes);
    }
    if (auto mounted = mount_tmpfs("/dev/shm", "mode=1777"); !mounted) {
        notes.push_back(mounted.error().message);
    }
    make_terminals(notes);
    return {};
}

Result<> rewrite_hosts(const std::string& hosts) {
    // In place: a new file would not be the one that nodes have mounted.
    const UniqueFd fd(::open(hosts_file, O_WRONLY | O_TRUNC | O_CLOEXEC));
    if (!fd || ::write(fd.get(), hosts.data(), hosts.size()) != static_cast<ssize_t>(hosts.size())) {
        return fail_errno(fmt::format("write {}", hosts_file));
    }
    return {};
}

Result<UniqueFd> make_node_mounts(int net_fd, std::vector<std::string>& notes) {
    Result<UniqueFd> made;
    std::jthread([&] { made = make_node_mounts_here(net_fd, notes); }).join();
    return made;
}

} // namespace fulcrum::netns
