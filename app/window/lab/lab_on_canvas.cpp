#include "app/window/lab/lab_on_canvas.h"

#include <map>
#include <unordered_map>
#include <utility>

#include "app/window/lab/latency.h"
#include "app/window/panels/charts_panel.h"
#include "app/window/panels/engine_panel.h"
#include "app/window/panels/flows_model.h"
#include "app/window/qt_text.h"
#include "designer/canvas/canvas_scene.h"
#include "designer/plan/plan.h"

namespace fulcrum::window {

using namespace designer;

namespace {

LiveState live_state(netns::NodeState state) {
    switch (state) {
    case netns::NodeState::starting:
        return LiveState::starting;
    case netns::NodeState::running:
        return LiveState::running;
    case netns::NodeState::stopped:
        return LiveState::stopped;
    case netns::NodeState::failed:
        return LiveState::failed;
    }
    return LiveState::none;
}

} // namespace

LabOnCanvas::LabOnCanvas(LabController* controller, CanvasView* canvas, FlowsModel* flows,
                         ChartsPanel* charts, EnginePanel* engines, QObject* parent)
    : QObject(parent), controller_(controller), canvas_(canvas), flows_(flows), charts_(charts),
      engines_(engines) {
    connect(controller_, &LabController::phase_changed, this, &LabOnCanvas::show_phase);
    connect(controller_, &LabController::polled, this,
            [this](const LabSnapshotPtr& snapshot) { show_snapshot(*snapshot); });
}

void LabOnCanvas::show_phase(LabPhase phase) {
    switch (phase) {
    case LabPhase::launching:
    case LabPhase::running:
        if (phase == LabPhase::launching || drawing_.nodes.empty()) {
            drawing_ = fill_addresses(*controller_->drawing());
            keeps_whole_seen_ = is_whole_seen();
            rates_.reset(drawing_);
            flows_->clear();
            charts_->clear();
            engines_->clear();
            states_.clear();
            links_up_.clear();
        }
        for (const Node& node : drawing_.nodes) {
            if (node.kind != NodeKind::segment && !states_.contains(node.id)) {
                states_[node.id] = LiveState::starting;
                canvas_->set_node_state(node.id, LiveState::starting, {});
            }
        }
        break;
    case LabPhase::stopping:
        break;
    case LabPhase::none: // flows and charts stay to be read until the next lab
        canvas_->show_path({});
        canvas_->clear_live();
        drawing_ = {};
        states_.clear();
        links_up_.clear();
        break;
    }
}

bool LabOnCanvas::is_whole_seen() const {
    const QRectF seen = canvas_->mapToScene(canvas_->viewport()->rect()).boundingRect();
    return seen.contains(canvas_->canvas_scene()->figure().bounds());
}

void LabOnCanvas::show_snapshot(const LabSnapshot& snapshot) {
    show_nodes(snapshot);
    show_services(snapshot);
    const Rates rates = rates_.update(snapshot);
    for (const auto& [link, traffic] : rates.links) {
        links_up_[link] = traffic.up;
        canvas_->set_link_traffic(link, traffic);
    }
    if (std::exchange(keeps_whole_seen_, false) && !is_whole_seen()) {
        canvas_->fit();
    }
    flows_->update(snapshot);
    charts_->add(snapshot.time_s, rates, latencies_of(snapshot));
    engines_->update_from(snapshot);
    emit shown();
}

void LabOnCanvas::show_nodes(const LabSnapshot& snapshot) {
    // What the SEs' health checks say of a server, beside what the lab says of its node.
    std::map<std::string, QStringList> health;
    for (const auto& [se, said] : snapshot.engines) {
        for (const engine::ServiceReport& service : said.report.services) {
            for (const engine::ServerReport& server : service.servers) {
                const QString line = server.up ? tr("%1 sees it up").arg(to_q(se))
                                               : tr("%1 sees it down: %2").arg(to_q(se), to_q(server.why));
                if (!health[server.name].contains(line)) {
                    health[server.name] << line;
                }
            }
        }
    }
    std::unordered_map<std::string, const netns::NodeStatus*> by_name;
    for (const netns::NodeStatus& status : snapshot.status.nodes) {
        by_name[status.name] = &status;
    }
    for (const Node& node : drawing_.nodes) {
        const auto found = by_name.find(node.name);
        if (found == by_name.end()) {
            continue;
        }
        const netns::NodeStatus& status = *found->second;
        QStringList detail;
        if (!status.detail.empty()) {
            detail << to_q(status.detail);
        }
        const auto engine = snapshot.engines.find(node.name);
        if (engine != snapshot.engines.end()) {
            detail << (engine->second.report.role == engine::Role::active ? tr("active") : tr("standing by"));
        }
        detail << health[node.name];
        states_[node.id] = live_state(status.state);
        canvas_->set_node_state(node.id, states_[node.id], detail.join('\n'));
    }
}

void LabOnCanvas::show_services(const LabSnapshot& snapshot) {
    for (const Service& service : drawing_.services) {
        LiveState state = LiveState::stopped;
        QString detail = tr("no SE has placed it");
        for (const auto& [se, said] : snapshot.engines) {
            for (const engine::ServiceReport& report : said.report.services) {
                if (report.name != service.name || !report.placed) {
                    continue;
                }
                int up = 0;
                for (const engine::ServerReport& server : report.servers) {
                    up += server.up ? 1 : 0;
                }
                state = up > 0 ? LiveState::running : LiveState::failed;
                detail = tr("on %1; %2 of %3 servers up; %4 connections")
                             .arg(to_q(se))
                             .arg(up)
                             .arg(report.servers.size())
                             .arg(report.connections);
            }
        }
        canvas_->set_service_state(service.id, state, detail);
    }
}

} // namespace fulcrum::window
