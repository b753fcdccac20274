#include "app/window/compare/runs_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <set>

#include "app/window/theme.h"

namespace fulcrum::window {

namespace {

enum Column { name_column, left_column, right_column, difference_column, column_count };
constexpr double same_within = 0.02; // of noise: no difference is claimed

QString share(const RequestReport& report, const QString& server) {
    const int answered = std::max(1, report.requests - report.failed);
    return QStringLiteral("%1 %").arg(100.0 * report.servers.value(server) / answered, 0, 'f', 1);
}

} // namespace

QString LoadRun::title() const {
    return QStringLiteral("%1  %2, %3").arg(when.toString(QStringLiteral("HH:mm:ss")), order.lab, mode);
}

RunsDialog::RunsDialog(QList<LoadRun> runs, const Theme* theme, QWidget* parent)
    : QDialog(parent), runs_(std::move(runs)), theme_(theme), left_(new QComboBox(this)),
      right_(new QComboBox(this)), table_(new QTableWidget(this)) {
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
    table_->setColumnCount(column_count);
    table_->verticalHeader()->hide();
    table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table_->setSelectionMode(QAbstractItemView::NoSelection);
    table_->setAlternatingRowColors(true);
    table_->setShowGrid(false);
    table_->horizontalHeader()->setHighlightSections(false);
    table_->setAccessibleName(tr("The two loads side by side"));
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

void RunsDialog::add(const QString& name, const QString& left, const QString& right) {
    const int row = table_->rowCount();
    table_->insertRow(row);
    const QStringList cells{name, left, right, QString()};
    for (int column = 0; column < column_count; ++column) {
        auto* item = new QTableWidgetItem(cells[column]);
        item->setTextAlignment(column == name_column ? Qt::AlignLeft | Qt::AlignVCenter
                                                     : Qt::AlignRight | Qt::AlignVCenter);
        table_->setItem(row, column, item);
    }
}

void RunsDialog::add_number(const QString& name, double left, double right, int decimals, const QString& unit,
                            Better better) {
    const QLocale locale;
    const auto text = [&](double value) {
        return unit.isEmpty() ? locale.toString(value, 'f', decimals)
                              : QStringLiteral("%1 %2").arg(locale.toString(value, 'f', decimals), unit);
    };
    add(name, text(left), text(right));
    QTableWidgetItem* cell = table_->item(table_->rowCount() - 1, difference_column);
    if (left <= 0 || right <= 0) {
        return;
    }
    const double change = right / left - 1;
    if (std::abs(change) < same_within) {
        cell->setText(tr("same"));
        cell->setForeground(theme_->colors().muted);
        return;
    }
    const bool good = (change > 0) == (better == Better::more);
    cell->setText(QStringLiteral("%1%2 %").arg(change > 0 ? QStringLiteral("+") : QStringLiteral("−"),
                                               locale.toString(std::abs(change) * 100, 'f', 0)));
    cell->setForeground(good ? theme_->colors().good : theme_->colors().error);
}

void RunsDialog::fill() {
    table_->setRowCount(0);
    table_->setHorizontalHeaderLabels(
        {QString(), left_->currentText(), right_->currentText(), tr("Difference")});
    table_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    if (left_->currentIndex() < 0 || right_->currentIndex() < 0) {
        return;
    }
    const LoadRun& a = runs_[left_->currentIndex()];
    const LoadRun& b = runs_[right_->currentIndex()];
    add(tr("Mode"), a.mode, b.mode);
    add(tr("From"), a.order.client, b.order.client);
    add(tr("To"), a.target, b.target);
    const auto how = [](const RequestOrder& order) {
        return order.keep_alive ? tr("%1 at once, kept alive").arg(order.connections)
                                : tr("%1 at once, one request each").arg(order.connections);
    };
    add(tr("Connections"), how(a.order), how(b.order));
    add_number(tr("Requests/s"), a.report.requests_per_s, b.report.requests_per_s, 0, {}, Better::more);
    add_number(tr("Connections/s"), a.report.connections_per_s, b.report.connections_per_s, 0, {},
               Better::more);
    const auto mbit = [](const RequestReport& report) {
        return report.seconds > 0 ? report.bytes * 8 / report.seconds / 1e6 : 0;
    };
    add_number(tr("Received"), mbit(a.report), mbit(b.report), 1, tr("Mbit/s"), Better::more);
    add_number(tr("Answer time, p50"), a.report.p50_ms, b.report.p50_ms, 3, tr("ms"), Better::less);
    add_number(tr("p90"), a.report.p90_ms, b.report.p90_ms, 3, tr("ms"), Better::less);
    add_number(tr("p99"), a.report.p99_ms, b.report.p99_ms, 3, tr("ms"), Better::less);
    add_number(tr("longest"), a.report.max_ms, b.report.max_ms, 3, tr("ms"), Better::less);
    add_number(tr("Failed"), a.report.failed, b.report.failed, 0, {}, Better::less);
    std::set<QString> servers;
    for (const LoadRun* run : {&a, &b}) {
        for (auto at = run->report.servers.begin(); at != run->report.servers.end(); ++at) {
            servers.insert(at.key());
        }
    }
    for (const QString& server : servers) {
        add(tr("answered by %1").arg(server), share(a.report, server), share(b.report, server));
    }
}

QStringList RunsDialog::row(const QString& name) const {
    for (int row = 0; row < table_->rowCount(); ++row) {
        if (table_->item(row, name_column)->text() == name) {
            QStringList cells;
            for (int column = 0; column < column_count; ++column) {
                cells << table_->item(row, column)->text();
            }
            return cells;
        }
    }
    return {};
}

} // namespace fulcrum::window
