// Process 1 of a lab: builds it, keeps it, answers its control socket, and takes it down.
//
// Two lives. While it is launched, the launch channel is its cord: when the launcher closes it, or dies, the
// supervisor ends, and the kernel takes back everything it has made. Once told to stay it lives until "down",
// SIGTERM or its death, with the same effect.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <vector>

#include "netns/control_message.h"
#include "netns/lab_change.h"
#include "netns/supervisor/control_session.h"
#include "netns/supervisor/event_log.h"
#include "netns/supervisor/event_loop.h"
#include "netns/supervisor/lab_network.h"
#include "netns/supervisor/link_relays.h"
#include "netns/supervisor/process_table.h"
#include "netns/supervisor/running_node.h"

namespace fulcrum::netns {

class Supervisor {
public:
    struct Start {
        UniqueFd channel;    // to the launcher
        UniqueFd control;    // bound; listens once the lab is up
        rlimit open_files{}; // what programs in the lab get
        std::string note;    // the first event, when it is not empty
        std::string refusal; // said with a refused step: which setting of this machine may be the reason
    };
    // Runs to the end of the lab; the exit status of the process.
    static int run(Start start);

private:
    using Session = std::shared_ptr<ControlSession>;

    Supervisor(EventLoop loop, UniqueFd channel, UniqueFd control)
        : loop_(std::move(loop)), channel_(std::move(channel)), control_(std::move(control)) {}
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    // Launch
    Result<> bring_up(rlimit open_files);
    bool report_progress(std::size_t done, const std::string& step);
    void start_nodes();
    void launch_failed(const std::string& why);
    void node_started(const Result<>& outcome);
    void launched();
    void channel_spoke();
    Result<> follow_signals();

    // Control
    void accept_clients();
    void received(const Session& session, Frame frame);
    void closed(const Session& session);
    void answer(const Session& session, const ControlRequest& request, Frame frame);
    void exec(const Session& session, const ControlRequest& request, Frame frame);
    void send_events(const Session& session, std::uint64_t cursor, std::uint32_t wait_ms);
    void answer_waiting_for_events();
    RunningNode::Done reply_when_done(const Session& session);
    Result<std::size_t> find_node(const std::string& name) const;
    LabStatus status() const;

    // Apply (lab_apply.cpp)
    void apply(const Session& session, const ControlRequest& request);
    void stop_what_changes();
    void change_lab();
    void start_what_changed(const LabPlan& before, const std::vector<RelayPlan>& relays);
    void impair_as_planned(const LabPlan& before, const std::vector<RelayPlan>& fresh);
    RunningNode::Done apply_step();
    void finish_apply();

    // Down
    void go_down(const Session& asked_by);
    void down_step();
    void finish_down();

    EventLoop loop_;
    UniqueFd channel_, control_, signals_;
    LabPlan plan_;
    EventLog events_;
    std::unique_ptr<ProcessTable> processes_;
    std::unique_ptr<LabNetwork> network_;
    std::unique_ptr<LinkRelays> relays_;
    std::vector<std::unique_ptr<RunningNode>> nodes_;

    std::size_t steps_ = 0, started_ = 0;
    Instant last_progress_{};
    std::string launch_failure_;

    std::vector<Session> sessions_;
    struct EventWaiter {
        Session session;
        std::uint64_t cursor;
        EventLoop::TimerId timer;
    };
    std::vector<EventWaiter> waiting_for_events_;

    // A change under way. Steps of a phase run side by side; the next phase begins when none is missing.
    struct Application {
        Session asked_by;
        LabPlan next;
        LabChange change;
        std::size_t missing = 0;
        std::function<void()> next_phase;
        std::vector<std::string> started_again; // nodes that run, and have to be switched off and on
        std::vector<std::string> failures;
    };
    std::unique_ptr<Application> application_;
    std::vector<std::unique_ptr<RunningNode>> removed_nodes_; // their processes may still be ending

    bool going_down_ = false;
    Session down_asked_by_;
    Instant down_began_{};
    EventLoop::TimerId down_timer_ = 0;
    std::vector<std::string> teardown_errors_;
};

} // namespace fulcrum::netns
