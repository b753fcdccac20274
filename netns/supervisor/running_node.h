// One node of a running lab: its planned processes, its state, and how it is switched on and off.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "netns/lab_client.h"
#include "netns/supervisor/event_log.h"
#include "netns/supervisor/event_loop.h"
#include "netns/supervisor/lab_network.h"
#include "netns/supervisor/output_ring.h"
#include "netns/supervisor/process_table.h"

namespace fulcrum::netns {

// What every node works with; all of it outlives the nodes.
struct LabServices {
    EventLoop& loop;
    ProcessTable& processes;
    LabNetwork& network;
    EventLog& events;
};

class RunningNode {
public:
    using Done = std::function<void(Result<>)>;

    RunningNode(std::size_t number, const NodePlan& plan, LabServices services);
    RunningNode(const RunningNode&) = delete;
    RunningNode& operator=(const RunningNode&) = delete;
    ~RunningNode();

    const NodePlan& plan() const { return *plan_; }
    NodeStatus status() const;
    Result<std::string> log_of(const std::string& process) const;
    // A text that says why nothing can be run here now; empty when it can.
    std::string refusal() const;

    // Starts the planned processes that do not run, in order, each when the one before is ready. The network
    // is up.
    void start_processes(Done done);
    // Switches a stopped or failed node on: network, then processes. Nothing to do when it runs.
    void start(Done done);
    // Ends every process inside, those nobody planned included: SIGTERM first when `gently`, SIGKILL to what
    // is left; then the links go down. Answers when all of that is done and its programs have been reaped.
    void stop(bool gently, Done done);
    bool runs() const { return state_ == NodeState::running || state_ == NodeState::failed; }
    bool is_busy() const { return busy_ != Busy::no; }
    // From now on the plan is this one, under another number. Its programs are the same ones, or the node is
    // stopped.
    void replan(std::size_t number, const NodePlan& plan);
    // While the whole lab ends: deaths are no news any more.
    void expect_deaths() { deaths_expected_ = true; }

    // Called by the supervisor after any process of the lab was reaped.
    void child_was_reaped();

    // A Spawn with this node's namespaces filled in.
    Result<Spawn> placement();

private:
    struct Process {
        explicit Process(EventLoop& loop) : output(loop) {}
        pid_t pid = 0; // 0: does not run
        OutputRing output;
    };

    void start_next(std::size_t number);
    Result<> spawn_process(std::size_t number);
    void start_pipe_spoke(std::size_t number);
    void process_ended(std::size_t number, ExitStatus status);
    void finish_start(Result<> outcome);
    void stop_step();
    void finish_stop(Result<> outcome);
    void forget_start_pipe();
    void fail_with(const std::string& detail);

    std::size_t number_;
    const NodePlan* plan_;
    LabServices services_;
    NodeState state_ = NodeState::starting;
    std::string detail_;
    std::vector<std::shared_ptr<Process>> processes_; // as in the plan

    enum class Busy { no, starting, stopping };
    Busy busy_ = Busy::no;
    bool deaths_expected_ = false;
    Done done_;
    std::size_t starting_ = 0; // which process, while busy starting
    UniqueFd start_pipe_;      // read end
    EventLoop::TimerId timer_ = 0;
    Instant stop_began_;
    bool gently_ = false;
};

} // namespace fulcrum::netns
