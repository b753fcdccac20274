#include "app/window/proof/proof_panel.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <map>

#include "app/window/qt_text.h"

namespace fulcrum::window {

namespace {

enum Column { what_column, expected_column, seen_column, column_count };
constexpr int index_role = Qt::UserRole; // into the list; of a heading none

} // namespace

ProofPanel::ProofPanel(ProofRun* run, const Theme* theme, QWidget* parent)
    : QWidget(parent), run_(run), theme_(theme), prove_(new QPushButton(tr("Prove"), this)),
      cancel_(new QPushButton(tr("Cancel"), this)), progress_(new QProgressBar(this)),
      state_(new QLabel(this)), crosses_only_(new QCheckBox(tr("Crosses only"), this)),
      tree_(new QTreeWidget(this)) {
    setObjectName("proof_panel");
    prove_->setToolTip(
        tr("Sends real requests from every client to every service of the running lab, and holds "
           "each packet against what the drawing promises"));
    progress_->setTextVisible(false);
    progress_->setFixedWidth(140);
    tree_->setObjectName("proof_list");
    tree_->setColumnCount(column_count);
    tree_->setHeaderLabels({tr("What"), tr("Expected"), tr("Seen")});
    tree_->setAlternatingRowColors(true);
    tree_->setUniformRowHeights(true);
    tree_->setAccessibleName(tr("Proof"));
    tree_->header()->setStretchLastSection(true);
    tree_->setColumnWidth(what_column, 300);
    tree_->setColumnWidth(expected_column, 420);

    auto* line = new QHBoxLayout;
    line->setContentsMargins(6, 4, 6, 0);
    line->addWidget(prove_);
    line->addWidget(cancel_);
    line->addWidget(progress_);
    state_->setSizePolicy(QSizePolicy::Ignored,
                          QSizePolicy::Preferred); // a long word must not widen the window
    line->addWidget(state_, 1);
    line->addWidget(crosses_only_);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(line);
    column->addWidget(tree_, 1);

    connect(prove_, &QPushButton::clicked, this, &ProofPanel::prove_wanted);
    connect(cancel_, &QPushButton::clicked, run_, &ProofRun::cancel);
    connect(crosses_only_, &QCheckBox::toggled, this, &ProofPanel::fill);
    connect(tree_, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* row) { point(row); });
    connect(tree_, &QTreeWidget::itemActivated, this, [this](QTreeWidgetItem* row) { point(row); });
    connect(theme_, &Theme::changed, this, &ProofPanel::fill);
    connect(run_, &ProofRun::running_changed, this, [this](bool running) {
        progress_->setRange(0, 0);
        progress_->setVisible(running);
        cancel_->setVisible(running);
        prove_->setVisible(!running);
        prove_->setEnabled(can_prove_);
    });
    connect(run_, &ProofRun::step, this, [this](const QString& what, int done, int all) {
        progress_->setRange(0, all);
        progress_->setValue(done);
        state_->setText(tr("%1 …").arg(what));
    });
    connect(run_, &ProofRun::failed, this, [this](const QString& why) {
        list_.clear();
        fill();
        state_->setText(tr("Not proved: %1").arg(why));
    });
    connect(run_, &ProofRun::finished, this, [this](const ProofRun::Expectations& list) {
        list_ = list;
        crosses_only_->setChecked(false);
        fill();
    });
    progress_->hide();
    cancel_->hide();
    set_can_prove(false);
    fill();
}

void ProofPanel::set_can_prove(bool can) {
    can_prove_ = can;
    prove_->setEnabled(can);
    if (list_.empty() && !run_->is_running()) {
        fill();
    }
}

void ProofPanel::clear() {
    list_.clear();
    fill();
}

int ProofPanel::ticks() const {
    return static_cast<int>(
        std::count_if(list_.begin(), list_.end(), [](const cli::Expectation& one) { return one.ok; }));
}

int ProofPanel::not_seen() const {
    return static_cast<int>(std::ranges::count_if(list_, &cli::Expectation::could_not_see));
}

void ProofPanel::show_crosses_only(bool only) {
    crosses_only_->setChecked(only);
}

namespace {

struct Sign {
    QString text;
    QColor color;
};

Sign sign_of(bool holds, bool could_not_see, const ThemeColors& colors) {
    return holds           ? Sign{QStringLiteral("✓"), colors.good}
           : could_not_see ? Sign{QStringLiteral("?"), colors.warning}
                           : Sign{QStringLiteral("✗"), colors.error};
}

} // namespace

void ProofPanel::fill() {
    const ThemeColors& colors = theme_->colors();
    tree_->clear();
    crosses_only_->setEnabled(crosses() > 0);
    if (list_.empty()) {
        state_->setText(can_prove_
                            ? tr("Prove that this lab does what its drawing promises, packet by packet.")
                            : tr("Launch a lab to prove it."));
        return;
    }
    QString state =
        crosses() + not_seen() == 0
            ? tr("<span style='color:%1'>✓</span> %2 expectations, all of them hold")
                  .arg(colors.good.name())
                  .arg(list_.size())
            : tr("<span style='color:%1'>✓</span> %2 hold, <span style='color:%3'>✗</span> %4 do not")
                  .arg(colors.good.name())
                  .arg(ticks())
                  .arg(colors.error.name())
                  .arg(crosses());
    if (not_seen() > 0) {
        state += tr(", <span style='color:%1'>?</span> %2 could not be seen")
                     .arg(colors.warning.name())
                     .arg(not_seen());
    }
    state_->setText(state);
    struct Heading {
        QTreeWidgetItem* row = nullptr;
        int good = 0, not_seen = 0, all = 0;
    };
    std::map<QString, Heading> headings;
    QList<QTreeWidgetItem*> in_order;
    for (std::size_t i = 0; i < list_.size(); ++i) {
        const cli::Expectation& one = list_[i];
        const QString name = question_of(one);
        Heading& heading = headings[name];
        if (heading.row == nullptr) {
            heading.row = new QTreeWidgetItem({name});
            QFont bold = tree_->font();
            bold.setBold(true);
            heading.row->setFont(what_column, bold);
            in_order << heading.row;
        }
        heading.good += one.ok ? 1 : 0;
        heading.not_seen += one.could_not_see ? 1 : 0;
        ++heading.all;
        if (one.ok && crosses_only_->isChecked()) {
            continue;
        }
        add_row(heading.row, one, i);
    }
    for (const auto& [name, heading] : headings) {
        const Sign sign =
            sign_of(heading.good == heading.all, heading.good + heading.not_seen == heading.all, colors);
        heading.row->setText(expected_column, tr("%1 of %2 hold").arg(heading.good).arg(heading.all));
        heading.row->setText(what_column, QStringLiteral("%1  %2").arg(sign.text, name));
        heading.row->setForeground(what_column, sign.color);
    }
    if (crosses_only_->isChecked()) {
        in_order.removeIf([](QTreeWidgetItem* row) {
            const bool is_empty = row->childCount() == 0;
            if (is_empty) {
                delete row;
            }
            return is_empty;
        });
    }
    tree_->addTopLevelItems(in_order);
    open_trouble(in_order);
}

QString ProofPanel::question_of(const cli::Expectation& one) {
    const QString service = to_q(one.service);
    if (one.client.empty()) {
        return service;
    }
    return one.server.empty() ? tr("%1 asks %2").arg(to_q(one.client), service)
                              : tr("%1 asks %2, to %3").arg(to_q(one.client), service, to_q(one.server));
}

void ProofPanel::add_row(QTreeWidgetItem* heading, const cli::Expectation& one, std::size_t index) {
    const ThemeColors& colors = theme_->colors();
    const Sign sign = sign_of(one.ok, one.could_not_see, colors);
    auto* row = new QTreeWidgetItem(heading, {QStringLiteral("%1  %2").arg(sign.text, to_q(one.text)),
                                              to_q(one.expected), to_q(one.seen)});
    row->setForeground(what_column, sign.color);
    if (!one.ok) {
        row->setForeground(seen_column, sign.color);
    }
    row->setData(what_column, index_role, QVariant::fromValue(index));
    for (int column = 0; column < column_count; ++column) {
        row->setToolTip(column, tr("<b>%1</b><br>expected: %2<br>seen: %3")
                                    .arg(to_q(one.text).toHtmlEscaped(), to_q(one.expected).toHtmlEscaped(),
                                         to_q(one.seen).toHtmlEscaped()));
    }
}

// What does not hold is open; so is the only question.
void ProofPanel::open_trouble(const QList<QTreeWidgetItem*>& headings) {
    for (QTreeWidgetItem* heading : headings) {
        bool bad = headings.size() == 1;
        for (int i = 0; i < heading->childCount(); ++i) {
            bad = bad || !list_[heading->child(i)->data(what_column, index_role).value<std::size_t>()].ok;
        }
        heading->setExpanded(bad);
    }
}

void ProofPanel::point(const QTreeWidgetItem* row) {
    if (row == nullptr) {
        return;
    }
    const QTreeWidgetItem* told = row->childCount() > 0 ? row->child(0) : row;
    const QVariant index = told->data(what_column, index_role);
    if (index.isValid() && index.value<std::size_t>() < list_.size()) {
        cli::Expectation one = list_[index.value<std::size_t>()];
        if (told != row) {
            one.text.clear(); // a heading is about who asks whom, not about one leg's way
        }
        emit pointed_at(one);
    }
}

} // namespace fulcrum::window
