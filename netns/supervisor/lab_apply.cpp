// How the supervisor brings a running lab to another plan. Three phases: what goes, or cannot be told, is
// stopped; the network is changed, which nobody else sees half done; what is new, or was stopped, is started.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "netns/kernel/lab_mounts.h"
#include "netns/supervisor/hosts_file.h"
#include "netns/supervisor/supervisor.h"

namespace fulcrum::netns {

void Supervisor::apply(const Session& session, const ControlRequest& request) {
    auto next = parse_lab_plan(request.plan);
    if (!next) {
        session->send(emit_failure(next.error().within("plan")));
        return;
    }
    if (const auto possible = check_change(plan_, *next); !possible) {
        session->send(emit_failure(possible.error()));
        return;
    }
    for (const auto& node : nodes_) {
        if (node->is_busy()) {
            session->send(
                emit_failure({fmt::format("node {} is being started or stopped", node->plan().name)}));
            return;
        }
    }
    session->busy = true;
    application_ = std::make_unique<Application>();
    application_->asked_by = session;
    application_->change = change_between(plan_, *next, request.told);
    application_->next = std::move(*next);
    stop_what_changes();
}

// A step's answer may come from deep inside the node it is about, so the next phase begins afterwards.
RunningNode::Done Supervisor::apply_step() {
    ++application_->missing;
    return [this](const Result<>& outcome) {
        if (!outcome) {
            application_->failures.push_back(outcome.error().message);
        }
        if (--application_->missing == 0) {
            loop_.after({}, [this] { application_->next_phase(); });
        }
    };
}

void Supervisor::stop_what_changes() {
    application_->next_phase = [this] { change_lab(); };
    const auto phase = apply_step();
    for (const NodeChange& change : application_->change.nodes) {
        const bool goes = change.kind == NodeChange::Kind::removed;
        if (change.kind == NodeChange::Kind::added || (!goes && change.restart.empty())) {
            continue;
        }
        RunningNode& node = *nodes_[*find_node(change.node)];
        if (!goes && node.runs()) {
            application_->started_again.push_back(change.node);
        }
        if (node.runs()) {
            node.stop(true, apply_step());
        }
    }
    phase({});
}

void Supervisor::change_lab() {
    processes_->reap(); // nobody is told of a death under a number that has changed
    const LabPlan before = std::exchange(plan_, std::move(application_->next));
    auto changed = network_->change(before);
    if (!changed) { // nothing is; what was stopped comes back
        plan_ = before;
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            nodes_[i]->replan(i, plan_.nodes[i]);
        }
        application_->failures.push_back(fmt::format("not applied: {}", changed.error().message));
        application_->change = {};
        start_what_changed(plan_, {});
        return;
    }
    auto& failures = application_->failures;
    failures.insert(failures.end(), changed->failures.begin(), changed->failures.end());
    relays_->retire(changed->removed_links);

    std::vector<std::unique_ptr<RunningNode>> old_nodes = std::exchange(nodes_, {});
    const LabServices services{loop_, *processes_, *network_, events_};
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
        const auto kept = std::find_if(before.nodes.begin(), before.nodes.end(), [&](const NodePlan& node) {
            return node.name == plan_.nodes[i].name;
        });
        if (kept == before.nodes.end()) {
            nodes_.push_back(std::make_unique<RunningNode>(i, plan_.nodes[i], services));
        } else {
            nodes_.push_back(std::move(old_nodes[static_cast<std::size_t>(kept - before.nodes.begin())]));
            nodes_.back()->replan(i, plan_.nodes[i]);
        }
    }
    for (auto& node : old_nodes) {
        if (node) {
            node->expect_deaths();
            removed_nodes_.push_back(std::move(node));
        }
    }
    if (auto written = rewrite_hosts(hosts_of(plan_)); !written) {
        failures.push_back(written.error().message);
    }
    start_what_changed(before, changed->relays);
}

void Supervisor::start_what_changed(const LabPlan& before, const std::vector<RelayPlan>& relays) {
    application_->next_phase = [this] { finish_apply(); };
    const auto phase = apply_step();
    relays_->start_planned(relays, apply_step());
    impair_as_planned(before, relays);
    for (const auto& node : nodes_) {
        const auto& name = node->plan().name;
        const auto& again = application_->started_again;
        const auto& changes = application_->change.nodes;
        const bool is_new = std::any_of(changes.begin(), changes.end(), [&](const NodeChange& change) {
            return change.kind == NodeChange::Kind::added && change.node == name;
        });
        if (is_new) {
            node->start_processes(apply_step());
        } else if (std::find(again.begin(), again.end(), name) != again.end()) {
            node->start(apply_step());
        }
    }
    phase({});
}

// What somebody has set by hand stays, where the two drawings say the same of a link.
void Supervisor::impair_as_planned(const LabPlan& before, const std::vector<RelayPlan>& fresh) {
    std::vector<EndPlan> ends;
    for (const LabPlan* plan : {&before, static_cast<const LabPlan*>(&plan_)}) {
        for (const LinkPlan& link : plan->links) {
            const bool begins = std::any_of(fresh.begin(), fresh.end(), [&](const RelayPlan& relay) {
                return relay.a == link.end || relay.b == link.end;
            });
            if (!begins && std::find(ends.begin(), ends.end(), link.end) == ends.end()) {
                ends.push_back(link.end);
            }
        }
    }
    for (const EndPlan& end : ends) {
        const LinkPlan was = link_at(before, end), now = link_at(plan_, end);
        const auto node = find_node(end.node);
        if (node && interface_index(plan_.nodes[*node], end.interface) >= 2 &&
            (was.out != now.out || was.in != now.in)) {
            relays_->impair(*node, end.interface, now.out, now.in, true, apply_step());
        }
    }
}

void Supervisor::finish_apply() {
    const auto application = std::move(application_);
    events_.add("", application->failures.empty()
                        ? std::string("the lab was brought to another drawing")
                        : fmt::format("the lab was brought to another drawing, except: {}",
                                      fmt::join(application->failures, "; ")));
    application->asked_by->busy = false;
    application->asked_by->send(emit_failures(application->failures));
}

} // namespace fulcrum::netns
