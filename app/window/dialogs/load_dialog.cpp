#include "app/window/dialogs/load_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

#include "app/window/panels/flows_model.h"
#include "app/window/panels/latency_bars.h"

namespace fulcrum::window {

namespace {

constexpr int tick_ms = 100;

QString row(const QString& name, const QString& value) {
    return QStringLiteral("<tr><td style='padding-right:14px'>%1</td><td align='right'><b>%2</b></td></tr>")
        .arg(name.toHtmlEscaped(), value.toHtmlEscaped());
}

} // namespace

LoadDialog::LoadDialog(Programs programs, const QString& lab, QList<LoadClient> clients,
                       const QString& client, const Theme* theme, QWidget* parent)
    : QDialog(parent), programs_(std::move(programs)), lab_(lab), clients_(std::move(clients)),
      client_(new QComboBox(this)), target_(new QComboBox(this)), connections_(new QSpinBox(this)),
      seconds_(new QSpinBox(this)), keep_alive_(new QCheckBox(tr("&Keep connections alive"), this)),
      progress_(new QProgressBar(this)), result_(new QLabel(this)), latency_(new LatencyBars(theme, this)),
      ticks_(new QTimer(this)) {
    setWindowTitle(tr("Load"));
    for (const LoadClient& one : clients_) {
        client_->addItem(one.name);
    }
    client_->setCurrentText(client);
    show_targets();
    connect(client_, &QComboBox::currentIndexChanged, this, &LoadDialog::show_targets);
    connections_->setRange(1, 10'000);
    connections_->setValue(20);
    seconds_->setRange(1, 600);
    seconds_->setValue(10);
    seconds_->setSuffix(tr(" s"));
    keep_alive_->setToolTip(tr("Off: a new connection for every request"));
    progress_->setTextVisible(false);
    progress_->hide();
    latency_->hide();
    result_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    result_->setWordWrap(true);
    auto* form = new QFormLayout;
    form->addRow(tr("&From"), client_);
    form->addRow(tr("&To"), target_);
    form->addRow(tr("At &once"), connections_);
    form->addRow(tr("F&or"), seconds_);
    form->addRow(QString(), keep_alive_);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    run_ = buttons->addButton(tr("&Run"), QDialogButtonBox::ActionRole);
    run_->setDefault(true);
    compare_ = buttons->addButton(tr("Co&mpare…"), QDialogButtonBox::ActionRole);
    compare_->setToolTip(tr("This load beside another one"));
    compare_->setEnabled(false);
    connect(compare_, &QPushButton::clicked, this, &LoadDialog::comparison_wanted);
    auto* column = new QVBoxLayout(this);
    column->addLayout(form);
    column->addWidget(progress_);
    column->addWidget(result_);
    column->addWidget(latency_);
    column->addStretch();
    column->addWidget(buttons);
    setMinimumWidth(400);
    connect(run_, &QPushButton::clicked, this, &LoadDialog::run);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(ticks_, &QTimer::timeout, this, [this] {
        ticked_ms_ += tick_ms;
        progress_->setValue(std::min(ticked_ms_, progress_->maximum()));
    });
    run_->setEnabled(client_->count() > 0 && target_->count() > 0);
}

void LoadDialog::show_targets() {
    const QString before = target_->currentText();
    target_->clear();
    if (client_->currentIndex() >= 0) {
        for (const LoadTarget& target : clients_[client_->currentIndex()].targets) {
            target_->addItem(target.label, target.url);
        }
    }
    target_->setCurrentIndex(std::max(0, target_->findText(before)));
}

bool LoadDialog::is_running() const {
    return ticks_->isActive();
}

void LoadDialog::run() {
    RequestOrder order;
    order.lab = lab_;
    order.client = client_->currentText();
    order.url = target_->currentData().toString();
    order.connections = connections_->value();
    order.requests = 0;
    order.seconds = seconds_->value();
    order.keep_alive = keep_alive_->isChecked();
    running_ = {.when = QDateTime::currentDateTime(), .order = order, .target = target_->currentText()};
    if (client_->currentIndex() >= 0) {
        running_.mode = clients_[client_->currentIndex()].targets.value(target_->currentIndex()).mode;
    }
    run_->setEnabled(false);
    result_->clear();
    latency_->hide();
    ticked_ms_ = 0;
    progress_->setRange(0, order.seconds * 1000);
    progress_->setValue(0);
    progress_->show();
    ticks_->start(tick_ms);
    send_requests(programs_, order, this,
                  [this](const std::optional<RequestReport>& report, const QString& error) {
                      show_report(report, error);
                  });
}

void LoadDialog::show_report(const std::optional<RequestReport>& report, const QString& error) {
    ticks_->stop();
    progress_->hide();
    run_->setEnabled(true);
    if (!report) {
        result_->setText(error.toHtmlEscaped());
        emit reported(client_->currentText(), tr("Load failed: %1").arg(error));
        return;
    }
    const QLocale locale;
    QString html = QStringLiteral("<table>");
    html += row(tr("Requests answered"), locale.toString(report->requests));
    html += row(tr("Failed"), locale.toString(report->failed));
    html += row(tr("Requests per second"), locale.toString(report->requests_per_s, 'f', 0));
    html += row(tr("Connections per second"), locale.toString(report->connections_per_s, 'f', 0));
    html += row(tr("Received"), readable_bytes(report->bytes));
    QStringList servers = report->servers.keys();
    std::sort(servers.begin(), servers.end());
    for (const QString& server : servers) {
        html += row(server, locale.toString(report->servers[server]));
    }
    for (const QString& kind : report->errors) {
        html += row(tr("Error"), kind);
    }
    result_->setText(html + QStringLiteral("</table>"));
    latency_->show_latency({{tr("p50"), report->p50_ms},
                            {tr("p90"), report->p90_ms},
                            {tr("p99"), report->p99_ms},
                            {tr("max"), report->max_ms}});
    latency_->show();
    running_.report = *report;
    compare_->setEnabled(true);
    emit ran(running_);
    emit reported(client_->currentText(),
                  tr("Load: %1 requests, %2 failed, %3 per second; p50 %4 ms, p90 %5 ms, p99 %6 ms")
                      .arg(report->requests)
                      .arg(report->failed)
                      .arg(report->requests_per_s, 0, 'f', 0)
                      .arg(report->p50_ms, 0, 'f', 2)
                      .arg(report->p90_ms, 0, 'f', 2)
                      .arg(report->p99_ms, 0, 'f', 2));
}

} // namespace fulcrum::window
