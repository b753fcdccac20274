#include "app/window/properties/table_field.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QStyledItemDelegate>
#include <QTableWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace fulcrum::window {

namespace {

constexpr int value_role = Qt::UserRole;
constexpr int most_visible_rows = 6;

// Edits a cell with a drop-down of (value, label) pairs and shows the words for an empty cell in grey.
class CellDelegate : public QStyledItemDelegate {
public:
    CellDelegate(const TableColumn& column, std::function<const designer::Document&()> document,
                 QObject* parent)
        : QStyledItemDelegate(parent), column_(column), document_(std::move(document)) {}

    QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option,
                          const QModelIndex& index) const override {
        if (column_.kind != TableColumn::Kind::choice) {
            return QStyledItemDelegate::createEditor(parent, option, index);
        }
        auto* box = new QComboBox(parent);
        for (const auto& [value, label] : column_.choices(document_())) {
            box->addItem(label, value);
        }
        connect(box, &QComboBox::activated, this, [this, box] {
            auto* self = const_cast<CellDelegate*>(this);
            emit self->commitData(box);
            emit self->closeEditor(box);
        });
        return box;
    }
    void setEditorData(QWidget* editor, const QModelIndex& index) const override {
        if (auto* box = qobject_cast<QComboBox*>(editor)) {
            box->setCurrentIndex(box->findData(index.data(value_role)));
            return;
        }
        QStyledItemDelegate::setEditorData(editor, index);
    }
    void setModelData(QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const override {
        if (const auto* box = qobject_cast<QComboBox*>(editor)) {
            if (box->currentIndex() >= 0 && box->currentData() != index.data(value_role)) {
                model->setItemData(index,
                                   {{value_role, box->currentData()}, {Qt::DisplayRole, box->currentText()}});
            }
            return;
        }
        QStyledItemDelegate::setModelData(editor, model, index);
    }
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override {
        QStyledItemDelegate::initStyleOption(option, index);
        if (column_.kind == TableColumn::Kind::text && option->text.isEmpty()) {
            option->text = column_.empty_text;
            option->palette.setColor(QPalette::Text, option->palette.color(QPalette::PlaceholderText));
        }
    }

private:
    TableColumn column_;
    std::function<const designer::Document&()> document_;
};

QToolButton* small_button(const QString& text, const QString& hint, QWidget* parent) {
    auto* button = new QToolButton(parent);
    button->setText(text);
    button->setToolTip(hint);
    button->setAccessibleName(hint);
    button->setAutoRaise(true);
    return button;
}

} // namespace

TableEditor::TableEditor(TableField field, std::function<Refusal(const std::vector<QStringList>&)> write,
                         std::function<const designer::Document&()> document, QWidget* parent)
    : QWidget(parent), field_(std::move(field)), write_(std::move(write)), document_(std::move(document)),
      table_(new QTableWidget(this)) {
    table_->setColumnCount(static_cast<int>(field_.columns.size()));
    QStringList titles;
    for (int column = 0; column < table_->columnCount(); ++column) {
        const TableColumn& described = field_.columns[column];
        titles << described.title;
        table_->setItemDelegateForColumn(column, new CellDelegate(described, document_, table_));
        table_->horizontalHeader()->setSectionResizeMode(
            column, described.stretch ? QHeaderView::Stretch : QHeaderView::ResizeToContents);
    }
    table_->setHorizontalHeaderLabels(titles);
    table_->horizontalHeader()->setHighlightSections(false);
    table_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table_->verticalHeader()->hide();
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::SelectedClicked |
                            QAbstractItemView::EditKeyPressed | QAbstractItemView::AnyKeyPressed);
    table_->setAccessibleName(field_.label);
    table_->setTabKeyNavigation(false);

    add_ = small_button(field_.add_text, field_.add_text, this);
    remove_ = small_button(tr("Remove"), tr("Remove the chosen row"), this);
    auto* buttons = new QHBoxLayout;
    buttons->setContentsMargins(0, 0, 0, 0);
    buttons->addWidget(add_);
    buttons->addWidget(remove_);
    if (field_.ordered) {
        up_ = small_button(QStringLiteral("↑"), tr("Move the row up"), this);
        down_ = small_button(QStringLiteral("↓"), tr("Move the row down"), this);
        buttons->addWidget(up_);
        buttons->addWidget(down_);
        connect(up_, &QToolButton::clicked, this, [this] { move(-1); });
        connect(down_, &QToolButton::clicked, this, [this] { move(1); });
    }
    buttons->addStretch();
    add_->setVisible(!field_.fixed_rows);
    remove_->setVisible(!field_.fixed_rows);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addWidget(table_);
    column->addLayout(buttons);

    connect(add_, &QToolButton::clicked, this, [this] {
        auto content = rows();
        content.push_back(field_.new_row(document_()));
        fill(content);
        table_->setCurrentCell(table_->rowCount() - 1, 0);
        put(content);
    });
    connect(remove_, &QToolButton::clicked, this, [this] {
        auto content = rows();
        const int row = table_->currentRow();
        if (row >= 0 && row < static_cast<int>(content.size())) {
            content.erase(content.begin() + row);
            put(content);
        }
    });
    connect(table_, &QTableWidget::cellChanged, this, [this] {
        if (!filling_) {
            put(rows());
        }
    });
    const auto enable = [this] {
        const int row = table_->currentRow();
        remove_->setEnabled(row >= 0);
        if (up_ != nullptr) {
            up_->setEnabled(row > 0);
            down_->setEnabled(row >= 0 && row + 1 < table_->rowCount());
        }
    };
    connect(table_, &QTableWidget::itemSelectionChanged, this, enable);
    enable();
    refresh();
}

void TableEditor::refresh() {
    if (has_refused_) {
        return;
    }
    const auto wanted = field_.get(document_());
    if (wanted != rows()) {
        fill(wanted);
    }
    fit_height();
}

std::vector<QStringList> TableEditor::rows() const {
    std::vector<QStringList> content;
    for (int row = 0; row < table_->rowCount(); ++row) {
        QStringList cells;
        for (int column = 0; column < table_->columnCount(); ++column) {
            const QTableWidgetItem* item = table_->item(row, column);
            switch (field_.columns[column].kind) {
            case TableColumn::Kind::toggle:
                cells << (item->checkState() == Qt::Checked ? "yes" : "");
                break;
            case TableColumn::Kind::choice:
                cells << item->data(value_role).toString();
                break;
            case TableColumn::Kind::text:
            case TableColumn::Kind::fact:
                cells << item->text().trimmed();
                break;
            }
        }
        content.push_back(cells);
    }
    return content;
}

void TableEditor::fill(const std::vector<QStringList>& content) {
    filling_ = true;
    const int current = table_->currentRow();
    table_->setRowCount(static_cast<int>(content.size()));
    for (int row = 0; row < table_->rowCount(); ++row) {
        for (int column = 0; column < table_->columnCount(); ++column) {
            const QString& value = content[static_cast<std::size_t>(row)].value(column);
            auto* item = new QTableWidgetItem;
            const TableColumn& described = field_.columns[column];
            if (described.kind == TableColumn::Kind::toggle) {
                item->setFlags((item->flags() | Qt::ItemIsUserCheckable) & ~Qt::ItemIsEditable);
                item->setCheckState(value == "yes" ? Qt::Checked : Qt::Unchecked);
            } else if (described.kind == TableColumn::Kind::choice) {
                item->setData(value_role, value);
                item->setText(value);
                for (const auto& [known, label] : described.choices(document_())) {
                    if (known == value) {
                        item->setText(label);
                    }
                }
            } else {
                item->setText(value);
                if (described.kind == TableColumn::Kind::fact) {
                    item->setFlags(item->flags() & ~Qt::ItemIsEditable);
                }
            }
            item->setToolTip(item->text());
            table_->setItem(row, column, item);
        }
    }
    if (current >= 0 && current < table_->rowCount()) {
        table_->setCurrentCell(current, 0);
    }
    filling_ = false;
    fit_height();
}

void TableEditor::put(const std::vector<QStringList>& content) {
    const Refusal refusal = write_(content);
    has_refused_ = refusal.has_value();
    emit refused(refusal.value_or(QString()));
    refresh();
}

void TableEditor::move(int by) {
    auto content = rows();
    const int row = table_->currentRow();
    const int target = row + by;
    if (row < 0 || target < 0 || target >= static_cast<int>(content.size())) {
        return;
    }
    std::swap(content[static_cast<std::size_t>(row)], content[static_cast<std::size_t>(target)]);
    table_->setCurrentCell(target, 0);
    put(content);
}

void TableEditor::fit_height() {
    const int shown = std::min(table_->rowCount(), most_visible_rows);
    int height = table_->horizontalHeader()->sizeHint().height() + 2 * table_->frameWidth();
    for (int row = 0; row < shown; ++row) {
        height += table_->rowHeight(row);
    }
    table_->setFixedHeight(height + (table_->rowCount() == 0 ? 6 : 0));
}

} // namespace fulcrum::window
