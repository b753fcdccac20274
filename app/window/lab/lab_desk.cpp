#include "app/window/lab/lab_desk.h"

#include <QDateTime>
#include <QLabel>
#include <QLocale>
#include <QMessageBox>
#include <QProgressBar>
#include <QPushButton>
#include <QStatusBar>

#include "app/window/dialogs/running_labs_dialog.h"
#include "app/window/document_session.h"
#include "app/window/info_bar.h"
#include "app/window/panels/events_panel.h"
#include "app/window/panels/problem_checker.h"
#include "app/window/qt_text.h"
#include "app/window/theme.h"
#include "app/window/window_actions.h"
#include "designer/canvas/document_editor.h"
#include "designer/checks/checks.h"

namespace fulcrum::window {

namespace {

constexpr int tick_ms = 100;
constexpr int compare_delay_ms = 200;

// What a lab is made from: everything but where things are drawn and what is written beside them.
designer::Document substance(designer::Document document) {
    document.layout.clear();
    document.notes.clear();
    document.description.clear();
    for (designer::Node& node : document.nodes) {
        node.note.clear();
        node.color.clear();
    }
    return document;
}

QString sentence(QString text) {
    if (!text.isEmpty()) {
        text[0] = text[0].toUpper();
    }
    return text;
}

QString clock_text(qint64 milliseconds) {
    const qint64 seconds = milliseconds / 1000;
    const QString minutes = QStringLiteral("%1:%2")
                                .arg(seconds / 60 % 60, 2, 10, QChar('0'))
                                .arg(seconds % 60, 2, 10, QChar('0'));
    return seconds < 3600 ? minutes : QStringLiteral("%1:%2").arg(seconds / 3600).arg(minutes);
}

} // namespace

LabDesk::LabDesk(const Parts& parts)
    : QObject(parts.window), parts_(parts), progress_(new QProgressBar(parts.window)),
      state_(new QLabel(parts.window)) {
    progress_->setFixedWidth(160);
    progress_->setTextVisible(false);
    progress_->hide();
    state_->setObjectName("lab_state");
    parts_.status->addPermanentWidget(progress_);
    parts_.status->addPermanentWidget(state_);
    ticks_.setInterval(tick_ms);
    compare_soon_.setSingleShot(true);
    compare_soon_.setInterval(compare_delay_ms);
    connect(&ticks_, &QTimer::timeout, this, &LabDesk::tick);
    connect(&compare_soon_, &QTimer::timeout, this, &LabDesk::compare);
    connect(parts_.editor, &designer::DocumentEditor::changed, &compare_soon_, qOverload<>(&QTimer::start));
    connect(parts_.editor, &designer::DocumentEditor::was_reset, &compare_soon_, qOverload<>(&QTimer::start));

    LabController* controller = parts_.controller;
    connect(controller, &LabController::phase_changed, this, &LabDesk::show_phase);
    connect(controller, &LabController::launch_progress, this, &LabDesk::show_progress);
    connect(controller, &LabController::launched, this, [this](double up_ms) {
        parts_.events->add_now(parts_.controller->lab(),
                               tr("Launched in %1 ms").arg(QLocale().toString(up_ms, 'f', 0)),
                               EventKind::good);
        compare_soon_.start();
    });
    connect(controller, &LabController::launch_failed, this, [this](const QString& why) {
        parts_.bar->tell(InfoKind::trouble, tr("<b>The lab did not start.</b> %1").arg(why.toHtmlEscaped()));
        parts_.events->add_now({}, tr("Launch: %1").arg(why), EventKind::trouble);
    });
    connect(controller, &LabController::stopped, this, [this] {
        parts_.events->add_now({}, tr("The lab has stopped; nothing is left of it"));
        if (std::exchange(relaunch_after_stop_, false)) {
            launch();
        }
    });
    connect(controller, &LabController::lost, this, [this](const QString& why) {
        parts_.bar->tell(InfoKind::trouble,
                         tr("<b>The lab is gone.</b> It ended without being stopped from here (%1).")
                             .arg(why.toHtmlEscaped()));
        parts_.events->add_now({}, tr("The lab is gone: %1").arg(why), EventKind::trouble);
    });
    connect(controller, &LabController::command_failed, this, [this](const QString& why) {
        parts_.bar->tell(InfoKind::trouble, why.toHtmlEscaped());
        parts_.events->add_now({}, why, EventKind::trouble);
    });
    connect(controller, &LabController::happened, this, &LabDesk::event);
    connect(parts_.theme, &Theme::changed, this, &LabDesk::show_phase);
    show_phase();
}

void LabDesk::launch_or_stop() {
    switch (parts_.controller->phase()) {
    case LabPhase::none:
        launch();
        break;
    case LabPhase::launching:
        step_ = tr("cancelling");
        parts_.controller->cancel_launch();
        break;
    case LabPhase::running:
        parts_.controller->stop();
        break;
    case LabPhase::stopping:
        break;
    }
}

void LabDesk::launch() {
    parts_.checker->check_now();
    if (const int errors = parts_.checker->errors(); errors > 0) {
        parts_.bar->tell(
            InfoKind::trouble,
            tr("<b>%n problem(s) must be solved before this drawing can run.</b>", nullptr, errors),
            {{tr("Show"), [this] { emit problems_wanted(); }}});
        emit problems_wanted();
        return;
    }
    // What is drawn well and cannot run yet is refused before anything is made, as on the command line.
    if (const auto blockers = designer::launch_blockers(parts_.editor->document()); !blockers.empty()) {
        parts_.bar->tell(InfoKind::trouble,
                         tr("<b>This drawing cannot be launched:</b> %1. %2.")
                             .arg(to_q(blockers.front().why).toHtmlEscaped(),
                                  sentence(to_q(blockers.front().fix)).toHtmlEscaped()),
                         {{tr("Show"), [this] { emit problems_wanted(); }}});
        emit problems_wanted();
        return;
    }
    if (parts_.editor->document().nodes.empty()) {
        parts_.bar->tell(
            InfoKind::news,
            tr("There is nothing to launch yet. Draw something, or start from a template with File → New."));
        return;
    }
    parts_.bar->dismiss();
    parts_.controller->launch(parts_.editor->document());
}

void LabDesk::relaunch() {
    if (parts_.controller->phase() == LabPhase::running) {
        relaunch_after_stop_ = true;
        parts_.controller->stop();
    } else if (parts_.controller->phase() == LabPhase::none) {
        launch();
    }
}

void LabDesk::show_phase() {
    const LabPhase phase = parts_.controller->phase();
    const ThemeColors& colors = parts_.theme->colors();
    parts_.actions->set_launch(phase == LabPhase::none        ? WindowActions::LaunchAs::launch
                               : phase == LabPhase::launching ? WindowActions::LaunchAs::cancel
                                                              : WindowActions::LaunchAs::stop);
    parts_.actions->launch->setEnabled(phase != LabPhase::stopping);
    parts_.actions->relaunch->setEnabled(phase == LabPhase::running);
    parts_.actions->detach->setEnabled(phase == LabPhase::running);
    progress_->setVisible(phase == LabPhase::launching || phase == LabPhase::stopping);
    if (phase == LabPhase::launching || phase == LabPhase::stopping) {
        progress_->setRange(0, 0);
        step_.clear();
    }
    if (phase == LabPhase::none) {
        ticks_.stop();
        state_->setText(
            QStringLiteral("<span style='color:%1'>○ %2</span>").arg(colors.muted.name(), tr("no lab")));
        if (std::exchange(tells_difference_, false)) {
            parts_.bar->dismiss();
        }
        return;
    }
    if (!ticks_.isActive() || phase != LabPhase::stopping) {
        since_.start();
        ticks_.start();
    }
    tick();
}

void LabDesk::tick() {
    const ThemeColors& colors = parts_.theme->colors();
    QString text;
    QColor color = colors.good;
    switch (parts_.controller->phase()) {
    case LabPhase::launching:
        color = colors.warning;
        text = tr("launching · %1 s").arg(static_cast<double>(since_.elapsed()) / 1000, 0, 'f', 1);
        if (!step_.isEmpty()) {
            text += QStringLiteral(" · ") + step_;
        }
        break;
    case LabPhase::running:
        text = tr("%1 running · %2").arg(parts_.controller->lab(), clock_text(since_.elapsed()));
        break;
    case LabPhase::stopping:
        color = colors.warning;
        text = tr("stopping %1").arg(parts_.controller->lab());
        break;
    case LabPhase::none:
        return;
    }
    state_->setText(
        QStringLiteral("<span style='color:%1'>●</span> %2").arg(color.name(), text.toHtmlEscaped()));
}

void LabDesk::show_progress(int done, int total, const QString& step) {
    if (parts_.controller->phase() == LabPhase::launching) {
        progress_->setRange(0, total);
        progress_->setValue(done);
        step_ = step;
        tick();
    }
}

void LabDesk::compare() {
    const LabController* controller = parts_.controller;
    const bool differs = controller->phase() == LabPhase::running && controller->drawing() &&
                         substance(*controller->drawing()) != substance(parts_.editor->document());
    if (differs == tells_difference_) {
        return;
    }
    tells_difference_ = differs;
    if (differs) {
        parts_.bar->tell(InfoKind::news,
                         tr("The drawing differs from the running lab, which goes on as it was launched."),
                         {{tr("Relaunch"), [this] { relaunch(); }}});
    } else {
        parts_.bar->dismiss();
    }
}

void LabDesk::event(const netns::LabEvent& event) {
    parts_.events->add(QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(event.time_ns / 1'000'000)),
                       event.node.empty() ? parts_.controller->lab() : to_q(event.node), to_q(event.text));
}

void LabDesk::attach(const QString& lab) {
    // The lab's drawing takes the place of this one, unless they are the same.
    const auto show = [this, lab] {
        auto* once = new QObject(this);
        connect(parts_.controller, &LabController::attached, once,
                [this, once](const designer::Document& document) {
                    once->deleteLater();
                    if (substance(document) != substance(parts_.editor->document())) {
                        if (!parts_.session->may_discard()) {
                            parts_.controller->detach();
                            return;
                        }
                        parts_.session->show_new(document);
                    }
                    parts_.bar->dismiss();
                    parts_.events->add_now(parts_.controller->lab(), tr("Attached"), EventKind::good);
                    compare_soon_.start();
                });
        parts_.controller->attach(lab);
    };
    if (parts_.controller->phase() == LabPhase::none) {
        show();
    } else {
        leave_then(show);
    }
}

void LabDesk::show_running_labs() {
    RunningLabsDialog dialog(parts_.controller, parts_.window);
    if (dialog.exec() == QDialog::Accepted && !dialog.chosen().isEmpty()) {
        attach(dialog.chosen());
    }
}

void LabDesk::offer_running_labs() {
    parts_.controller->find_running(this, [this](const QStringList& labs) {
        if (labs.isEmpty() || parts_.controller->phase() != LabPhase::none) {
            return;
        }
        if (labs.size() == 1) {
            parts_.bar->tell(InfoKind::news,
                             tr("Lab <b>%1</b> is running.").arg(labs.front().toHtmlEscaped()),
                             {{tr("Attach"), [this, lab = labs.front()] { attach(lab); }}});
        } else {
            parts_.bar->tell(InfoKind::news,
                             tr("%n labs are running.", nullptr, static_cast<int>(labs.size())),
                             {{tr("Choose…"), [this] { show_running_labs(); }}});
        }
    });
}

void LabDesk::leave_then(std::function<void()> then) {
    LabController* controller = parts_.controller;
    if (controller->phase() == LabPhase::none) {
        then();
        return;
    }
    if (controller->phase() == LabPhase::launching) {
        controller->cancel_launch();
        auto* once = new QObject(this);
        connect(controller, &LabController::phase_changed, once, [once, then](LabPhase phase) {
            if (phase == LabPhase::none) {
                once->deleteLater();
                then();
            }
        });
        return;
    }
    QMessageBox box(QMessageBox::Question, tr("A lab is running"),
                    tr("Lab “%1” is running.").arg(controller->lab()), QMessageBox::Cancel, parts_.window);
    box.setObjectName("leave_lab");
    box.setInformativeText(tr("Left running, it can be found again with Lab → Running labs."));
    QPushButton* leave = box.addButton(tr("&Leave it running"), QMessageBox::AcceptRole);
    QPushButton* stop = box.addButton(tr("&Stop it"), QMessageBox::DestructiveRole);
    box.setDefaultButton(leave);
    box.exec();
    if (box.clickedButton() == leave) {
        controller->detach();
        then();
    } else if (box.clickedButton() == stop) {
        if (controller->phase() == LabPhase::running) {
            controller->stop_then(std::move(then));
        } else {
            then(); // it ended while we asked
        }
    }
}

} // namespace fulcrum::window
