#include "app/window/inspector/compare_window.h"

#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QShortcut>
#include <QTabWidget>
#include <QTableWidget>
#include <QVBoxLayout>
#include <set>

#include "app/window/inspector/inspected_file.h"
#include "app/window/lab/background.h"
#include "app/window/look/side_by_side.h"
#include "app/window/qt_text.h"
#include "app/window/theme.h"
#include "designer/canvas/palette.h"

namespace fulcrum::window {

namespace {

enum Column { request_column, interface_column, left_column, right_column, difference_column, column_count };
constexpr std::size_t most_rows = 20'000;

// "200, 1,024 bytes, 0.214 ms"
QString answer_text(const AskedRequest* asked) {
    if (asked == nullptr) {
        return CompareWindow::tr("not asked");
    }
    if (asked->status == 0) {
        return CompareWindow::tr("no answer");
    }
    const QString text = CompareWindow::tr("%1, %2 bytes").arg(asked->status).arg(asked->answer_bytes);
    return asked->waited_ms ? CompareWindow::tr("%1, %2 ms").arg(text).arg(*asked->waited_ms, 0, 'f', 3)
                            : text;
}

QString difference_text(const RequestPair& pair) {
    QStringList what;
    if (pair.left == nullptr || pair.right == nullptr) {
        what << CompareWindow::tr("in one of them only");
    } else {
        if (pair.left->status != pair.right->status) {
            what << CompareWindow::tr("status");
        }
        if (pair.left->answer_bytes != pair.right->answer_bytes) {
            what << CompareWindow::tr("length");
        }
    }
    return what.join(QStringLiteral(", "));
}

} // namespace

CompareWindow::CompareWindow(std::shared_ptr<capture::CaptureFile> left, const QString& left_name,
                             const QString& right, const Theme* theme, QWidget* parent)
    : QWidget(parent, Qt::Window), left_(std::move(left)), left_name_(left_name),
      right_name_(QFileInfo(right).fileName()), theme_(theme), right_(new InspectedFile(this)),
      told_(new QLabel(this)), figures_(new SideBySide(tr("The two captures side by side"), theme, this)),
      requests_(new QTableWidget(0, column_count, this)) {
    setObjectName("compare_window");
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("%1 beside %2").arg(left_name_, right_name_));
    told_->setContentsMargins(8, 6, 8, 6);
    requests_->setAccessibleName(tr("Requests of both"));
    requests_->setHorizontalHeaderLabels(
        {tr("Request"), tr("Interface"), left_name_, right_name_, tr("Differs in")});
    requests_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    requests_->setSelectionBehavior(QAbstractItemView::SelectRows);
    requests_->setSelectionMode(QAbstractItemView::SingleSelection);
    requests_->setShowGrid(false);
    requests_->setTabKeyNavigation(false);
    requests_->verticalHeader()->hide();
    requests_->verticalHeader()->setDefaultSectionSize(requests_->fontMetrics().height() + 6);
    requests_->horizontalHeader()->setHighlightSections(false);
    requests_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    requests_->horizontalHeader()->setStretchLastSection(true);
    auto* pages = new QTabWidget(this);
    pages->setDocumentMode(true);
    pages->addTab(figures_, tr("&Figures"));
    pages->addTab(requests_, tr("&Requests"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(told_);
    column->addWidget(pages, 1);
    resize(860, 560);
    connect(new QShortcut(QKeySequence(Qt::Key_Escape), this), &QShortcut::activated, this, &QWidget::close);
    connect(requests_, &QTableWidget::itemActivated, this, [this](const QTableWidgetItem* item) {
        const QVariant packet = requests_->item(item->row(), request_column)->data(Qt::UserRole);
        if (packet.isValid()) {
            emit packet_wanted(packet.toUInt());
        }
    });
    connect(right_, &InspectedFile::loaded, this, &CompareWindow::read);
    if (const auto opened = right_->open(right); !opened) {
        told_->setText(to_q(opened.error().message));
    } else {
        told_->setText(tr("Reading %1…").arg(right_name_));
    }
}

CompareWindow::~CompareWindow() {
    *cancelled_ = true;
}

QString CompareWindow::told() const {
    return told_->text();
}

void CompareWindow::read() {
    in_background(
        this,
        [left = left_, right = right_->capture(), cancelled = cancelled_] {
            return std::pair(figures_of(*left, cancelled.get()), figures_of(*right, cancelled.get()));
        },
        [this](const std::pair<CaptureFigures, CaptureFigures>& read) {
            left_figures_ = read.first;
            right_figures_ = read.second;
            ready_ = true;
            show_figures();
            show_requests();
        });
}

void CompareWindow::show_figures() {
    using Better = SideBySide::Better;
    const CaptureFigures& a = left_figures_;
    const CaptureFigures& b = right_figures_;
    figures_->begin(left_name_, right_name_);
    const auto add = [&](const QString& name, double CaptureFigures::*value, int decimals,
                         const QString& unit, Better better) {
        figures_->add_number(name, a.*value, b.*value, decimals, unit, better);
    };
    add(tr("Packets"), &CaptureFigures::packets, 0, {}, Better::neither);
    add(tr("Bytes"), &CaptureFigures::bytes, 0, {}, Better::neither);
    add(tr("Duration"), &CaptureFigures::duration_s, 6, tr("s"), Better::neither);
    const auto mbit = [](const CaptureFigures& of) {
        return of.duration_s > 0 ? of.bytes * 8 / of.duration_s / 1e6 : 0;
    };
    figures_->add_number(tr("Throughput"), mbit(a), mbit(b), 3, tr("Mbit/s"), Better::more);
    add(tr("Not captured (dropped)"), &CaptureFigures::drops, 0, {}, Better::less);
    add(tr("TCP connections"), &CaptureFigures::tcp_connections, 0, {}, Better::neither);
    add(tr("reset"), &CaptureFigures::resets, 0, {}, Better::less);
    add(tr("UDP conversations"), &CaptureFigures::udp_conversations, 0, {}, Better::neither);
    add(tr("Segments sent again"), &CaptureFigures::retransmissions, 0, {}, Better::less);
    const auto add_times = [&](const QString& name, Percentiles CaptureFigures::*times) {
        figures_->add_number(tr("%1, p50").arg(name), (a.*times).p50, (b.*times).p50, 3, tr("ms"),
                             Better::less);
        figures_->add_number(tr("%1, p90").arg(name), (a.*times).p90, (b.*times).p90, 3, tr("ms"),
                             Better::less);
        figures_->add_number(tr("%1, p99").arg(name), (a.*times).p99, (b.*times).p99, 3, tr("ms"),
                             Better::less);
    };
    add_times(tr("Handshake"), &CaptureFigures::handshake_ms);
    figures_->add_number(tr("HTTP requests"), static_cast<double>(a.requests.size()),
                         static_cast<double>(b.requests.size()), 0, {}, Better::neither);
    std::set<int> statuses;
    for (const CaptureFigures* of : {&a, &b}) {
        for (const auto& [status, count] : of->statuses) {
            statuses.insert(status);
        }
    }
    const auto count_of = [](const CaptureFigures& of, int status) {
        const auto found = of.statuses.find(status);
        return found == of.statuses.end() ? 0.0 : found->second;
    };
    for (const int status : statuses) {
        figures_->add_number(status == 0 ? tr("without an answer") : tr("answered with %1").arg(status),
                             count_of(a, status), count_of(b, status), 0, {}, Better::neither);
    }
    add_times(tr("Answer"), &CaptureFigures::answer_ms);
}

void CompareWindow::show_requests() {
    const std::vector<RequestPair> pairs = pair_requests(left_figures_, right_figures_);
    const auto different =
        std::count_if(pairs.begin(), pairs.end(), [](const RequestPair& p) { return p.differs(); });
    requests_->setRowCount(static_cast<int>(std::min(pairs.size(), most_rows)));
    const QColor trouble = designer::mixed(theme_->colors().surface, theme_->colors().error, 0.14);
    for (int row = 0; row < requests_->rowCount(); ++row) {
        const RequestPair& pair = pairs[static_cast<std::size_t>(row)];
        const AskedRequest& either = pair.left != nullptr ? *pair.left : *pair.right;
        const QString cells[] = {either.text, either.interface, answer_text(pair.left),
                                 answer_text(pair.right), difference_text(pair)};
        for (int column = 0; column < column_count; ++column) {
            auto* cell = new QTableWidgetItem(cells[column]);
            cell->setToolTip(cells[column]);
            if (pair.differs()) {
                cell->setBackground(trouble);
            }
            requests_->setItem(row, column, cell);
        }
        if (pair.left != nullptr) {
            requests_->item(row, request_column)->setData(Qt::UserRole, pair.left->packet);
        }
    }
    requests_->resizeColumnsToContents();
    const QLocale locale;
    QString told = pairs.empty()    ? tr("There are no HTTP requests to be held against each other.")
                   : different == 0 ? tr("All %1 requests were answered alike.")
                                          .arg(locale.toString(static_cast<qulonglong>(pairs.size())))
                                    : tr("%1 of %2 requests differ in their answers.")
                                          .arg(locale.toString(static_cast<qlonglong>(different)),
                                               locale.toString(static_cast<qulonglong>(pairs.size())));
    if (pairs.size() > most_rows) {
        told += ' ' + tr("The first %1 are listed.").arg(locale.toString(static_cast<qulonglong>(most_rows)));
    }
    told_->setText(told);
}

} // namespace fulcrum::window
