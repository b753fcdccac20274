#include "app/window/panels/engine_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QScrollArea>
#include <QStackedLayout>
#include <QTreeWidget>

#include "app/window/panels/counter_board.h"
#include "app/window/panels/flows_model.h"
#include "app/window/panels/share_bars.h"
#include "app/window/qt_text.h"
#include "app/window/theme.h"

namespace fulcrum::window {

namespace {

constexpr std::size_t most_reasons = 6; // more bars than that are not told apart at this height

QString since(std::uint64_t milliseconds) {
    const std::uint64_t seconds = milliseconds / 1000;
    return QStringLiteral("%1:%2:%3")
        .arg(seconds / 3600)
        .arg(seconds / 60 % 60, 2, 10, QChar('0'))
        .arg(seconds % 60, 2, 10, QChar('0'));
}

} // namespace

EnginePanel::EnginePanel(const Theme* theme, QWidget* parent)
    : QWidget(parent), theme_(theme), choice_(new QComboBox(this)), state_(new QLabel(this)),
      empty_(new QLabel(tr("Engines tell what they count while a lab runs."), this)),
      board_(new CounterBoard(theme, this)), interfaces_(new QTreeWidget(this)),
      drops_(new ShareBars(tr("Dropped, by reason"), theme, this)), content_(new QWidget(this)),
      pages_(new QStackedLayout(this)) {
    setObjectName("engine_panel");
    choice_->setAccessibleName(tr("Service engine"));
    choice_->setToolTip(tr("The engine that is shown; selecting one on the canvas chooses it too"));
    state_->setForegroundRole(QPalette::PlaceholderText);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setForegroundRole(QPalette::PlaceholderText);
    interfaces_->setHeaderLabels({tr("NIC"), tr("In"), tr("Out"), tr("Largest frame"), tr("Lost")});
    interfaces_->headerItem()->setToolTip(3, tr("Above the MTU where segments of up to 64 KB pass whole"));
    interfaces_->headerItem()->setToolTip(4, tr("Frames that the kernel could not hand over in time"));
    interfaces_->setRootIsDecorated(false);
    interfaces_->setSelectionMode(QAbstractItemView::NoSelection);
    interfaces_->setFocusPolicy(Qt::NoFocus);
    interfaces_->setFrameShape(QFrame::NoFrame);
    interfaces_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
    interfaces_->header()->setStretchLastSection(true);
    interfaces_->setMinimumWidth(290);
    interfaces_->setMinimumHeight(48);

    auto* tiles = new QScrollArea(content_);
    tiles->setWidgetResizable(true);
    tiles->setFrameShape(QFrame::NoFrame);
    tiles->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    tiles->setWidget(board_);
    auto* top = new QHBoxLayout;
    top->setContentsMargins(8, 6, 8, 6);
    top->addWidget(choice_);
    top->addWidget(state_, 1);
    auto* line = new QHBoxLayout(content_);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(0);
    line->addWidget(tiles, 7);
    auto* right = new QVBoxLayout;
    right->setSpacing(0);
    right->addLayout(top);
    right->addWidget(interfaces_, 2);
    right->addWidget(drops_, 3);
    line->addLayout(right, 4);
    pages_->addWidget(empty_);
    pages_->addWidget(content_);
    connect(choice_, &QComboBox::activated, this, [this] { show_chosen(); });
}

void EnginePanel::update_from(const LabSnapshot& snapshot) {
    for (const auto& [name, said] : snapshot.engines) {
        const QString engine = to_q(name);
        engines_[engine].add(snapshot.time_s, said.report);
        if (choice_->findText(engine) < 0) {
            choice_->addItem(engine);
        }
    }
    if (!engines_.empty()) {
        pages_->setCurrentWidget(content_);
        show_chosen();
    }
}

void EnginePanel::show_engine(const QString& name) {
    const int index = choice_->findText(name);
    if (index >= 0 && index != choice_->currentIndex()) {
        choice_->setCurrentIndex(index);
        show_chosen();
    }
}

void EnginePanel::clear() {
    engines_.clear();
    choice_->clear();
    pages_->setCurrentWidget(empty_);
}

void EnginePanel::show_chosen() {
    const auto found = engines_.find(choice_->currentText());
    if (found == engines_.end()) {
        return;
    }
    const EngineHistory& history = found->second;
    const engine::EngineReport& now = history.now();
    state_->setText((now.role == engine::Role::active ? tr("active") : tr("standing by")) +
                    QStringLiteral(" · ") + tr("running for %1").arg(since(now.uptime_ms)));
    board_->show_counters(history.counters());

    const auto rates = history.interfaces();
    while (interfaces_->topLevelItemCount() > static_cast<int>(rates.size())) {
        delete interfaces_->takeTopLevelItem(interfaces_->topLevelItemCount() - 1);
    }
    const QLocale locale;
    for (std::size_t i = 0; i < rates.size(); ++i) {
        QTreeWidgetItem* item = interfaces_->topLevelItem(static_cast<int>(i));
        if (item == nullptr) {
            item = new QTreeWidgetItem(interfaces_);
        }
        const InterfaceRate& rate = rates[i];
        item->setText(0, rate.name);
        item->setText(1, readable_rate(rate.in_bps));
        item->setText(2, readable_rate(rate.out_bps));
        item->setText(3, tr("%1 bytes").arg(locale.toString(rate.largest_bytes)));
        item->setText(4, locale.toString(rate.kernel_drops));
        item->setToolTip(0, rate.mac);
        item->setToolTip(1, tr("%1 frames since it started").arg(locale.toString(rate.in_frames)));
        item->setToolTip(2, tr("%1 frames since it started").arg(locale.toString(rate.out_frames)));
    }

    std::vector<ShareBars::Row> bars;
    const auto& series = theme_->colors().series;
    for (const auto& [reason, count] : history.drops()) {
        if (bars.size() == most_reasons) {
            bars.back().name = tr("other reasons");
            bars.back().value += static_cast<double>(count);
            continue;
        }
        bars.push_back({reason, static_cast<double>(count),
                        series[static_cast<qsizetype>(bars.size()) % series.size()]});
    }
    drops_->setVisible(!bars.empty());
    drops_->show_rows(std::move(bars));
}

} // namespace fulcrum::window
