#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/wait.h>

#include "netns/control_message.h"
#include "netns/control_socket.h"
#include "netns/frame.h"
#include "netns/lab_client.h"

extern char** environ;

namespace fulcrum::netns {

namespace {

using std::chrono::milliseconds;

// How long a supervisor may take to end after it was told to.
constexpr milliseconds longest_unwind{10'000};
constexpr milliseconds cancel_poll{30};

Result<std::string> path_beside_this_program(const std::string& name) {
    char target[PATH_MAX];
    const ssize_t size = ::readlink("/proc/self/exe", target, sizeof target);
    if (size <= 0) {
        return fail_errno("read /proc/self/exe");
    }
    const std::string own(target, static_cast<std::size_t>(size));
    return own.substr(0, own.rfind('/') + 1) + name;
}

struct Claim {
    std::string lab;
    UniqueFd socket;
};

// The first free name: `wanted`, or with -2, -3, … when `may_change`.
Result<Claim> claim_lab_name(const std::string& wanted, bool may_change) {
    constexpr int tries = 1000;
    for (int i = 1; i <= tries; ++i) {
        std::string name = i == 1 ? wanted : fmt::format("{}-{}", wanted, i);
        auto socket = claim_socket_name(control_socket_name(::geteuid(), name));
        if (!socket) {
            return tl::unexpected(socket.error());
        }
        if (*socket) {
            return Claim{std::move(name), std::move(**socket)};
        }
        if (!may_change) {
            return fail("a lab of this name runs already; take it down first, or choose another name");
        }
    }
    return fail("too many labs of this name run already");
}

// A supervisor being born. It lives exactly as long as this connection until it is told to stay.
class Supervisor {
public:
    static Result<Supervisor> start(const std::string& program, const std::string& lab, UniqueFd control) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
            return fail_errno("make the launch channel");
        }
        Supervisor supervisor;
        supervisor.channel_ = UniqueFd(ends[0]);
        // Well above the numbers they get in the child, so that one dup2 cannot overwrite the other's source.
        const UniqueFd theirs(::fcntl(UniqueFd(ends[1]).get(), F_DUPFD_CLOEXEC, 10));
        const UniqueFd door(::fcntl(control.get(), F_DUPFD_CLOEXEC, 10));
        if (!theirs || !door) {
            return fail_errno("make the launch channel");
        }
        if (auto spawned = supervisor.spawn(program, lab, theirs.get(), door.get()); !spawned) {
            return tl::unexpected(spawned.error());
        }
        return supervisor;
    }

    Supervisor(Supervisor&& other) noexcept
        : channel_(std::move(other.channel_)), process_(std::move(other.process_)),
          starter_(std::exchange(other.starter_, -1)) {}
    Supervisor& operator=(Supervisor&&) = delete;

    ~Supervisor() {
        channel_.reset(); // unless it was kept, it unwinds now
        reap_starter();
        if (process_ && !kept_) {
            wait_for_end();
        }
    }

    int channel() const { return channel_.get(); }
    void own_process(UniqueFd process) { process_ = std::move(process); }
    void reap_starter() {
        if (starter_ > 0) {
            while (::waitpid(starter_, nullptr, 0) < 0 && errno == EINTR) {
            }
            starter_ = -1;
        }
    }
    Result<> keep() {
        auto sent = send_frame(channel_.get(), keep_message);
        kept_ = sent.has_value();
        return sent;
    }

private:
    Supervisor() = default;

    Result<> spawn(const std::string& program, const std::string& lab, int channel, int door) {
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, channel, 3);
        posix_spawn_file_actions_adddup2(&actions, door, 4);
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        sigset_t signals;
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&attributes, &signals);
        sigfillset(&signals);
        posix_spawnattr_setsigdefault(&attributes, &signals);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        std::string path = program;
        std::string name = lab;
        char* const argv[] = {path.data(), name.data(), nullptr};
        const int failed = posix_spawn(&starter_, path.c_str(), &actions, &attributes, argv, environ);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
        if (failed != 0) {
            starter_ = -1;
            return fail_errno("start " + program, failed);
        }
        return {};
    }

    void wait_for_end() const {
        pollfd ended{process_.get(), POLLIN, 0};
        while (::poll(&ended, 1, static_cast<int>(longest_unwind.count())) < 0 && errno == EINTR) {
        }
    }

    UniqueFd channel_;
    UniqueFd process_; // pidfd of the supervisor, once it is known
    pid_t starter_ = -1;
    bool kept_ = false;
};

// Reads what the supervisor says until it is ready or has failed.
Result<std::vector<NodeStatus>> follow(Supervisor& supervisor, const LaunchOptions& options) {
    for (;;) {
        pollfd ready{supervisor.channel(), POLLIN, 0};
        const int timeout = options.cancelled ? static_cast<int>(cancel_poll.count()) : -1;
        if (::poll(&ready, 1, timeout) < 0 && errno != EINTR) {
            return fail_errno("wait for the supervisor");
        }
        if (options.cancelled && options.cancelled()) {
            return fail("cancelled");
        }
        if (ready.revents == 0) {
            continue;
        }
        auto frame = receive_frame(supervisor.channel(), most_reply_bytes);
        if (!frame) {
            return tl::unexpected(frame.error());
        }
        if (!*frame) {
            return fail("the supervisor ended without a word");
        }
        if ((*frame)->descriptors.size() ==
            1) { // the first thing said: a descriptor of the supervisor's process
            supervisor.own_process(std::move((*frame)->descriptors.front()));
        } else if (const auto progress = parse_progress((*frame)->text)) {
            if (options.progress) {
                options.progress(*progress);
            }
        } else {
            return parse_nodes((*frame)->text);
        }
    }
}

} // namespace

Result<Launched> launch(const LabPlan& plan, const LaunchOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    LabPlan named = plan;
    if (!options.name.empty()) {
        named.name = options.name;
    }
    const std::string context = fmt::format("bring up lab {}", named.name);
    if (const auto problems = problems_of(named); !problems.empty()) {
        std::string text = problems.front();
        if (problems.size() > 1) {
            text += fmt::format(" (and {} more)", problems.size() - 1);
        }
        return bad_input(fmt::format("{}: {}", context, text));
    }
    std::string program = options.supervisor_path;
    if (program.empty()) {
        auto found = path_beside_this_program("fulcrum-lab");
        if (!found) {
            return fail(found.error(), context);
        }
        program = std::move(*found);
    }
    auto claim = claim_lab_name(named.name, options.name.empty());
    if (!claim) {
        return fail(claim.error(), context);
    }
    named.name = claim->lab;
    auto supervisor = Supervisor::start(program, claim->lab, std::move(claim->socket));
    if (!supervisor) {
        return fail(supervisor.error(), context);
    }
    if (auto sent = send_frame(supervisor->channel(), emit_lab_plan(named)); !sent) {
        // It has closed the channel; what it said before that is the better reason.
        if (auto said = follow(*supervisor, options); !said) {
            return fail(said.error(), context);
        }
        return fail(sent.error(), context);
    }
    auto nodes = follow(*supervisor, options);
    if (!nodes) {
        return fail(nodes.error(), context);
    }
    if (auto kept = supervisor->keep(); !kept) {
        return fail(kept.error(), context);
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    return Launched{named.name, took.count(), std::move(*nodes)};
}

Result<std::vector<std::string>> running_labs() {
    std::ifstream file("/proc/net/unix");
    if (!file) {
        return fail("read /proc/net/unix: cannot be opened");
    }
    std::ostringstream text;
    text << file.rdbuf();
    std::vector<std::string> labs = labs_in(text.str(), ::geteuid());
    // Anyone may bind a name that looks like ours.
    std::erase_if(labs, [](const std::string& lab) {
        const auto socket = connect_to_socket(control_socket_name(::geteuid(), lab), false);
        if (!socket) {
            return false; // its queue is full, so it lives; or it is just ending
        }
        const auto peer = peer_of(socket->get());
        return !peer || peer->uid != ::geteuid();
    });
    return labs;
}

} // namespace fulcrum::netns
