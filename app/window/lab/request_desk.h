// Requests sent from clients of the running lab by the person at the window, and the ways that flows take:
// answers are told in a bar, request and return are drawn on the canvas.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <optional>

#include "app/window/dialogs/load_dialog.h"
#include "app/window/lab/askable_services.h"
#include "app/window/lab/lab_on_canvas.h"
#include "app/window/panels/flows_model.h"

namespace fulcrum::window {

class EventsPanel;
class CompareDialog;
class InfoBar;
class LadderRecording;
class Theme;

struct RequestTarget {
    designer::Id service;
    QString label; // "web  10.1.1.100:80"
    QString url;
};

class RequestDesk : public QObject {
    Q_OBJECT
public:
    struct Parts {
        LabController* controller;
        LabOnCanvas* live;
        designer::CanvasView* canvas;
        FlowsModel* flows;
        EventsPanel* events;
        InfoBar* bar;
        LadderRecording* recording; // sees the packets of each request
        const Theme* theme;
        QWidget* window;
    };
    explicit RequestDesk(const Parts& parts);

    bool can_send() const; // a lab runs and has a client that reaches a service
    // The services that this client reaches; of an empty id those that some client does.
    QList<RequestTarget> targets(const designer::Id& client) const;
    // The selected one, else the first of the drawing; only one that reaches the service, or any when that is
    // empty.
    designer::Id default_client(const designer::Id& service = {}) const;

    // Empty ids: the default client, the service of the last request or else the first it reaches. A client
    // asks the services of its own zone only: of another it says so instead.
    void send(const designer::Id& client, const designer::Id& service);
    LoadDialog* open_load(const designer::Id& client); // null: nothing to send to
    // "What did the server see?", of the running lab or else of the drawing; for what is selected.
    bool can_compare() const { return parts_.controller->phase() != LabPhase::launching; }
    CompareDialog* open_compare(const designer::Document& drawing);
    const QList<LoadRun>& runs() const { return runs_; } // loads of this window, the last of them
    RunsDialog* open_runs();                             // two of them side by side
    void show_flow(const FlowRow& row);                  // its way on the canvas
    void clear_path();

signals:
    void answered(bool good, const QString& summary);
    void ladder_wanted(); // "Show the ladder", of the request that was answered

private:
    void take(const QString& client, const RequestTarget& target, const std::optional<RequestReport>& report,
              const QString& error);
    const AskableServices& askable() const; // of the running lab
    void draw_awaited();                    // as soon as the engine's log has the flow
    bool draw(const FlowRow& row);
    designer::Id node_named(const QString& name) const;
    designer::Id node_with(const IpAddress& address) const;

    struct Awaited {
        QString local; // the client's address and port
        designer::Id client, service, server;
        QElapsedTimer since;
    };
    Parts parts_;
    std::optional<Awaited> awaited_;
    designer::Id last_service_;
    QList<LoadRun> runs_;
    mutable std::optional<AskableServices> askable_; // of the lab that runs, once somebody asked
};

} // namespace fulcrum::window
