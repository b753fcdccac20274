#include "app/window/panels/problems_panel.h"

#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QStackedLayout>
#include <QStyledItemDelegate>
#include <algorithm>

#include "app/window/qt_text.h"
#include "app/window/theme.h"
#include "designer/canvas/icons.h"

namespace fulcrum::window {

using namespace designer;

namespace {

enum Column { severity_column, why_column, fix_column, button_column, id_column, column_count };
constexpr int index_role = Qt::UserRole;

// Rows are as high as their words need at the width that their column has.
class WrappingDelegate : public QStyledItemDelegate {
public:
    explicit WrappingDelegate(QTreeView* view) : QStyledItemDelegate(view), view_(view) {}
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        QSize size = QStyledItemDelegate::sizeHint(option, index);
        if (index.column() == why_column || index.column() == fix_column) {
            const int margin = 2 * (view_->style()->pixelMetric(QStyle::PM_FocusFrameHMargin) + 1);
            const QRect room(0, 0, view_->columnWidth(index.column()) - margin, 10000);
            const QRect words =
                option.fontMetrics.boundingRect(room, Qt::TextWordWrap, index.data().toString());
            size.setHeight(std::max(option.fontMetrics.height(), words.height()) + 8);
        }
        return size;
    }

private:
    QTreeView* view_;
};

} // namespace

ProblemsPanel::ProblemsPanel(DocumentEditor* editor, ProblemChecker* checker, const Theme* theme,
                             QWidget* parent)
    : QWidget(parent), editor_(editor), checker_(checker), theme_(theme), list_(new QTreeWidget(this)),
      empty_(new QLabel(tr("No problems: this drawing can be launched."), this)),
      pages_(new QStackedLayout(this)) {
    list_->setObjectName("problem_list");
    list_->setColumnCount(column_count);
    list_->setHeaderLabels({tr("Kind"), tr("Why"), tr("What to do"), QString(), tr("Id")});
    list_->setRootIsDecorated(false);
    list_->setWordWrap(true);
    list_->setAlternatingRowColors(true);
    list_->setAccessibleName(tr("Problems"));
    QHeaderView* header = list_->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(severity_column, QHeaderView::ResizeToContents);
    header->setSectionResizeMode(why_column, QHeaderView::Stretch);
    header->setSectionResizeMode(fix_column, QHeaderView::Stretch);
    header->setSectionResizeMode(button_column, QHeaderView::ResizeToContents);
    header->setSectionResizeMode(id_column, QHeaderView::ResizeToContents);
    list_->setItemDelegate(new WrappingDelegate(list_));
    connect(header, &QHeaderView::sectionResized, list_, &QTreeWidget::doItemsLayout);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setForegroundRole(QPalette::PlaceholderText);
    pages_->addWidget(list_);
    pages_->addWidget(empty_);

    connect(list_, &QTreeWidget::itemClicked, this, &ProblemsPanel::point);
    connect(list_, &QTreeWidget::itemActivated, this, &ProblemsPanel::point);
    connect(checker_, &ProblemChecker::checked, this, &ProblemsPanel::refill);
    connect(theme_, &Theme::changed, this, &ProblemsPanel::refill);
}

void ProblemsPanel::refill() {
    const auto& problems = checker_->problems();
    const int current = list_->indexOfTopLevelItem(list_->currentItem());
    list_->clear();
    const CanvasTheme theme = theme_->canvas_theme();
    for (std::size_t i = 0; i < problems.size(); ++i) {
        const Problem& problem = problems[i];
        auto* row = new QTreeWidgetItem(list_);
        row->setData(severity_column, index_role, QVariant::fromValue(i));
        switch (problem.severity) {
        case Severity::error:
            row->setIcon(severity_column, themed_icon("error", theme));
            row->setText(severity_column, tr("Error"));
            break;
        case Severity::warning:
            row->setIcon(severity_column, themed_icon("warning", theme));
            row->setText(severity_column, tr("Warning"));
            break;
        case Severity::note:
            row->setIcon(severity_column, themed_icon("info", theme));
            row->setText(severity_column, tr("Note"));
            break;
        }
        row->setText(why_column, to_q(problem.why));
        row->setText(fix_column, to_q(problem.fix));
        row->setText(id_column, to_q(problem.id));
        row->setForeground(id_column, theme_->colors().muted);
        for (const int column : {why_column, fix_column}) {
            row->setToolTip(column, QStringLiteral("<p>%1</p>").arg(row->text(column).toHtmlEscaped()));
        }
        if (problem.fixable) {
            auto* button = new QPushButton(tr("Fix"), list_);
            button->setAccessibleName(tr("Fix: %1").arg(to_q(problem.fix)));
            // Queued: mending makes the rows, and this button, anew.
            connect(
                button, &QPushButton::clicked, this, [this, i] { mend(i); }, Qt::QueuedConnection);
            list_->setItemWidget(row, button_column, button);
        }
    }
    if (current >= 0 && list_->topLevelItemCount() > 0) {
        const QSignalBlocker quiet(list_);
        list_->setCurrentItem(list_->topLevelItem(std::min(current, list_->topLevelItemCount() - 1)));
    }
    pages_->setCurrentWidget(problems.empty() ? static_cast<QWidget*>(empty_) : list_);
}

void ProblemsPanel::point() {
    const QTreeWidgetItem* row = list_->currentItem();
    if (row == nullptr) {
        return;
    }
    const auto index = row->data(severity_column, index_role).value<std::size_t>();
    if (index < checker_->problems().size()) {
        emit pointed_at(checker_->problems()[index].items);
    }
}

void ProblemsPanel::mend(std::size_t index) {
    if (index >= checker_->problems().size()) {
        return;
    }
    const Problem problem = checker_->problems()[index];
    editor_->edit(apply_fix(editor_->document(), problem), tr("Fix %1").arg(to_q(problem.id)));
    checker_->check_now();
}

void ProblemsPanel::focus_first() {
    list_->setFocus();
    if (list_->currentItem() == nullptr && list_->topLevelItemCount() > 0) {
        list_->setCurrentItem(list_->topLevelItem(0));
    }
}

} // namespace fulcrum::window
