#include "app/window/compare/runs_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>
#include <set>

namespace fulcrum::window {

namespace {

QString share(const RequestReport& report, const QString& server) {
    const int answered = std::max(1, report.requests - report.failed);
    return QStringLiteral("%1 %").arg(100.0 * report.servers.value(server) / answered, 0, 'f', 1);
}

} // namespace

QString LoadRun::title() const {
    return QStringLiteral("%1  %2, %3").arg(when.toString(QStringLiteral("HH:mm:ss")), order.lab, mode);
}

RunsDialog::RunsDialog(QList<LoadRun> runs, const Theme* theme, QWidget* parent)
    : QDialog(parent), runs_(std::move(runs)), left_(new QComboBox(this)), right_(new QComboBox(this)),
      table_(new SideBySide(tr("The two loads side by side"), theme, this)) {
    setObjectName("runs_dialog");
    setWindowTitle(tr("Compare two loads"));
    for (QComboBox* box : {left_, right_}) {
        for (const LoadRun& run : runs_) {
            box->addItem(run.title());
        }
        connect(box, &QComboBox::currentIndexChanged, this, &RunsDialog::fill);
    }
    left_->setAccessibleName(tr("First load"));
    right_->setAccessibleName(tr("Second load"));
    auto* top = new QHBoxLayout;
    top->addWidget(left_, 1);
    top->addWidget(new QLabel(tr("beside"), this));
    top->addWidget(right_, 1);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    if (runs_.size() < 2) {
        auto* hint =
            new QLabel(tr("Run two loads first (Lab, Load…): change the mode or a link between them, and "
                          "relaunch."),
                       this);
        hint->setWordWrap(true);
        column->addWidget(hint);
    }
    column->addLayout(top);
    column->addWidget(table_, 1);
    column->addWidget(buttons);
    resize(720, 520);
    const int last = static_cast<int>(runs_.size()) - 1;
    choose(std::max(0, last - 1), last);
}

void RunsDialog::choose(int left, int right) {
    const QSignalBlocker quiet_left(left_), quiet_right(right_);
    left_->setCurrentIndex(left);
    right_->setCurrentIndex(right);
    fill();
}

void RunsDialog::fill() {
    table_->begin(left_->currentText(), right_->currentText());
    if (left_->currentIndex() < 0 || right_->currentIndex() < 0) {
        return;
    }
    const LoadRun& a = runs_[left_->currentIndex()];
    const LoadRun& b = runs_[right_->currentIndex()];
    table_->add(tr("Mode"), a.mode, b.mode);
    table_->add(tr("From"), a.order.client, b.order.client);
    table_->add(tr("To"), a.target, b.target);
    const auto how = [](const RequestOrder& order) {
        return order.keep_alive ? tr("%1 at once, kept alive").arg(order.connections)
                                : tr("%1 at once, one request each").arg(order.connections);
    };
    table_->add(tr("Connections"), how(a.order), how(b.order));
    table_->add_number(tr("Requests/s"), a.report.requests_per_s, b.report.requests_per_s, 0, {},
                       SideBySide::Better::more);
    table_->add_number(tr("Connections/s"), a.report.connections_per_s, b.report.connections_per_s, 0, {},
                       SideBySide::Better::more);
    const auto mbit = [](const RequestReport& report) {
        return report.seconds > 0 ? report.bytes * 8 / report.seconds / 1e6 : 0;
    };
    table_->add_number(tr("Received"), mbit(a.report), mbit(b.report), 1, tr("Mbit/s"),
                       SideBySide::Better::more);
    table_->add_number(tr("Answer time, p50"), a.report.p50_ms, b.report.p50_ms, 3, tr("ms"),
                       SideBySide::Better::less);
    table_->add_number(tr("p90"), a.report.p90_ms, b.report.p90_ms, 3, tr("ms"), SideBySide::Better::less);
    table_->add_number(tr("p99"), a.report.p99_ms, b.report.p99_ms, 3, tr("ms"), SideBySide::Better::less);
    table_->add_number(tr("longest"), a.report.max_ms, b.report.max_ms, 3, tr("ms"),
                       SideBySide::Better::less);
    table_->add_number(tr("Failed"), a.report.failed, b.report.failed, 0, {}, SideBySide::Better::less);
    std::set<QString> servers;
    for (const LoadRun* run : {&a, &b}) {
        for (auto at = run->report.servers.begin(); at != run->report.servers.end(); ++at) {
            servers.insert(at.key());
        }
    }
    for (const QString& server : servers) {
        table_->add(tr("answered by %1").arg(server), share(a.report, server), share(b.report, server));
    }
}

} // namespace fulcrum::window
