#include "app/window/compare/compare_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>
#include <set>

#include "app/window/panels/flows_model.h"
#include "app/window/qt_text.h"
#include "app/window/theme.h"

namespace fulcrum::window {

using namespace designer;

namespace {

constexpr int column_width = 216;
constexpr int caption_width = 96;

QString colored(const QColor& color, const QString& html) {
    return QStringLiteral("<span style='color:%1'>%2</span>").arg(color.name(), html);
}

// Whoever stands in the header first is who sent the request first.
bool names(const QString& text, const QString& client) {
    return !client.isEmpty() &&
           (text == client || text.startsWith(client + ':') || text.startsWith(client + ','));
}

} // namespace

CompareDialog::CompareDialog(Programs programs, Subject subject, const Theme* theme, QWidget* parent)
    : QDialog(parent), programs_(std::move(programs)), subject_(std::move(subject)), theme_(theme),
      askable_(subject_.drawing), runner_(new WayRunner(programs_, this)), client_(new QComboBox(this)),
      service_(new QComboBox(this)), try_(new QPushButton(this)),
      cancel_(new QPushButton(tr("Cancel"), this)), state_(new QLabel(this)),
      progress_(new QProgressBar(this)) {
    setObjectName("compare_dialog");
    setWindowTitle(tr("What did the server see?"));
    // A service that is chosen is asked by a client that reaches it.
    const Id asker = subject_.client.empty() && !subject_.service.empty()
                         ? askable_.first_client_of(subject_.drawing, subject_.service)
                         : subject_.client;
    for (const Node& node : subject_.drawing.nodes) {
        if (node.kind == NodeKind::client && askable_.can_ask_any(node.id)) {
            client_->addItem(to_q(node.name), to_q(node.id));
            if (node.id == asker) {
                client_->setCurrentIndex(client_->count() - 1);
            }
        }
    }
    fill_services(subject_.service);
    client_->setAccessibleName(tr("Client"));
    service_->setAccessibleName(tr("Service"));

    auto* column = new QVBoxLayout(this);
    auto* intro =
        new QLabel(tr("A load balancer stands between client and server, so the server may no longer know "
                      "who asks. There are four ways to tell it; each was tried for real where it shows "
                      "answers."),
                   this);
    intro->setWordWrap(true);
    column->addWidget(intro);
    auto* top = new QHBoxLayout;
    top->addWidget(new QLabel(tr("Request from"), this));
    top->addWidget(client_);
    top->addWidget(new QLabel(tr("to"), this));
    top->addWidget(service_);
    top->addSpacing(12);
    top->addWidget(try_);
    top->addWidget(cancel_);
    top->addStretch();
    column->addLayout(top);
    auto* told = new QHBoxLayout;
    progress_->setFixedWidth(160);
    progress_->setTextVisible(false);
    told->addWidget(state_, 1);
    told->addWidget(progress_);
    column->addLayout(told);

    auto* page = new QWidget;
    auto* grid = new QGridLayout(page);
    make_table(grid);
    auto* scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidget(page);
    column->addWidget(scroll, 1);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    column->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::rejected, this, &CompareDialog::reject);
    connect(try_, &QPushButton::clicked, this, &CompareDialog::try_all);
    connect(cancel_, &QPushButton::clicked, this, [this] {
        step_ = tr("cancelling");
        runner_->cancel();
        show_state();
    });
    connect(client_, &QComboBox::activated, this, [this] {
        fill_services(to_std(service_->currentData().toString()));
        forget();
        ask_running_lab();
    });
    connect(service_, &QComboBox::activated, this, [this] {
        forget();
        ask_running_lab();
    });
    connect(runner_, &WayRunner::began, this, [this](AddressWay way, const QString& step) {
        asked_ = way;
        step_ = step;
        show_state();
    });
    connect(runner_, &WayRunner::answered, this, [this](AddressWay way, const WayReport& report) {
        reports_[way] = report;
        failures_.erase(way);
        ++done_;
        show_way(way);
    });
    connect(runner_, &WayRunner::failed, this, [this](AddressWay way, const QString& why) {
        failures_[way] = why;
        ++done_;
        show_way(way);
    });
    connect(runner_, &WayRunner::finished, this, [this] {
        asked_.reset();
        show_state();
        emit settled();
        if (closes_) {
            QDialog::reject();
        }
    });
    connect(theme_, &Theme::changed, this, [this] {
        for (const AddressWay way : all_address_ways) {
            show_way(way);
        }
    });
    resize(caption_width + 5 * (column_width + 14) + 48, 700);
    forget();
    ask_running_lab();
}

void CompareDialog::fill_services(const Id& chosen) {
    const Id client = to_std(client_->currentData().toString());
    service_->clear();
    for (const Service& one : subject_.drawing.services) {
        const auto tcp = std::find_if(one.ports.begin(), one.ports.end(),
                                      [](const PortRule& port) { return port.protocol == Protocol::tcp; });
        // It is HTTP that is asked.
        if (one.enabled && one.vip && tcp != one.ports.end() && askable_.can_ask(client, one.id)) {
            service_->addItem(
                QStringLiteral("%1  %2").arg(to_q(one.name), address_and_port(*one.vip, tcp->port)),
                to_q(one.id));
            if (one.id == chosen) {
                service_->setCurrentIndex(service_->count() - 1);
            }
        }
    }
}

void CompareDialog::make_table(QGridLayout* grid) {
    grid->setHorizontalSpacing(14);
    grid->setVerticalSpacing(10);
    const auto label = [&](int row, int at, const QString& text, bool strong = false) {
        auto* made = new QLabel(strong ? QStringLiteral("<b>%1</b>").arg(text) : text);
        made->setWordWrap(true);
        made->setAlignment(Qt::AlignTop | Qt::AlignLeft);
        made->setTextInteractionFlags(Qt::TextSelectableByMouse);
        grid->addWidget(made, row, at);
        return made;
    };
    const auto rule = [&](int row) {
        auto* line = new QFrame;
        line->setFrameShape(QFrame::HLine);
        line->setFrameShadow(QFrame::Plain);
        line->setForegroundRole(QPalette::Mid);
        grid->addWidget(line, row, 0, 1, 1 + static_cast<int>(all_address_ways.size()));
    };
    const QStringList captions{QString(),
                               tr("How"),
                               tr("Servers saw"),
                               tr("The client?"),
                               tr("Answer time,\np50 / p90 / p99"),
                               tr("Throughput"),
                               tr("Server finds it"),
                               tr("Asks for")};
    for (int row = 0; row < captions.size(); ++row) {
        QLabel* caption = label(2 * row, 0, captions[row]);
        caption->setForegroundRole(QPalette::PlaceholderText);
        caption->setFixedWidth(caption_width);
        if (row > 0) {
            rule(2 * row - 1);
        }
    }
    int at = 1;
    for (const AddressWay way : all_address_ways) {
        Column made{};
        made.title = label(0, at, AddressWays::title(way), true);
        label(2, at, AddressWays::how(way));
        made.seen = label(4, at, {});
        made.verdict = label(6, at, {});
        made.time = label(8, at, {});
        made.rate = label(10, at, {});
        label(12, at, AddressWays::where(way));
        label(14, at, AddressWays::price(way));
        made.seen->setObjectName(QStringLiteral("seen_%1").arg(static_cast<int>(way)));
        columns_.emplace(way, made);
        grid->setColumnMinimumWidth(at, column_width);
        grid->setColumnStretch(at, 1);
        ++at;
    }
    grid->setRowStretch(16, 1);
}

const Service* CompareDialog::service() const {
    return subject_.drawing.service(to_std(service_->currentData().toString()));
}

std::optional<WayQuestion> CompareDialog::question() const {
    const Service* asked = service();
    if (asked == nullptr || client_->count() == 0) {
        return std::nullopt;
    }
    WayQuestion question{.client = client_->currentText()};
    for (const PortRule& port : asked->ports) {
        if (port.protocol == Protocol::tcp) {
            question.url = QStringLiteral("http://%1:%2/").arg(to_q(asked->vip->text())).arg(port.port);
            break;
        }
    }
    if (const Pool* pool = subject_.drawing.pool(asked->pool)) {
        std::set<Id> servers;
        for (const PoolMember& member : pool->members) {
            if (!member.drain) {
                servers.insert(member.server);
            }
        }
        // Who comes back to the same server by their address meets no other.
        question.servers = pool->persistence == Persistence::source_ip ? 1 : servers.size();
    }
    return question;
}

void CompareDialog::forget() {
    reports_.clear();
    failures_.clear();
    for (const AddressWay way : all_address_ways) {
        show_way(way);
    }
    show_state();
}

void CompareDialog::ask_running_lab() {
    const auto asked = question();
    if (subject_.lab.isEmpty() || !asked || runner_->is_running()) {
        return;
    }
    done_ = 0;
    wanted_ = 1;
    runner_->ask_lab(subject_.lab, AddressWays::way_of(*service()), *asked);
    show_state();
}

void CompareDialog::try_all() {
    const auto asked = question();
    if (!asked || runner_->is_running()) {
        return;
    }
    std::vector<AddressWay> open;
    for (const AddressWay way : all_address_ways) {
        if (!reports_.contains(way)) {
            open.push_back(way);
        }
    }
    if (open.empty()) { // all over again
        forget();
        open.assign(all_address_ways.begin(), all_address_ways.end());
    }
    done_ = 0;
    wanted_ = static_cast<int>(open.size());
    runner_->try_ways(subject_.drawing, service()->id, std::move(open), *asked);
    show_state();
}

void CompareDialog::lab_has_ended() {
    subject_.lab.clear();
    show_state();
}

void CompareDialog::show_state() {
    const bool busy = runner_->is_running();
    const bool all = reports_.size() == all_address_ways.size();
    try_->setText(all ? tr("Try all ways again") : tr("Try the other ways"));
    if (reports_.empty()) {
        try_->setText(tr("Try all ways"));
    }
    try_->setToolTip(
        tr("Makes a lab of this drawing for each way, asks its servers, and takes it down again; "
           "other services of the drawing stay out of it"));
    try_->setVisible(!busy);
    try_->setEnabled(question().has_value());
    cancel_->setVisible(busy);
    client_->setEnabled(!busy);
    service_->setEnabled(!busy);
    progress_->setVisible(busy);
    progress_->setRange(0, wanted_ > 1 ? wanted_ : 0); // one: no measure, only that it goes on
    progress_->setValue(done_);
    QString text;
    if (busy) {
        text = asked_ ? tr("%1: %2 …").arg(AddressWays::title(*asked_), step_) : tr("starting …");
    } else if (!question()) {
        text = tr("Draw a client and a service with a TCP port that it reaches first.");
    } else if (subject_.lab.isEmpty()) {
        text = tr("No lab runs. Each way is tried in a lab of its own, for a few seconds.");
    } else {
        text = tr("Lab %1 works as “%2”. The other ways are tried in labs of their own beside it.")
                   .arg(subject_.lab, AddressWays::title(AddressWays::way_of(*service())));
    }
    state_->setText(text);
}

QString CompareDialog::servers_html(const WayReport& report) const {
    const ThemeColors& colors = theme_->colors();
    QString html;
    for (const RequestAnswer& answer : report.servers) {
        const auto line = [&](const QString& name, const QString& value) {
            const bool is_client = names(value, report.client);
            return QStringLiteral("<br>%1 %2")
                .arg(colored(colors.muted, name.toHtmlEscaped()),
                     is_client ? colored(colors.good, QStringLiteral("<b>%1</b>").arg(value.toHtmlEscaped()))
                               : value.toHtmlEscaped());
        };
        html += html.isEmpty() ? QString() : QStringLiteral("<br>");
        html += QStringLiteral("<b>%1</b>")
                    .arg(answer.server.isEmpty() ? tr("some program").toHtmlEscaped()
                                                 : answer.server.toHtmlEscaped());
        html += line(tr("peer"), answer.peer);
        if (!answer.forwarded_for.isEmpty()) {
            html += line(tr("X-Forwarded-For"), answer.forwarded_for);
        }
        if (!answer.proxy.isEmpty()) {
            html += line(tr("PROXY"), answer.proxy);
        }
    }
    return html;
}

QString CompareDialog::verdict_html(const WayReport& report) const {
    const ThemeColors& colors = theme_->colors();
    const auto all = [&](QString RequestAnswer::*member) {
        return std::all_of(report.servers.begin(), report.servers.end(),
                           [&](const RequestAnswer& answer) { return names(answer.*member, report.client); });
    };
    QString where;
    if (all(&RequestAnswer::peer)) {
        where = tr("as the peer itself");
    } else if (all(&RequestAnswer::forwarded_for)) {
        where = tr("in the header");
    } else if (all(&RequestAnswer::proxy)) {
        where = tr("in the PROXY header");
    }
    return where.isEmpty()
               ? colored(colors.error, tr("✗ %1 is nowhere").arg(report.client.toHtmlEscaped()))
               : colored(colors.good,
                         tr("✓ %1,<br>%2").arg(report.client.toHtmlEscaped(), where.toHtmlEscaped()));
}

void CompareDialog::show_way(AddressWay way) {
    const ThemeColors& colors = theme_->colors();
    Column& column = columns_.at(way);
    const bool is_lab =
        !subject_.lab.isEmpty() && service() != nullptr && AddressWays::way_of(*service()) == way;
    column.title->setText(
        QStringLiteral("<b>%1</b>").arg(AddressWays::title(way).toHtmlEscaped()) +
        (is_lab ? QStringLiteral("<br>") + colored(colors.accent, tr("this lab")) : QString()));
    const QString dash = colored(colors.muted, QStringLiteral("–"));
    if (const auto report = reports_.find(way); report != reports_.end()) {
        column.seen->setText(servers_html(report->second));
        column.verdict->setText(verdict_html(report->second));
        const QLocale locale;
        const auto ms = [&](double value) { return locale.toString(value, 'f', 2); };
        column.time->setText(
            report->second.requests == 0
                ? dash
                : tr("%1 / %2 / %3 ms")
                      .arg(ms(report->second.p50_ms), ms(report->second.p90_ms), ms(report->second.p99_ms)));
        column.time->setToolTip(tr("Of %1 requests, one after another, each over a connection of its own")
                                    .arg(report->second.requests));
        column.rate->setText(report->second.connections_per_s <= 0
                                 ? dash
                                 : tr("%1 connections/s<br>%2 Mbit/s")
                                       .arg(locale.toString(report->second.connections_per_s, 'f', 0),
                                            report->second.bulk_bps > 0
                                                ? locale.toString(report->second.bulk_bps / 1e6, 'f', 0)
                                                : QStringLiteral("–")));
        column.rate->setToolTip(
            tr("%1 connections with one request each, %2 at once; then %3 answers of %4 MB. On "
               "this machine, with everything else that runs on it: for comparing, not for "
               "measuring")
                .arg(WayReport::rate_requests)
                .arg(WayReport::rate_at_once)
                .arg(WayReport::bulk_requests)
                .arg(WayReport::bulk_bytes / 1'000'000));
        return;
    }
    column.verdict->setText(dash);
    column.time->setText(dash);
    column.time->setToolTip({});
    column.rate->setText(dash);
    column.rate->setToolTip({});
    const auto failure = failures_.find(way);
    column.seen->setText(
        failure == failures_.end()
            ? dash
            : colored(colors.warning, tr("Not with this drawing: %1").arg(failure->second.toHtmlEscaped())));
}

void CompareDialog::reject() {
    if (runner_->is_running()) {
        closes_ = true;
        step_ = tr("cancelling");
        runner_->cancel();
        show_state();
        return;
    }
    QDialog::reject();
}

} // namespace fulcrum::window
