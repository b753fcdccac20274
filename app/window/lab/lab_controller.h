// The window's one handle on a lab: launches, stops, attaches, steers nodes and links, and passes on what the
// lab says. Calls return at once; everything that blocks runs on other threads, and answers arrive as signals
// on the window's own. A lab belongs to nobody: it goes on when the controller is gone.
#pragma once

#include <QFuture>
#include <QObject>
#include <QPointer>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "app/window/lab/lab_event_reader.h"
#include "app/window/lab/lab_snapshot.h"
#include "app/window/programs.h"
#include "designer/document/document.h"

class QThread;

namespace fulcrum::window {

class LabPoller;

enum class LabPhase { none, launching, running, stopping };

enum class NodeCommand { start, stop, kill };

class LabController : public QObject {
    Q_OBJECT
public:
    explicit LabController(Programs programs, QObject* parent = nullptr);
    ~LabController() override; // cancels a launch and waits for its end, detaches from a running lab

    LabPhase phase() const { return phase_; }
    const QString& lab() const { return lab_; } // empty: none
    // The drawing that the lab was made from; none while there is no lab.
    const std::optional<designer::Document>& drawing() const { return drawing_; }
    const Programs& programs() const { return programs_; }

    void launch(const designer::Document& document); // phase none only
    void cancel_launch();
    void attach(const QString& lab); // phase none only; `attached` follows
    void detach();                   // the lab goes on
    void stop();
    void stop_then(std::function<void()> then); // `then` runs when the lab is gone

    void command_node(const QString& node, NodeCommand command);
    void set_link(const QString& node, const QString& interface, bool up);
    void open_terminal(const QString& node);
    void poll_now();

    // Looks for labs that run; `done` gets their names on this thread.
    void find_running(QObject* context, std::function<void(QStringList)> done);

signals:
    void phase_changed(fulcrum::window::LabPhase phase);
    void launch_progress(int done, int total, const QString& step);
    void launched(double up_ms);
    void launch_failed(const QString& why); // also when cancelled
    void attached(const fulcrum::designer::Document& document);
    void stopped();
    void lost(const QString& why); // died on its own; the phase is none again
    void polled(fulcrum::window::LabSnapshotPtr snapshot);
    void happened(const fulcrum::netns::LabEvent& event);
    void command_failed(const QString& why);

private:
    void set_phase(LabPhase phase);
    void watch(); // start poller and event reader
    void unwatch();
    void lab_lost(const QString& why);
    void lab_gone();
    void run_command(std::function<Result<>(netns::LabClient&)> command);

    Programs programs_;
    LabPhase phase_ = LabPhase::none;
    QString lab_;
    std::optional<designer::Document> drawing_;
    std::shared_ptr<std::atomic<bool>> cancelled_;
    QFuture<Result<netns::Launched>> launching_;
    QThread* poll_thread_ = nullptr;
    LabPoller* poller_ = nullptr;
    QPointer<LabEventReader> events_; // ends, and is gone, as soon as the lab does
    std::function<void()> after_stop_;
};

} // namespace fulcrum::window
