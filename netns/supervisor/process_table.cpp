#include "netns/supervisor/process_table.h"

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fulcrum::netns {

namespace {

constexpr int exit_not_found = 127; // POSIX shell, 2.8.2
constexpr int exit_not_executable = 126;
constexpr const char* default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string own_folder() {
    char target[PATH_MAX];
    const ssize_t size = ::readlink("/proc/self/exe", target, sizeof target);
    const std::string path(target, size > 0 ? static_cast<std::size_t>(size) : 0);
    return path.substr(0, path.rfind('/') + 1);
}

std::string search_path_of(const std::vector<std::string>& environment) {
    for (const std::string& variable : environment) {
        if (variable.starts_with("PATH=")) {
            return variable.substr(5);
        }
    }
    return default_path;
}

// Where argv[0] may be, in order.
std::vector<std::string> candidates_of(const Spawn& spawn) {
    const std::string& program = spawn.argv.front();
    if (program.find('/') != std::string::npos) {
        return {program};
    }
    std::vector<std::string> candidates;
    const std::string own = own_folder() + program;
    if (spawn.own_programs_first) {
        candidates.push_back(own);
    }
    const std::string path = search_path_of(spawn.environment);
    for (std::size_t start = 0; start <= path.size();) {
        const std::size_t end = std::min(path.find(':', start), path.size());
        const std::string folder = path.substr(start, end - start);
        candidates.push_back(folder.empty() ? program : folder + "/" + program);
        start = end + 1;
    }
    if (!spawn.own_programs_first) {
        candidates.push_back(own);
    }
    return candidates;
}

// The child's side. Between fork and exec, in a process with one thread; ends it in every case.
class Child {
public:
    explicit Child(const Spawn& spawn, const rlimit& open_files) : spawn_(spawn), open_files_(open_files) {}

    [[noreturn]] void run() {
        ::setsid();
        if (::setns(spawn_.net_fd, CLONE_NEWNET) != 0 || ::setns(spawn_.uts_fd, CLONE_NEWUTS) != 0 ||
            ::setns(spawn_.mount_fd, CLONE_NEWNS) != 0) {
            give_up("enter the node", exit_not_executable);
        }
        connect_descriptors();
        const bool entered =
            spawn_.directory.empty() ? ::chdir("/") == 0 : ::chdir(spawn_.directory.c_str()) == 0;
        if (!entered && (spawn_.directory_required || ::chdir("/") != 0)) {
            give_up("change to directory " + spawn_.directory, exit_not_executable);
        }
        ::umask(022);
        reset_signals();
        (void)::setrlimit(RLIMIT_NOFILE, &open_files_);
        execute();
    }

private:
    [[noreturn]] void give_up(const std::string& what, int status) const {
        const std::string text = fmt::format("{}: {}: {}\n", spawn_.node, what, std::strerror(errno));
        (void)!::write(2, text.data(), text.size());
        if (spawn_.starting >= 0) {
            (void)!::write(spawn_.starting, "x", 1);
        }
        ::_exit(status);
    }

    void connect_descriptors() const {
        // All sources are above 3, see ProcessTable::spawn.
        if (spawn_.terminal >= 0) {
            (void)::ioctl(spawn_.terminal, TIOCSCTTY, 0);
        }
        const std::array<int, 3> standard = {spawn_.terminal >= 0 ? spawn_.terminal : spawn_.in,
                                             spawn_.terminal >= 0 ? spawn_.terminal : spawn_.out,
                                             spawn_.terminal >= 0 ? spawn_.terminal : spawn_.err};
        for (int i = 0; i < 3; ++i) {
            ::dup2(standard[static_cast<std::size_t>(i)], i); // dup2 clears close-on-exec
        }
        if (spawn_.inherited >= 0) {
            ::dup2(spawn_.inherited, 3);
        }
    }

    static void reset_signals() {
        for (int signal = 1; signal < NSIG; ++signal) {
            (void)::signal(signal, SIG_DFL); // refused for SIGKILL, SIGSTOP and the library's own
        }
        sigset_t none;
        sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
    }

    [[noreturn]] void execute() const {
        std::vector<char*> argv, environment;
        for (const std::string& word : spawn_.argv) {
            argv.push_back(const_cast<char*>(word.c_str()));
        }
        argv.push_back(nullptr);
        for (const std::string& variable : spawn_.environment) {
            environment.push_back(const_cast<char*>(variable.c_str()));
        }
        environment.push_back(nullptr);
        int reason = ENOENT;
        for (const std::string& candidate : candidates_of(spawn_)) {
            ::execve(candidate.c_str(), argv.data(), environment.data());
            // What is there but may not be run is remembered, the search goes on. A folder of somebody else's
            // PATH that may not even be looked into does not count (a shell says "not found" then, too).
            const int number = errno;
            if (number != ENOENT && number != ENOTDIR && ::access(candidate.c_str(), F_OK) == 0) {
                reason = number;
            }
        }
        errno = reason;
        give_up(spawn_.argv.front(), reason == ENOENT ? exit_not_found : exit_not_executable);
    }

    const Spawn& spawn_;
    const rlimit& open_files_;
};

} // namespace

int ExitStatus::code() const {
    return WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
}

std::string ExitStatus::text() const {
    return WIFSIGNALED(raw) ? fmt::format("killed by signal {}", WTERMSIG(raw))
                            : fmt::format("exited with status {}", WEXITSTATUS(raw));
}

Result<ProcessTable> ProcessTable::make(EventLoop& loop, rlimit open_files) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) {
        return fail_errno("block SIGCHLD");
    }
    UniqueFd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals) {
        return fail_errno("follow SIGCHLD");
    }
    return ProcessTable(loop, std::move(signals), open_files);
}

Result<> ProcessTable::follow() {
    return loop_->watch(signals_.get(), [this] {
        signalfd_siginfo info{};
        while (::read(signals_.get(), &info, sizeof info) > 0) {
        }
        reap();
    });
}

void ProcessTable::reap() {
    bool any = false;
    for (;;) {
        ExitStatus status;
        const pid_t pid = ::waitpid(-1, &status.raw, WNOHANG);
        if (pid <= 0) {
            break;
        }
        any = true;
        if (auto known = ended_.extract(pid)) {
            known.mapped()(status);
        }
    }
    if (any && on_reaped_) {
        on_reaped_();
    }
}

bool ProcessTable::none_left() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
}

Result<pid_t> ProcessTable::spawn(const Spawn& spawn, std::function<void(ExitStatus)> ended) {
    const pid_t pid = ::fork();
    if (pid < 0) {
        return fail_errno("start a process");
    }
    if (pid == 0) {
        Child(spawn, open_files_).run();
    }
    ended_.emplace(pid, std::move(ended));
    return pid;
}

} // namespace fulcrum::netns
