// What the window shows of packets and of the plan: ladders, playback, proof and routes.
#include <QDockWidget>

#include "app/window/info_bar.h"
#include "app/window/lab/lab_controller.h"
#include "app/window/lab/lab_on_canvas.h"
#include "app/window/lab/request_desk.h"
#include "app/window/ladder/ladder_panel.h"
#include "app/window/ladder/ladder_recording.h"
#include "app/window/main_window.h"
#include "app/window/panels/events_panel.h"
#include "app/window/playback/capture_desk.h"
#include "app/window/proof/proof_marks.h"
#include "app/window/proof/proof_panel.h"
#include "app/window/qt_text.h"
#include "app/window/routes/routes_panel.h"
#include "app/window/window_actions.h"
#include "designer/canvas/canvas_view.h"
#include "designer/canvas/figure_painter.h"

namespace fulcrum::window {

using designer::DocumentEditor;
using designer::Id;

void MainWindow::connect_packets() {
    const auto on = [this](QAction* action, auto done) { connect(action, &QAction::triggered, this, done); };
    const auto show_ladders = [this] {
        show_panel("ladder");
        ladders_->view()->setFocus();
    };
    on(actions_->ladder, show_ladders);
    on(actions_->play_capture, [this] { play_capture(); });
    connect(requests_, &RequestDesk::ladder_wanted, this, show_ladders);
    connect(ladders_, &LadderPanel::open_wanted, this, &MainWindow::play_capture);
    connect(ladders_, &LadderPanel::packet_opened, this, [this](const auto& file, quint32 packet) {
        captures_->go_to_packet(packet); // when it is the one that is played
        emit packet_wanted(file, packet);
    });
    connect(captures_, &CaptureDesk::packet_wanted, this, &MainWindow::packet_wanted);
    connect(captures_, &CaptureDesk::failed, this,
            [this](const QString& why) { lab_bar_->tell(InfoKind::trouble, why.toHtmlEscaped()); });

    // The pictures of the nodes over the columns of a ladder.
    const auto give_icons = [this] {
        QHash<QString, QString> icons;
        for (const designer::Node& node : editor_->document().nodes) {
            icons.insert(to_q(node.name), designer::icon_of(node.kind));
        }
        ladders_->set_icons(icons);
    };
    connect(editor_, &DocumentEditor::was_reset, this, give_icons);
    connect(editor_, &DocumentEditor::changed, this, [give_icons](const designer::Change& change) {
        if (!change.nodes.empty()) {
            give_icons();
        }
    });
    give_icons();

    connect(ladders_, &LadderPanel::watch_wanted, this, [this](bool wanted) {
        if (wanted && controller_->phase() == LabPhase::running) {
            recording_->watch(controller_->lab());
        } else {
            recording_->stop();
        }
    });
    connect(recording_, &LadderRecording::running_changed, this,
            [this] { ladders_->set_watching(recording_->is_watching()); });
    connect(recording_, &LadderRecording::ladder_ready, ladders_, &LadderPanel::show_source);
    connect(recording_, &LadderRecording::failed, this, [this](const QString& why) {
        ladders_->set_watching(false);
        ladders_->tell(why);
    });
    connect(recording_, &LadderRecording::is_full, this, [this] {
        ladders_->tell(
            tr("The memory for packets is full: later requests are not seen. Watch again to go on."));
    });
    connect(controller_, &LabController::phase_changed, this, [this](LabPhase phase) {
        ladders_->set_can_watch(phase == LabPhase::running);
        if (phase != LabPhase::running) {
            recording_->stop(); // its taps would keep the lab's namespaces alive
        }
    });
}

void MainWindow::play_capture() {
    if (const QString file = captures_->ask_for_file(); !file.isEmpty()) {
        captures_->open(file);
    }
}

void MainWindow::connect_plan() {
    const auto prove = [this] {
        if (controller_->phase() == LabPhase::running) {
            show_panel("proof");
            proof_run_->start(controller_->lab());
        }
    };
    connect(actions_->prove, &QAction::triggered, this, prove);
    connect(proof_, &ProofPanel::prove_wanted, this, prove);
    connect(proof_, &ProofPanel::pointed_at, this, [this](const cli::Expectation& expectation) {
        canvas_->select(items_of(live_->drawing(), expectation));
    });
    connect(proof_run_, &ProofRun::finished, this, &MainWindow::show_proof);
    connect(proof_run_, &ProofRun::running_changed, this, [this](bool running) {
        actions_->prove->setEnabled(!running && controller_->phase() == LabPhase::running);
        if (running) {
            canvas_->set_proofs({});
        }
    });
    connect(controller_, &LabController::phase_changed, this, [this](LabPhase phase) {
        const bool runs = phase == LabPhase::running;
        if (!runs) {
            proof_run_->cancel();
        }
        if (phase == LabPhase::launching) {
            proof_->clear();
        }
        proof_->set_can_prove(runs);
        actions_->prove->setEnabled(runs && !proof_run_->is_running());
    });
    actions_->prove->setEnabled(false);

    connect(actions_->routes, &QAction::toggled, routes_, &RoutesPanel::set_on_canvas);
    connect(routes_, &RoutesPanel::on_canvas_changed, actions_->routes, &QAction::setChecked);
    connect(actions_->routes, &QAction::triggered, this, [this](bool shown) {
        if (shown) {
            show_panel("routes");
        }
    });
    connect(routes_, &RoutesPanel::pointed_at, this, [this](const Id& node) { canvas_->select({node}); });
}

void MainWindow::show_proof(const std::vector<cli::Expectation>& list) {
    if (controller_->phase() != LabPhase::running) {
        return;
    }
    canvas_->set_proofs(marks_of(live_->drawing(), list));
    const int crosses = proof_->crosses();
    events_->add_now({},
                     crosses == 0
                         ? tr("Proved: %1 expectations hold").arg(list.size())
                         : tr("Proof: %1 of %2 expectations do not hold").arg(crosses).arg(list.size()),
                     crosses == 0 ? EventKind::good : EventKind::trouble);
}

} // namespace fulcrum::window
