#include "app/window/lab/lab_controller.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QThread>

#include "app/window/lab/background.h"
#include "app/window/lab/lab_poller.h"
#include "app/window/qt_text.h"
#include "designer/document/file.h"
#include "designer/plan/plan.h"

namespace fulcrum::window {

namespace {

constexpr qint64 progress_interval_ms = 30; // a thousand nodes are not worth a thousand repaints

Result<netns::Launched> plan_and_launch(const designer::Document& document,
                                        const netns::LaunchOptions& options) {
    auto plan = designer::make_plan(document);
    if (!plan) {
        return tl::unexpected(plan.error());
    }
    plan->lab.document = designer::emit_document(document);
    return netns::launch(plan->lab, options);
}

} // namespace

LabController::LabController(Programs programs, QObject* parent)
    : QObject(parent), programs_(std::move(programs)) {
    qRegisterMetaType<LabSnapshotPtr>();
    qRegisterMetaType<netns::LabEvent>();
}

LabController::~LabController() {
    cancel_launch();
    launching_.waitForFinished(); // it reports progress to this object
    unwatch();
}

void LabController::set_phase(LabPhase phase) {
    if (phase != phase_) {
        phase_ = phase;
        emit phase_changed(phase);
    }
}

void LabController::launch(const designer::Document& document) {
    if (phase_ != LabPhase::none) {
        return;
    }
    drawing_ = document;
    set_phase(LabPhase::launching);
    cancelled_ = std::make_shared<std::atomic<bool>>(false);
    netns::LaunchOptions options;
    options.supervisor_path = to_std(programs_.path("fulcrum-lab"));
    options.cancelled = [flag = cancelled_] { return flag->load(); };
    // The callback runs on the launching thread; a queued signal carries it over.
    options.progress = [this, flag = cancelled_,
                        clock = std::make_shared<QElapsedTimer>()](const netns::LaunchProgress& progress) {
        if (flag->load() || (clock->isValid() && clock->elapsed() < progress_interval_ms &&
                             progress.done != progress.total)) {
            return;
        }
        clock->start();
        QMetaObject::invokeMethod(
            this,
            [this, progress] {
                emit launch_progress(static_cast<int>(progress.done), static_cast<int>(progress.total),
                                     to_q(progress.step));
            },
            Qt::QueuedConnection);
    };
    launching_ = QtConcurrent::run([document, options] { return plan_and_launch(document, options); });
    launching_.then(this, [this](const Result<netns::Launched>& result) {
        if (!result) {
            drawing_.reset();
            set_phase(LabPhase::none);
            emit launch_failed(cancelled_->load() ? tr("The launch was cancelled; nothing is left of it.")
                                                  : to_q(result.error().message));
            return;
        }
        lab_ = to_q(result->lab);
        set_phase(LabPhase::running);
        emit launched(result->up_ms);
        watch();
    });
}

void LabController::cancel_launch() {
    if (cancelled_ != nullptr) {
        cancelled_->store(true);
    }
}

void LabController::attach(const QString& lab) {
    if (phase_ != LabPhase::none) {
        return;
    }
    in_background(
        this,
        [lab]() -> Result<designer::Document> {
            auto client = netns::LabClient::connect(to_std(lab));
            if (!client) {
                return tl::unexpected(client.error());
            }
            auto text = client->document();
            if (!text) {
                return tl::unexpected(text.error());
            }
            return designer::parse_document(*text);
        },
        [this, lab](const Result<designer::Document>& document) {
            if (!document) {
                emit command_failed(tr("Attach to lab %1: %2").arg(lab, to_q(document.error().message)));
                return;
            }
            lab_ = lab;
            drawing_ = *document;
            set_phase(LabPhase::running);
            emit attached(*document);
            watch();
        });
}

void LabController::detach() {
    if (phase_ == LabPhase::running) {
        lab_gone();
    }
}

void LabController::stop() {
    if (phase_ != LabPhase::running) {
        return;
    }
    set_phase(LabPhase::stopping);
    in_background(
        this,
        [lab = lab_]() -> Result<> {
            auto client = netns::LabClient::connect(to_std(lab));
            return client ? client->down() : tl::unexpected(client.error());
        },
        [this](const Result<>& result) {
            if (phase_ != LabPhase::stopping) {
                return; // it died meanwhile
            }
            if (!result) {
                emit command_failed(tr("Stop: %1").arg(to_q(result.error().message)));
            }
            lab_gone();
            emit stopped();
            if (after_stop_) {
                std::exchange(after_stop_, nullptr)();
            }
        });
}

void LabController::stop_then(std::function<void()> then) {
    after_stop_ = std::move(then);
    stop();
}

void LabController::watch() {
    unwatch();
    poll_thread_ = new QThread;
    poller_ = new LabPoller(to_std(lab_));
    poller_->moveToThread(poll_thread_);
    connect(poll_thread_, &QThread::started, poller_, &LabPoller::start);
    connect(poll_thread_, &QThread::finished, poller_, &QObject::deleteLater);
    connect(poll_thread_, &QThread::finished, poll_thread_, &QObject::deleteLater);
    connect(poller_, &LabPoller::polled, this, &LabController::polled);
    connect(poller_, &LabPoller::lost, this, &LabController::lab_lost);
    poll_thread_->start();

    events_ = new LabEventReader(to_std(lab_));
    connect(events_, &LabEventReader::happened, this, &LabController::happened);
    connect(events_, &LabEventReader::lost, this, &LabController::lab_lost);
    connect(events_, &QThread::finished, events_, &QObject::deleteLater);
    events_->start();
}

// The threads end by themselves a moment later: waiting for a lab's answer here would freeze the window.
void LabController::unwatch() {
    if (poller_ != nullptr) {
        disconnect(poller_, nullptr, this, nullptr);
        poll_thread_->quit();
        poller_ = nullptr;
        poll_thread_ = nullptr;
    }
    if (events_ != nullptr) {
        disconnect(events_, nullptr, this, nullptr);
        events_->requestInterruption();
        events_.clear();
    }
}

void LabController::lab_gone() {
    unwatch();
    lab_.clear();
    drawing_.reset();
    set_phase(LabPhase::none);
}

void LabController::lab_lost(const QString& why) {
    if (phase_ != LabPhase::running) {
        return; // stopping: this is how it ends
    }
    lab_gone();
    emit lost(why);
}

void LabController::run_command(std::function<Result<>(netns::LabClient&)> command) {
    in_background(
        this,
        [lab = to_std(lab_), command = std::move(command)]() -> Result<> {
            auto client = netns::LabClient::connect(lab);
            return client ? command(*client) : tl::unexpected(client.error());
        },
        [this](const Result<>& result) {
            if (!result) {
                emit command_failed(to_q(result.error().message));
            }
            poll_now();
        });
}

void LabController::command_node(const QString& node, NodeCommand command) {
    run_command([name = to_std(node), command](netns::LabClient& client) {
        switch (command) {
        case NodeCommand::start:
            return client.start_node(name);
        case NodeCommand::stop:
            return client.stop_node(name);
        case NodeCommand::kill:
            break;
        }
        return client.kill_node(name);
    });
}

void LabController::set_link(const QString& node, const QString& interface, bool up) {
    run_command([name = to_std(node), device = to_std(interface), up](netns::LabClient& client) {
        return client.set_link(name, device, up);
    });
}

void LabController::open_terminal(const QString& node) {
    const auto command = Programs::in_terminal({programs_.path("fulcrum"), "exec", lab_, node, "--", "bash"});
    if (!command) {
        emit command_failed(tr("No terminal program was found; looked for %1. In a terminal of your own: "
                               "fulcrum exec %2 %3 -- bash")
                                .arg(Programs::terminals_tried(), lab_, node));
        return;
    }
    if (!QProcess::startDetached(command->front(), command->mid(1))) {
        emit command_failed(tr("%1 could not be started.").arg(command->front()));
    }
}

void LabController::poll_now() {
    if (poller_ != nullptr) {
        QMetaObject::invokeMethod(poller_, &LabPoller::poll, Qt::QueuedConnection);
    }
}

void LabController::find_running(QObject* context, std::function<void(QStringList)> done) {
    in_background(
        context, [] { return netns::running_labs(); },
        [done = std::move(done)](const Result<std::vector<std::string>>& labs) {
            QStringList names;
            if (labs) {
                for (const std::string& lab : *labs) {
                    names << to_q(lab);
                }
            }
            done(names);
        });
}

} // namespace fulcrum::window
