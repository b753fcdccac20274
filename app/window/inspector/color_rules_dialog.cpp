#include "app/window/inspector/color_rules_dialog.h"

#include <QColorDialog>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

#include "app/window/qt_text.h"
#include "app/window/theme.h"
#include "designer/canvas/palette.h"

namespace fulcrum::window {

namespace {
enum Column { name_column, filter_column, color_column, strong_column, column_count };
}

ColorRulesDialog::ColorRulesDialog(QList<ColorRule> rules, const Theme* theme, QWidget* parent)
    : QDialog(parent), theme_(theme), table_(new QTableWidget(0, column_count, this)) {
    setObjectName("color_rules");
    setWindowTitle(tr("Colour rules"));
    auto* words = new QLabel(tr("The first rule whose filter takes a packet gives its row the colour. "
                                "Double click to change a cell."),
                             this);
    words->setWordWrap(true);
    table_->setHorizontalHeaderLabels({tr("Rule"), tr("Display filter"), tr("Colour"), tr("Strong")});
    table_->verticalHeader()->hide();
    table_->verticalHeader()->setDefaultSectionSize(table_->fontMetrics().height() + 8);
    table_->horizontalHeader()->setSectionResizeMode(filter_column, QHeaderView::Stretch);
    table_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table_->setColumnWidth(name_column, 240);
    table_->setColumnWidth(color_column, 90);
    table_->setColumnWidth(strong_column, 70);
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setSelectionMode(QAbstractItemView::SingleSelection);
    table_->setShowGrid(false);

    auto* add = new QPushButton(tr("&Add"), this);
    auto* remove = new QPushButton(tr("&Remove"), this);
    auto* up = new QPushButton(tr("Move &up"), this);
    auto* down = new QPushButton(tr("Move &down"), this);
    auto* reset = new QPushButton(tr("De&faults"), this);
    auto* side = new QVBoxLayout;
    for (QPushButton* button : {add, remove, up, down}) {
        button->setAutoDefault(false);
        side->addWidget(button);
    }
    side->addStretch(1);
    side->addWidget(reset);
    reset->setAutoDefault(false);
    auto* middle = new QHBoxLayout;
    middle->addWidget(table_, 1);
    middle->addLayout(side);
    auto* buttons =
        new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Apply | QDialogButtonBox::Cancel, this);
    auto* column = new QVBoxLayout(this);
    column->addWidget(words);
    column->addLayout(middle, 1);
    column->addWidget(buttons);
    resize(860, 480);

    connect(add, &QPushButton::clicked, this, [this] {
        const int row = std::max(0, table_->currentRow());
        table_->insertRow(row);
        put(row, {tr("New rule"), "tcp.port == 80", "#3c8fc4"});
        table_->setCurrentCell(row, filter_column);
        table_->editItem(table_->item(row, filter_column));
    });
    connect(remove, &QPushButton::clicked, this, [this] { table_->removeRow(table_->currentRow()); });
    connect(up, &QPushButton::clicked, this, [this] { move(-1); });
    connect(down, &QPushButton::clicked, this, [this] { move(1); });
    connect(reset, &QPushButton::clicked, this, [this] { show_rules(ColorRules::defaults()); });
    connect(table_, &QTableWidget::itemChanged, this, &ColorRulesDialog::check);
    connect(table_, &QTableWidget::cellDoubleClicked, this, [this](int row, int clicked) {
        if (clicked == color_column) {
            choose_color(row);
        }
    });
    connect(buttons->button(QDialogButtonBox::Apply), &QPushButton::clicked, this,
            [this] { emit applied(this->rules()); });
    connect(buttons, &QDialogButtonBox::accepted, this, [this] {
        emit applied(this->rules());
        accept();
    });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    show_rules(rules);
}

void ColorRulesDialog::show_rules(const QList<ColorRule>& rules) {
    table_->setRowCount(static_cast<int>(rules.size()));
    for (int row = 0; row < rules.size(); ++row) {
        put(row, rules[row]);
    }
    table_->setCurrentCell(0, name_column);
}

void ColorRulesDialog::put(int row, const ColorRule& rule) {
    auto* name = new QTableWidgetItem(rule.name);
    name->setCheckState(rule.enabled ? Qt::Checked : Qt::Unchecked);
    auto* color = new QTableWidgetItem;
    color->setBackground(rule.color);
    color->setText(rule.color.name());
    color->setForeground(designer::ink_on(rule.color));
    color->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
    auto* strong = new QTableWidgetItem;
    strong->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
    strong->setCheckState(rule.strong ? Qt::Checked : Qt::Unchecked);
    table_->setItem(row, name_column, name);
    table_->setItem(row, filter_column, new QTableWidgetItem(rule.filter));
    table_->setItem(row, color_column, color);
    table_->setItem(row, strong_column, strong);
}

ColorRule ColorRulesDialog::rule_at(int row) const {
    return {table_->item(row, name_column)->text(), table_->item(row, filter_column)->text(),
            QColor(table_->item(row, color_column)->text()),
            table_->item(row, strong_column)->checkState() == Qt::Checked,
            table_->item(row, name_column)->checkState() == Qt::Checked};
}

QList<ColorRule> ColorRulesDialog::rules() const {
    QList<ColorRule> rules;
    for (int row = 0; row < table_->rowCount(); ++row) {
        rules.append(rule_at(row));
    }
    return rules;
}

// A filter that is wrong is red and says why.
void ColorRulesDialog::check(QTableWidgetItem* item) {
    if (item->column() != filter_column) {
        return;
    }
    const QSignalBlocker quiet(table_);
    const auto filter = capture::DisplayFilter::compile(to_std(item->text()));
    item->setData(Qt::ForegroundRole, filter ? QVariant() : QVariant(theme_->colors().error));
    item->setToolTip(filter ? QString() : to_q(filter.error().message));
}

void ColorRulesDialog::choose_color(int row) {
    ColorRule rule = rule_at(row);
    const QColor chosen = QColorDialog::getColor(rule.color, this, tr("Colour of “%1”").arg(rule.name));
    if (chosen.isValid()) {
        rule.color = chosen;
        put(row, rule);
    }
}

void ColorRulesDialog::move(int by) {
    const int row = table_->currentRow();
    const int other = row + by;
    if (row < 0 || other < 0 || other >= table_->rowCount()) {
        return;
    }
    const ColorRule here = rule_at(row), there = rule_at(other);
    put(row, there);
    put(other, here);
    table_->setCurrentCell(other, table_->currentColumn());
}

} // namespace fulcrum::window
