// The other side of a lab's control socket: used by the command line and by the window, knows no Qt. Every
// call blocks until answered; the window makes its calls on a worker thread, one LabClient per thread.
//
// The socket is a Unix socket in the abstract namespace, "fulcrum/<uid>/<lab>": unlike a file it is gone the
// moment the supervisor is, however that died, so nothing stale can be found or left behind. What mode 0600
// does for a file, SO_PEERCRED does here, on both sides.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/unique_fd.h"
#include "netns/lab_plan.h"
#include "netns/link_status.h"

namespace fulcrum::netns {

enum class NodeState { starting, running, stopped, failed };
std::string_view name_of(NodeState);

struct NodeStatus {
    std::string name, kind;
    NodeState state = NodeState::starting;
    std::string detail;                 // "engine: killed by signal 9", or the plan's notes
    std::vector<std::string> processes; // names of planned processes that run
};

struct InterfaceStatus {
    std::string node, interface;
    bool up = false; // administratively and carrier
    std::uint64_t rx_bytes = 0, rx_packets = 0, tx_bytes = 0, tx_packets = 0, drops = 0; // seen from the node
};

struct LabStatus {
    std::string name;
    int supervisor_pid = 0; // in the host's pid namespace
    std::vector<NodeStatus> nodes;
    std::vector<std::string> segments;
};

struct LabEvent {
    std::uint64_t time_ns = 0; // CLOCK_REALTIME
    std::string node;          // may be empty
    std::string text;
};

// What a long launch reports: `done` of `total` steps, and what is being made.
struct LaunchProgress {
    std::size_t done = 0, total = 0;
    std::string step;
};

struct LaunchOptions {
    std::string name;            // empty: the plan's, with -2, -3, … appended while that is taken
    std::string supervisor_path; // empty: fulcrum-lab beside the running program
    std::function<void(const LaunchProgress&)> progress; // may be empty
    std::function<bool()> cancelled;                     // may be empty; true unwinds the launch
};

struct Launched {
    std::string lab;
    double up_ms = 0;
    std::vector<NodeStatus> nodes;
};

// Makes the lab and returns when every node is ready. On failure everything made so far is gone again, and
// the error names the object.
Result<Launched> launch(const LabPlan& plan, const LaunchOptions& options);

// The caller's labs that run now.
Result<std::vector<std::string>> running_labs();

struct ExecRequest {
    std::string node;
    std::vector<std::string> argv;
    std::vector<std::string> environment; // "NAME=value"; empty: the caller's own
    std::string directory;                // empty: the caller's own
    int in = 0, out = 1, err = 2;         // passed over as they are, unless terminal
    bool terminal = false; // the lab makes a pseudo-terminal, and the descriptors are relayed to it
};

class LabClient {
public:
    static Result<LabClient> connect(const std::string& lab);

    Result<LabStatus> status();
    Result<std::string> document(); // LabPlan::document
    Result<LabPlan> plan();
    Result<std::vector<InterfaceStatus>> interfaces();

    // Runs to its end and returns the exit status (128 + n for signal n, 127 when the program is not found).
    // SIGINT, SIGTERM, SIGHUP and SIGQUIT that arrive here meanwhile are passed on when `forward_signals`.
    Result<int> exec(const ExecRequest& request, bool forward_signals = false);

    // A Unix stream socket connected to the abstract name inside the node's network namespace.
    Result<UniqueFd> dial(const std::string& node, const std::string& abstract_name);
    // An unbound packet socket (AF_PACKET, SOCK_RAW, protocol 0) in the node's network namespace, and the
    // index to bind it to. Close it when the lab goes: it keeps the namespace alive.
    struct Tap {
        UniqueFd fd;
        int interface_index = 0;
    };
    Result<Tap> open_tap(const std::string& node, const std::string& interface);

    // A TCP socket over IPv4 that nothing has been done with, in the node's network namespace: what it
    // connects to is what a program of the node would reach. Keeps the namespace alive as a tap does.
    Result<UniqueFd> open_socket(const std::string& node);

    Result<> start_node(const std::string& node);
    Result<> stop_node(const std::string& node); // SIGTERM, then SIGKILL; links down, as when switched off
    Result<> kill_node(const std::string& node); // SIGKILL at once; links down
    Result<> set_link(const std::string& node, const std::string& interface, bool up);
    Result<LinkStatus> link(const std::string& node, const std::string& interface);
    // What happens from now on to frames that the node sends and to those that come to it. The first time,
    // the link is opened up and a process put in its middle, which stays there, with nothing to do, when all
    // is zero again. `reseed`: the generators begin anew from the seeds given.
    Result<> impair(const std::string& node, const std::string& interface, const LinkFaults& out,
                    const LinkFaults& in, bool reseed);
    // Brings the lab to another plan of the same name; see lab_change.h for what that comes to. `told`: nodes
    // whose programs the caller tells what is new in their input. Fails, with nothing touched, when it cannot
    // be done; else returns what of it failed, a line each with the object, everything else being done.
    Result<std::vector<std::string>> apply(const LabPlan& plan, const std::vector<std::string>& told);
    Result<> down(); // returns when the lab is gone

    // The last output (standard output and error together, some kilobytes) of a planned process, dead or
    // alive.
    Result<std::string> process_log(const std::string& node, const std::string& process);

    // Events since `cursor` (0: all kept ones), oldest first; waits up to `wait_ms` for the first. Moves the
    // cursor.
    Result<std::vector<LabEvent>> events(std::uint64_t& cursor, int wait_ms);

private:
    explicit LabClient(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

} // namespace fulcrum::netns
