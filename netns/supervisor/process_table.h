// Starts programs in nodes and reaps every child of process 1, which in a pid namespace is every orphan too.
#pragma once

#include <functional>
#include <string>
#include <sys/resource.h>
#include <sys/types.h>
#include <unordered_map>
#include <vector>

#include "engine/base/result.h"
#include "netns/supervisor/event_loop.h"

namespace fulcrum::netns {

// Everything a new process is given. Descriptors are borrowed until spawn() returns.
struct Spawn {
    std::string node; // for messages on its standard error
    int net_fd = -1, uts_fd = -1, mount_fd = -1;
    std::vector<std::string> argv; // argv[0] with a '/' is a path, else it is searched for
    bool own_programs_first =
        false; // before PATH in the folder of the supervisor's own program; else after it
    std::vector<std::string> environment;
    std::string directory;           // empty: "/"
    bool directory_required = false; // else "/" when it cannot be entered
    int in = -1, out = -1, err = -1;
    int terminal = -1;  // instead of the three: becomes the controlling terminal
    int inherited = -1; // kept open across exec as descriptor 3
    int starting = -1;  // kept open until exec succeeds, closed by it (close-on-exec)
};

struct ExitStatus {
    int raw = 0;      // as from waitpid
    int code() const; // 0..255, or 128 + the signal
    bool good() const { return raw == 0; }
    std::string text() const; // "exited with status 2", "killed by signal 9"
};

class ProcessTable {
public:
    // Blocks SIGCHLD and follows it in the loop. `limits`: the RLIMIT_NOFILE that programs get.
    static Result<ProcessTable> make(EventLoop& loop, rlimit open_files);

    // A child in a session of its own. When the program cannot be run, the child says so on its standard
    // error and exits with 127 (not found) or 126 (found, not executable; or the directory cannot be
    // entered), like a shell.
    Result<pid_t> spawn(const Spawn& spawn, std::function<void(ExitStatus)> ended);

    // Called after each child has been reaped, known or orphan.
    void on_reaped(std::function<void()> callback) { on_reaped_ = std::move(callback); }
    // Nobody is left in the pid namespace.
    static bool none_left();

    // Reaps what has ended; the loop does it by itself once follow() was called.
    void reap();
    Result<> follow();

private:
    ProcessTable(EventLoop& loop, UniqueFd signals, rlimit open_files)
        : loop_(&loop), signals_(std::move(signals)), open_files_(open_files) {}

    EventLoop* loop_;
    UniqueFd signals_;
    rlimit open_files_;
    std::unordered_map<pid_t, std::function<void(ExitStatus)>> ended_;
    std::function<void()> on_reaped_;
};

} // namespace fulcrum::netns
