#include "app/window/lab/request_desk.h"

#include <QLocale>
#include <algorithm>

#include "app/window/compare/compare_dialog.h"
#include "app/window/info_bar.h"
#include "app/window/lab/request_path.h"
#include "app/window/ladder/ladder_recording.h"
#include "app/window/panels/events_panel.h"
#include "app/window/properties/words.h"
#include "app/window/qt_text.h"
#include "designer/plan/plan.h"

namespace fulcrum::window {

using namespace designer;

namespace {

constexpr qsizetype most_runs = 50;
constexpr qint64 flow_awaited_ms = 3000; // then the way is drawn from the drawing alone

QString url_of(const IpAddress& vip, const PortRule& port) {
    const char* scheme = port.protocol == Protocol::udp ? "udp" : "http";
    return QStringLiteral("%1://%2:%3%4")
        .arg(scheme, to_q(vip.text()))
        .arg(port.port)
        .arg(port.protocol == Protocol::udp ? "" : "/");
}

} // namespace

RequestDesk::RequestDesk(const Parts& parts) : QObject(parts.window), parts_(parts) {
    connect(parts_.live, &LabOnCanvas::shown, this, &RequestDesk::draw_awaited);
    connect(parts_.bar, &InfoBar::dismissed, this, &RequestDesk::clear_path);
    connect(parts_.controller, &LabController::phase_changed, this, [this](LabPhase phase) {
        askable_.reset();
        if (phase == LabPhase::none) {
            awaited_.reset();
            parts_.bar->dismiss();
        }
    });
}

const AskableServices& RequestDesk::askable() const {
    if (!askable_) {
        askable_ = parts_.controller->phase() == LabPhase::running ? AskableServices(parts_.live->drawing())
                                                                   : AskableServices();
    }
    return *askable_;
}

QList<RequestTarget> RequestDesk::targets(const Id& client) const {
    QList<RequestTarget> found;
    const Document& drawing = parts_.live->drawing();
    for (const Service& service : drawing.services) {
        const bool is_reached = client.empty() ? !askable().first_client_of(drawing, service.id).empty()
                                               : askable().can_ask(client, service.id);
        for (const PortRule& port : service.ports) {
            if (service.vip && service.enabled && is_reached) {
                found.append({service.id,
                              QStringLiteral("%1  %2  %3")
                                  .arg(to_q(service.name), address_and_port(*service.vip, port.port),
                                       to_q(engine::name_of(port.protocol)).toUpper()),
                              url_of(*service.vip, port)});
            }
        }
    }
    return found;
}

Id RequestDesk::default_client(const Id& service) const {
    const auto fits = [&](const Id& id) {
        return service.empty() ? askable().can_ask_any(id) : askable().can_ask(id, service);
    };
    for (const Id& id : parts_.canvas->selected()) {
        if (fits(id)) {
            return id;
        }
    }
    for (const Node& node : parts_.live->drawing().nodes) {
        if (node.kind == NodeKind::client && fits(node.id)) {
            return node.id;
        }
    }
    return {};
}

bool RequestDesk::can_send() const {
    return parts_.controller->phase() == LabPhase::running && !askable().empty();
}

void RequestDesk::send(const Id& wanted_client, const Id& wanted_service) {
    const Id client = wanted_client.empty() ? default_client(wanted_service) : wanted_client;
    const Node* node = parts_.live->drawing().node(client);
    if (!can_send() || node == nullptr) {
        return;
    }
    const QList<RequestTarget> all = targets(client);
    const auto find = [&](const Id& service) {
        return std::find_if(all.begin(), all.end(),
                            [&](const RequestTarget& t) { return t.service == service; });
    };
    auto target = find(wanted_service.empty() ? last_service_ : wanted_service);
    if (target == all.end() && wanted_service.empty()) {
        target = all.begin();
    }
    if (target == all.end()) {
        const Service* service = parts_.live->drawing().service(wanted_service);
        const QString name = to_q(node->name).toHtmlEscaped();
        parts_.bar->tell(
            InfoKind::trouble,
            service == nullptr
                ? tr("<b>%1</b> reaches no service: no route leads it to one.").arg(name)
                : tr("<b>%1</b> does not reach %2: no route leads there, it may be of another zone.")
                      .arg(name, to_q(service->name).toHtmlEscaped()));
        return;
    }
    last_service_ = target->service;
    RequestOrder order;
    order.lab = parts_.controller->lab();
    order.client = to_q(node->name);
    order.url = target->url;
    // Once its packets can be seen: then there is a ladder of it.
    parts_.recording->watch_one(order.lab, [this, order, asked = *target] {
        send_requests(parts_.controller->programs(), order, this,
                      [this, name = order.client, asked](const std::optional<RequestReport>& report,
                                                         const QString& error) {
                          parts_.recording->request_done();
                          take(name, asked, report, error);
                      });
    });
}

void RequestDesk::take(const QString& client, const RequestTarget& target,
                       const std::optional<RequestReport>& report, const QString& error) {
    if (parts_.controller->phase() != LabPhase::running) {
        return;
    }
    if (!report || !report->answer) {
        QString why = error;
        if (report && !report->errors.isEmpty()) {
            why = report->errors.join(", ");
        } else if (why.isEmpty()) {
            why = tr("no answer");
        }
        const QString summary = tr("Request to %1 failed: %2").arg(target.url, why);
        parts_.canvas->show_path({});
        parts_.bar->tell(InfoKind::trouble,
                         tr("<b>%1</b> → %2 failed: %3")
                             .arg(client.toHtmlEscaped(), target.url.toHtmlEscaped(), why.toHtmlEscaped()));
        parts_.events->add_now(client, summary, EventKind::trouble);
        emit answered(false, summary);
        return;
    }
    const RequestAnswer& answer = *report->answer;
    const QString time = QLocale().toString(answer.milliseconds, 'f', answer.milliseconds < 10 ? 2 : 1);
    const QString who = answer.server.isEmpty() ? tr("a server") : answer.server;
    QString html = tr("<b>%1</b> → %2: <b>%3</b> answered with %4 in %5 ms.")
                       .arg(client.toHtmlEscaped(), target.url.toHtmlEscaped(), who.toHtmlEscaped())
                       .arg(answer.status)
                       .arg(time);
    QString summary =
        tr("Request to %1: %2 answered with %3 in %4 ms").arg(target.url, who).arg(answer.status).arg(time);
    if (!answer.peer.isEmpty()) {
        html += ' ' + tr("It saw the client as %1.").arg(answer.peer.toHtmlEscaped());
        summary += tr("; it saw the client as %1").arg(answer.peer);
    }
    parts_.bar->tell(InfoKind::good, html, {{tr("Show the ladder"), [this] { emit ladder_wanted(); }}});
    parts_.events->add_now(client, summary, EventKind::good);
    Awaited awaited;
    awaited.local = answer.local;
    awaited.client = node_named(client);
    awaited.service = target.service;
    awaited.server = node_named(answer.server);
    awaited.since.start();
    awaited_ = awaited;
    parts_.controller->poll_now(); // the flow log has it by now
    emit answered(true, summary);
}

void RequestDesk::draw_awaited() {
    if (!awaited_) {
        return;
    }
    if (const auto row = parts_.flows->find_client(awaited_->local); row && draw(*row)) {
        awaited_.reset();
        return;
    }
    if (awaited_->since.elapsed() < flow_awaited_ms) {
        return;
    }
    const Document& drawing = parts_.live->drawing();
    const Service* service = drawing.service(awaited_->service);
    const Group* group = service != nullptr ? drawing.group(service->group) : nullptr;
    if (group != nullptr && !group->members.empty() && !awaited_->server.empty()) {
        parts_.canvas->show_path(request_path(drawing, {.client = awaited_->client,
                                                        .se = group->members.front(),
                                                        .server = awaited_->server,
                                                        .mode = service->mode}));
    }
    awaited_.reset();
}

bool RequestDesk::draw(const FlowRow& row) {
    const FollowedRequest request{.client = node_with(row.flow.client),
                                  .se = node_named(row.se),
                                  .server = node_named(to_q(row.flow.server)),
                                  .mode = row.flow.mode};
    const auto legs = request_path(parts_.live->drawing(), request);
    parts_.canvas->show_path(legs);
    return !legs.empty();
}

void RequestDesk::show_flow(const FlowRow& row) {
    if (parts_.controller->phase() != LabPhase::running) {
        return;
    }
    awaited_.reset();
    if (draw(row)) {
        parts_.bar->tell(InfoKind::news,
                         tr("%1 → %2 by %3, %4, answered by <b>%5</b> (%6).")
                             .arg(address_and_port(row.flow.client, row.flow.client_port),
                                  address_and_port(row.flow.vip, row.flow.vip_port), row.se.toHtmlEscaped(),
                                  Words::of(row.flow.mode), to_q(row.flow.server).toHtmlEscaped(),
                                  to_q(row.flow.why).toHtmlEscaped()));
    }
}

void RequestDesk::clear_path() {
    awaited_.reset();
    parts_.canvas->show_path({});
}

LoadDialog* RequestDesk::open_load(const Id& client) {
    if (!can_send()) {
        return nullptr;
    }
    QList<LoadClient> clients;
    for (const Node& node : parts_.live->drawing().nodes) {
        if (node.kind == NodeKind::client && askable().can_ask_any(node.id)) {
            LoadClient one{to_q(node.name), {}};
            for (const RequestTarget& target : targets(node.id)) {
                const Service* service = parts_.live->drawing().service(target.service);
                one.targets.append(
                    {target.label, target.url, service != nullptr ? Words::of(service->mode) : QString()});
            }
            clients.append(one);
        }
    }
    const bool is_good = !client.empty() && askable().can_ask_any(client);
    const Node* chosen = parts_.live->drawing().node(is_good ? client : default_client());
    // Not modal: charts and rates are what a load is started for.
    auto* dialog =
        new LoadDialog(parts_.controller->programs(), parts_.controller->lab(), clients,
                       chosen != nullptr ? to_q(chosen->name) : QString(), parts_.theme, parts_.window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &LoadDialog::reported, this, [this](const QString& from, const QString& summary) {
        parts_.events->add_now(from, summary, EventKind::news);
    });
    connect(dialog, &LoadDialog::ran, this, [this](const LoadRun& run) {
        runs_.append(run);
        if (runs_.size() > most_runs) {
            runs_.removeFirst();
        }
    });
    connect(dialog, &LoadDialog::comparison_wanted, this, &RequestDesk::open_runs);
    dialog->show();
    return dialog;
}

RunsDialog* RequestDesk::open_runs() {
    auto* dialog = new RunsDialog(runs_, parts_.theme, parts_.window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->show();
    return dialog;
}

CompareDialog* RequestDesk::open_compare(const Document& drawing) {
    const bool runs = parts_.controller->phase() == LabPhase::running;
    CompareDialog::Subject subject{.drawing = runs ? parts_.live->drawing() : fill_addresses(drawing),
                                   .lab = runs ? parts_.controller->lab() : QString(),
                                   .service = last_service_};
    for (const Id& id : parts_.canvas->selected()) {
        const Node* node = subject.drawing.node(id);
        if (node != nullptr && node->kind == NodeKind::client) {
            subject.client = id;
        } else if (subject.drawing.service(id) != nullptr) {
            subject.service = id;
        }
    }
    auto* dialog =
        new CompareDialog(parts_.controller->programs(), std::move(subject), parts_.theme, parts_.window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(parts_.controller, &LabController::phase_changed, dialog, [dialog](LabPhase phase) {
        if (phase != LabPhase::running) {
            dialog->lab_has_ended();
        }
    });
    dialog->show();
    return dialog;
}

Id RequestDesk::node_named(const QString& name) const {
    for (const Node& node : parts_.live->drawing().nodes) {
        if (to_q(node.name) == name) {
            return node.id;
        }
    }
    return {};
}

Id RequestDesk::node_with(const IpAddress& address) const {
    for (const Link& link : parts_.live->drawing().links) {
        for (const LinkEnd* end : {&link.a, &link.b}) {
            if (end->address && end->address->address == address) {
                return end->node;
            }
        }
    }
    return {};
}

} // namespace fulcrum::window
