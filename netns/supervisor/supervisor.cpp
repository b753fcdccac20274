#include "netns/supervisor/supervisor.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "netns/frame.h"
#include "netns/kernel/lab_mounts.h"
#include "netns/supervisor/hosts_file.h"

namespace fulcrum::netns {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds progress_interval{20};
constexpr milliseconds patience{300};       // between SIGTERM and SIGKILL when a whole lab ends
constexpr milliseconds longest_down{5'000}; // until what survives SIGKILL is given up
constexpr milliseconds down_poll{20};
constexpr int last_words_ms = 1'000;

bool is_refusal(const Error& error) {
    return error.message.find("Permission denied") != std::string::npos ||
           error.message.find("Operation not permitted") != std::string::npos;
}

} // namespace

int Supervisor::run(Start start) {
    auto loop = EventLoop::make();
    if (!loop) {
        (void)send_frame(start.channel.get(), emit_failure(loop.error()));
        return 1;
    }
    Supervisor self(std::move(*loop), std::move(start.channel), std::move(start.control));
    if (!start.note.empty()) {
        self.events_.add_once(start.note);
    }
    if (auto up = self.bring_up(start.open_files); !up) {
        Error error = up.error();
        if (is_refusal(error) && !start.refusal.empty()) {
            error.message += ": " + start.refusal;
        }
        (void)send_frame(self.channel_.get(), emit_failure(error));
        return 1;
    }
    self.loop_.run();
    if (!self.launch_failure_.empty()) {
        (void)send_frame(self.channel_.get(), emit_failure({self.launch_failure_}));
        return 1;
    }
    return 0;
}

Result<> Supervisor::bring_up(rlimit open_files) {
    auto frame = receive_frame(channel_.get(), most_reply_bytes);
    if (!frame) {
        return tl::unexpected(frame.error());
    }
    if (!*frame) {
        return fail("cancelled");
    }
    auto plan = parse_lab_plan((*frame)->text);
    if (!plan) {
        return fail(plan.error(), "plan");
    }
    plan_ = std::move(*plan);
    if (const auto problems = problems_of(plan_); !problems.empty()) {
        return bad_input(problems.front());
    }
    steps_ = LabNetwork::steps_of(plan_) + plan_.nodes.size();

    std::vector<std::string> notes;
    if (auto mounted = make_lab_mounts(hosts_of(plan_), notes); !mounted) {
        return mounted;
    }
    for (const std::string& note : notes) {
        events_.add_once(note);
    }
    auto network = LabNetwork::build(
        plan_, [this](std::size_t done, const std::string& step) { return report_progress(done, step); });
    if (!network) {
        return tl::unexpected(network.error());
    }
    network_ = std::make_unique<LabNetwork>(std::move(*network));
    auto processes = ProcessTable::make(loop_, open_files);
    if (!processes) {
        return tl::unexpected(processes.error());
    }
    processes_ = std::make_unique<ProcessTable>(std::move(*processes));
    if (auto followed = processes_->follow(); !followed) {
        return followed;
    }
    if (auto followed = follow_signals(); !followed) {
        return followed;
    }
    processes_->on_reaped([this] {
        for (const auto& node : nodes_) {
            node->child_was_reaped();
        }
        if (going_down_) {
            down_step();
        }
    });
    events_.on_added([this] { answer_waiting_for_events(); });
    if (auto watched = loop_.watch(channel_.get(), [this] { channel_spoke(); }); !watched) {
        return watched;
    }
    const LabServices services{loop_, *processes_, *network_, events_};
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
        nodes_.push_back(std::make_unique<RunningNode>(i, plan_.nodes[i], services));
    }
    relays_ = std::make_unique<LinkRelays>(plan_, services);
    relays_->start_planned(network_->planned_relays(), [this](const Result<>& outcome) {
        if (outcome) {
            start_nodes();
        } else {
            launch_failed(outcome.error().message);
        }
    });
    return launch_failure_.empty() ? Result<>() : fail(launch_failure_);
}

// Once the links do what the plan says.
void Supervisor::start_nodes() {
    for (const auto& node : nodes_) {
        if (!report_progress(steps_ - nodes_.size() + started_, "starting " + node->plan().name)) {
            launch_failed("cancelled");
            return;
        }
        node->start_processes([this](const Result<>& outcome) { node_started(outcome); });
        if (!launch_failure_.empty()) {
            return;
        }
    }
    if (nodes_.empty()) {
        launched();
    }
}

void Supervisor::launch_failed(const std::string& why) {
    if (launch_failure_.empty()) {
        launch_failure_ = why;
    }
    loop_.stop();
}

// Tells the launcher, not more often than it can matter; false when it has gone.
bool Supervisor::report_progress(std::size_t done, const std::string& step) {
    pollfd state{channel_.get(), POLLRDHUP, 0};
    if (::poll(&state, 1, 0) > 0) {
        return false;
    }
    const Instant now = monotonic_now();
    if (now - last_progress_ >= progress_interval) {
        last_progress_ = now;
        return send_frame(channel_.get(), emit_progress({done, steps_, step})).has_value();
    }
    return true;
}

void Supervisor::node_started(const Result<>& outcome) {
    if (!outcome) {
        launch_failed(outcome.error().message);
        return;
    }
    ++started_;
    if (!report_progress(steps_ - nodes_.size() + started_, "starting programs")) {
        loop_.stop();
    } else if (started_ == nodes_.size()) {
        launched();
    }
}

void Supervisor::launched() {
    if (::listen(control_.get(), SOMAXCONN) != 0) {
        launch_failure_ = "listen on the control socket";
        loop_.stop();
        return;
    }
    auto watched = loop_.watch(control_.get(), [this] { accept_clients(); });
    auto said = send_frame(channel_.get(), emit_nodes(status().nodes));
    if (!watched || !said) {
        loop_.stop();
    }
}

void Supervisor::channel_spoke() {
    const auto frame = receive_frame(channel_.get(), most_request_bytes);
    loop_.forget(channel_.get());
    channel_.reset();
    if (!frame || !*frame || (*frame)->text != keep_message) {
        loop_.stop(); // the launcher has changed its mind, or died
    }
}

// SIGTERM is how a session's end or a person's `kill` asks; everything is put away in order.
Result<> Supervisor::follow_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        sigaddset(&set, signal);
    }
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_ = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_) {
        return fail_errno("follow signals");
    }
    return loop_.watch(signals_.get(), [this] {
        signalfd_siginfo info{};
        if (::read(signals_.get(), &info, sizeof info) > 0 && !going_down_) {
            go_down(nullptr);
        }
    });
}

LabStatus Supervisor::status() const {
    LabStatus status;
    status.name = plan_.name;
    for (const auto& node : nodes_) {
        status.nodes.push_back(node->status());
    }
    for (const SegmentPlan& segment : plan_.segments) {
        status.segments.push_back(segment.name);
    }
    return status;
}

void Supervisor::go_down(const Session& asked_by) {
    going_down_ = true;
    down_asked_by_ = asked_by;
    down_began_ = monotonic_now();
    for (const auto& node : nodes_) {
        node->expect_deaths();
    }
    relays_->expect_deaths();
    // From process 1, -1 means everyone in the pid namespace, itself excepted. Interactive shells ignore
    // SIGTERM.
    ::kill(-1, SIGTERM);
    ::kill(-1, SIGHUP);
    ::kill(-1, SIGCONT);
    down_step();
}

void Supervisor::down_step() {
    loop_.cancel(down_timer_);
    if (ProcessTable::none_left()) {
        finish_down();
        return;
    }
    const auto took = monotonic_now() - down_began_;
    if (took > longest_down) {
        teardown_errors_.emplace_back("some processes survive SIGKILL");
        finish_down();
        return;
    }
    if (took > patience) {
        ::kill(-1, SIGKILL);
    }
    down_timer_ = loop_.after(down_poll, [this] {
        processes_->reap();
        if (!loop_.stopped()) {
            down_step();
        }
    });
}

void Supervisor::finish_down() {
    if (loop_.stopped()) {
        return;
    }
    if (down_asked_by_) {
        down_asked_by_->send(teardown_errors_.empty()
                                 ? emit_done()
                                 : emit_failure({fmt::format("take down lab {}: {}", plan_.name,
                                                             fmt::join(teardown_errors_, "; "))}));
    }
    for (const Session& session : sessions_) {
        session->finish(last_words_ms);
    }
    loop_.stop();
}

} // namespace fulcrum::netns
