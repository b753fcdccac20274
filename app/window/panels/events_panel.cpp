#include "app/window/panels/events_panel.h"

#include <QFontMetrics>
#include <QHeaderView>
#include <QScrollBar>

#include "app/window/theme.h"

namespace fulcrum::window {

namespace {
constexpr int kind_role = Qt::UserRole;
constexpr int time_role = Qt::UserRole + 1;
} // namespace

EventsPanel::EventsPanel(const Theme* theme, QWidget* parent) : QTreeWidget(parent), theme_(theme) {
    setColumnCount(3);
    setHeaderLabels({tr("Time"), tr("Where"), tr("What happened")});
    setRootIsDecorated(false);
    setUniformRowHeights(true);
    setAlternatingRowColors(true);
    setFrameShape(QFrame::NoFrame);
    setAccessibleName(tr("Events"));
    header()->setStretchLastSection(true);
    setColumnWidth(0, fontMetrics().horizontalAdvance("00:00:00.000") + 24);
    setColumnWidth(1, fontMetrics().horizontalAdvance("topology-3-12") + 24);
    connect(this, &QTreeWidget::itemClicked, this,
            [this](QTreeWidgetItem* row) { emit node_chosen(row->text(1)); });
    connect(theme_, &Theme::changed, this, [this] {
        for (int i = 0; i < topLevelItemCount(); ++i) {
            paint_row(topLevelItem(i));
        }
    });
}

void EventsPanel::add(const QDateTime& time, const QString& where, const QString& what, EventKind kind) {
    const bool at_end = verticalScrollBar()->value() == verticalScrollBar()->maximum();
    // What a lab tells comes a little later than what happened here.
    int at = topLevelItemCount();
    while (at > 0 && topLevelItem(at - 1)->data(0, time_role).toDateTime() > time) {
        --at;
    }
    auto* row = new QTreeWidgetItem({time.toString("HH:mm:ss.zzz"), where, what});
    insertTopLevelItem(at, row);
    row->setData(0, time_role, time);
    row->setData(0, kind_role, static_cast<int>(kind));
    row->setToolTip(2, QStringLiteral("<p>%1</p>").arg(what.toHtmlEscaped()));
    paint_row(row);
    while (topLevelItemCount() > most_rows) {
        delete takeTopLevelItem(0);
    }
    if (at_end) {
        scrollToBottom();
    }
}

void EventsPanel::paint_row(QTreeWidgetItem* row) const {
    const ThemeColors& colors = theme_->colors();
    const auto kind = static_cast<EventKind>(row->data(0, kind_role).toInt());
    row->setForeground(0, colors.muted);
    row->setForeground(2, kind == EventKind::trouble ? colors.error
                          : kind == EventKind::good  ? colors.good
                                                     : colors.text);
}

} // namespace fulcrum::window
