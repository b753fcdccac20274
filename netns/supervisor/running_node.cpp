#include "netns/supervisor/running_node.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>

#include "netns/kernel/node_processes.h"

extern char** environ;

namespace fulcrum::netns {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_start{10'000};
constexpr milliseconds patience{2'000};      // between SIGTERM and SIGKILL
constexpr milliseconds longest_stop{10'000}; // until what survives SIGKILL is given up
constexpr milliseconds stop_poll{20};

// What a process reads from its standard input: the text, then the end. A file in memory, so that nobody has
// to write while it reads.
Result<UniqueFd> input_of(const ProcessPlan& plan) {
    UniqueFd fd(::memfd_create("input", MFD_CLOEXEC));
    if (!fd) {
        return fail_errno("make the input");
    }
    std::size_t done = 0;
    while (done < plan.input.size()) {
        const ssize_t written = ::write(fd.get(), plan.input.data() + done, plan.input.size() - done);
        if (written < 0) {
            return fail_errno("write the input");
        }
        done += static_cast<std::size_t>(written);
    }
    ::lseek(fd.get(), 0, SEEK_SET);
    return fd;
}

} // namespace

RunningNode::RunningNode(std::size_t number, const NodePlan& plan, LabServices services)
    : number_(number), plan_(&plan), services_(services) {
    for (std::size_t i = 0; i < plan.processes.size(); ++i) {
        processes_.push_back(std::make_shared<Process>(services.loop));
    }
}

RunningNode::~RunningNode() {
    forget_start_pipe();
    services_.loop.cancel(timer_);
}

void RunningNode::replan(std::size_t number, const NodePlan& plan) {
    number_ = number;
    plan_ = &plan;
    if (state_ == NodeState::stopped) {
        processes_.clear();
        for (std::size_t i = 0; i < plan.processes.size(); ++i) {
            processes_.push_back(std::make_shared<Process>(services_.loop));
        }
    }
}

NodeStatus RunningNode::status() const {
    NodeStatus status{plan_->name, plan_->kind, state_, detail_, {}};
    if (status.detail.empty()) {
        status.detail = fmt::format("{}", fmt::join(plan_->notes, "; "));
    }
    for (std::size_t i = 0; i < processes_.size(); ++i) {
        if (processes_[i]->pid > 0) {
            status.processes.push_back(plan_->processes[i].name);
        }
    }
    return status;
}

Result<std::string> RunningNode::log_of(const std::string& process) const {
    for (std::size_t i = 0; i < processes_.size(); ++i) {
        if (plan_->processes[i].name == process) {
            processes_[i]->output.drain();
            return processes_[i]->output.text();
        }
    }
    return bad_input(fmt::format("node {} has no process {}", plan_->name, process));
}

std::string RunningNode::refusal() const {
    if (busy_ == Busy::stopping) {
        return fmt::format("node {} is being stopped", plan_->name);
    }
    if (state_ == NodeState::stopped) {
        return fmt::format("node {} is stopped; start it first", plan_->name);
    }
    return {};
}

Result<Spawn> RunningNode::placement() {
    std::vector<std::string> notes;
    const auto mounts = services_.network.mount_fd(number_, notes);
    for (const std::string& note : notes) {
        services_.events.add_once(note);
    }
    if (!mounts) {
        return fail(mounts.error(), fmt::format("node {}", plan_->name));
    }
    Spawn spawn;
    spawn.node = plan_->name;
    spawn.net_fd = services_.network.net_fd(number_);
    spawn.uts_fd = services_.network.uts_fd(number_);
    spawn.mount_fd = *mounts;
    return spawn;
}

void RunningNode::fail_with(const std::string& detail) {
    state_ = NodeState::failed;
    detail_ = detail;
    services_.events.add(plan_->name, detail);
}

void RunningNode::start(Done done) {
    if (busy_ != Busy::no) {
        done(fail(fmt::format("node {} is being started or stopped", plan_->name)));
        return;
    }
    if (state_ == NodeState::running) {
        done({});
        return;
    }
    if (auto on = services_.network.switch_on(number_); !on) {
        done(fail(on.error(), fmt::format("node {}", plan_->name)));
        return;
    }
    start_processes(std::move(done));
}

void RunningNode::start_processes(Done done) {
    busy_ = Busy::starting;
    state_ = NodeState::starting;
    detail_.clear();
    done_ = std::move(done);
    start_next(0);
}

void RunningNode::start_next(std::size_t number) {
    while (number < processes_.size() && processes_[number]->pid > 0) {
        ++number;
    }
    starting_ = number;
    if (number == processes_.size()) {
        finish_start({});
        return;
    }
    if (auto spawned = spawn_process(number); !spawned) {
        finish_start(fail(spawned.error(), plan_->processes[number].name));
    }
}

Result<> RunningNode::spawn_process(std::size_t number) {
    const ProcessPlan& plan = plan_->processes[number];
    Process& process = *processes_[number];
    auto spawn = placement();
    if (!spawn) {
        return tl::unexpected(spawn.error());
    }
    auto input = input_of(plan);
    if (!input) {
        return tl::unexpected(input.error());
    }
    auto output = process.output.open();
    if (!output) {
        return tl::unexpected(output.error());
    }
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return fail_errno("make a pipe");
    }
    start_pipe_ = UniqueFd(ends[0]);
    const UniqueFd theirs(ends[1]);
    spawn->argv = plan.argv;
    spawn->own_programs_first = true;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        if (!std::string_view(*entry).starts_with("FULCRUM_READY_FD=")) {
            spawn->environment.emplace_back(*entry);
        }
    }
    spawn->in = input->get();
    spawn->out = spawn->err = output->get();
    if (plan.signals_ready) {
        spawn->environment.emplace_back("FULCRUM_READY_FD=3");
        spawn->inherited = theirs.get();
    } else {
        spawn->starting = theirs.get();
    }
    const auto ended = [this, number, process = std::weak_ptr(processes_[number])](ExitStatus status) {
        if (!process.expired()) { // else it outlived SIGKILL, and the plan it was of
            process_ended(number, status);
        }
    };
    auto pid = services_.processes.spawn(*spawn, ended);
    if (!pid) {
        return tl::unexpected(pid.error());
    }
    process.pid = *pid;
    timer_ = services_.loop.after(longest_start, [this, number] {
        finish_start(fail(fmt::format("{}: not ready after {} s", plan_->processes[number].name,
                                      longest_start.count() / 1000)));
    });
    return services_.loop.watch(start_pipe_.get(), [this, number] { start_pipe_spoke(number); });
}

// A process that signals says so with a byte. For the others, the pipe closes by itself when exec succeeds,
// and has a byte in it when exec failed.
void RunningNode::start_pipe_spoke(std::size_t number) {
    char byte = 0;
    const bool spoke = ::read(start_pipe_.get(), &byte, 1) == 1;
    forget_start_pipe();
    if (spoke == plan_->processes[number].signals_ready) {
        services_.loop.cancel(timer_);
        start_next(number + 1);
    } // else it has ended or is about to, which process_ended() reports with its last words
}

void RunningNode::forget_start_pipe() {
    if (start_pipe_) {
        services_.loop.forget(start_pipe_.get());
        start_pipe_.reset();
    }
}

void RunningNode::process_ended(std::size_t number, ExitStatus status) {
    Process& process = *processes_[number];
    process.pid = 0;
    process.output.drain();
    if (deaths_expected_ || busy_ == Busy::stopping || state_ == NodeState::stopped) {
        return;
    }
    const ProcessPlan& plan = plan_->processes[number];
    if (status.good() && !plan.signals_ready) {
        services_.events.add(plan_->name, fmt::format("{}: done", plan.name));
        return; // did one thing, or left a daemon behind
    }
    std::string detail = fmt::format("{}: {}", plan.name, status.text());
    if (const std::string last = process.output.last_line(); !last.empty()) {
        detail += ": " + last;
    }
    if (busy_ == Busy::starting) {
        finish_start(fail(detail));
    } else {
        fail_with(detail);
    }
}

void RunningNode::finish_start(Result<> outcome) {
    services_.loop.cancel(timer_);
    forget_start_pipe();
    busy_ = Busy::no;
    if (outcome) {
        state_ = NodeState::running;
        services_.events.add(plan_->name, "running");
    } else {
        fail_with(outcome.error().message);
        outcome = fail(outcome.error(), fmt::format("node {}", plan_->name));
    }
    if (const Done done = std::exchange(done_, nullptr)) {
        done(std::move(outcome));
    }
}

void RunningNode::stop(bool gently, Done done) {
    if (busy_ != Busy::no) {
        done(fail(fmt::format("node {} is being started or stopped", plan_->name)));
        return;
    }
    busy_ = Busy::stopping;
    done_ = std::move(done);
    gently_ = gently;
    stop_began_ = monotonic_now();
    if (gently) {
        for (const pid_t pid : processes_inside(services_.network.inode_of(number_))) {
            ::kill(pid, SIGTERM);
            ::kill(pid, SIGCONT); // a stopped process would not see it
        }
    }
    stop_step();
}

void RunningNode::stop_step() {
    services_.loop.cancel(timer_);
    auto inside = processes_inside(services_.network.inode_of(number_));
    // One that is ending has left its namespaces before it can be reaped.
    for (const auto& process : processes_) {
        if (process->pid > 0 && std::find(inside.begin(), inside.end(), process->pid) == inside.end()) {
            inside.push_back(process->pid);
        }
    }
    if (inside.empty()) {
        finish_stop({});
        return;
    }
    const auto took = monotonic_now() - stop_began_;
    if (took > longest_stop) {
        finish_stop(
            fail(fmt::format("node {}: processes {} survive SIGKILL", plan_->name, fmt::join(inside, ", "))));
        return;
    }
    if (!gently_ || took > patience) {
        for (const pid_t pid : inside) {
            ::kill(pid, SIGKILL);
        }
    }
    timer_ = services_.loop.after(stop_poll, [this] { stop_step(); });
}

void RunningNode::child_was_reaped() {
    if (busy_ == Busy::stopping) {
        stop_step();
    }
}

void RunningNode::finish_stop(Result<> outcome) {
    busy_ = Busy::no;
    if (auto off = services_.network.switch_off(number_); !off && outcome) {
        outcome = fail(off.error(), fmt::format("node {}", plan_->name));
    }
    state_ = NodeState::stopped;
    detail_.clear();
    services_.events.add(plan_->name, gently_ ? "stopped" : "killed");
    if (const Done done = std::exchange(done_, nullptr)) {
        done(std::move(outcome));
    }
}

} // namespace fulcrum::netns
