// Requests sent from clients of the running lab by the person at the window, and the ways that flows take:
// answers are told in a bar, request and return are drawn on the canvas.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <optional>

#include "app/window/dialogs/load_dialog.h"
#include "app/window/lab/lab_on_canvas.h"
#include "app/window/panels/flows_model.h"

namespace fulcrum::window {

class EventsPanel;
class CompareDialog;
class InfoBar;
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
        const Theme* theme;
        QWidget* window;
    };
    explicit RequestDesk(const Parts& parts);

    bool can_send() const; // a lab runs and has a client and a service
    QList<RequestTarget> targets() const;
    designer::Id default_client() const; // the selected one, else the first of the drawing

    // Empty ids: the default client, the service of the last request or else the first.
    void send(const designer::Id& client, const designer::Id& service);
    LoadDialog* open_load(const designer::Id& client); // null: nothing to send to
    // "What did the server see?", of the running lab or else of the drawing; for what is selected.
    bool can_compare() const { return parts_.controller->phase() != LabPhase::launching; }
    CompareDialog* open_compare(const designer::Document& drawing);
    void show_flow(const FlowRow& row); // its way on the canvas
    void clear_path();

signals:
    void answered(bool good, const QString& summary);

private:
    void take(const QString& client, const RequestTarget& target, const std::optional<RequestReport>& report,
              const QString& error);
    void draw_awaited(); // as soon as the engine's log has the flow
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
};

} // namespace fulcrum::window
