#include "app/window/properties/property_form.h"

#include <QCheckBox>
#include <QColorDialog>
#include <QComboBox>
#include <QGridLayout>
#include <QIcon>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPointer>
#include <QPushButton>
#include <QSpinBox>
#include <QStandardItemModel>
#include <QToolButton>

#include "app/window/theme.h"

namespace fulcrum::window {

using designer::Document;

namespace {

constexpr int label_width = 92;

// Scrolling the panel must not change a value the pointer happens to rest on.
template <class Box>
class CalmBox : public Box {
public:
    using Box::Box;

protected:
    void wheelEvent(QWheelEvent* event) override { event->ignore(); }
};

// A text field of several lines that tells when it is left.
class NoteEdit : public QPlainTextEdit {
public:
    using QPlainTextEdit::QPlainTextEdit;
    std::function<void()> left;

protected:
    void focusOutEvent(QFocusEvent* event) override {
        QPlainTextEdit::focusOutEvent(event);
        if (left) {
            left();
        }
    }
};

} // namespace

// Label, field and, below the field, the reason why the last value was refused.
class PropertyForm::Row : public QWidget {
public:
    Row(const QString& label, QWidget* field, const QString& hint, bool label_above, const Theme* theme,
        QWidget* parent)
        : QWidget(parent), field_(field), reason_(new QLabel(this)), hint_(hint), theme_(theme) {
        auto* grid = new QGridLayout(this);
        grid->setContentsMargins(0, 0, 0, 0);
        grid->setHorizontalSpacing(8);
        grid->setVerticalSpacing(2);
        int field_row = 0;
        int field_column = 0;
        if (!label.isEmpty()) {
            auto* name = new QLabel(label, this);
            name->setBuddy(field);
            name->setToolTip(hint);
            name->setWordWrap(!label_above);
            if (label_above) {
                grid->addWidget(name, 0, 0);
                field_row = 1;
            } else {
                name->setFixedWidth(label_width);
                grid->addWidget(name, 0, 0, Qt::AlignVCenter);
                field_column = 1;
            }
        }
        grid->addWidget(field, field_row, field_column);
        grid->addWidget(reason_, field_row + 1, field_column);
        grid->setColumnStretch(field_column, 1);
        field->setToolTip(hint);
        if (field->accessibleName().isEmpty()) {
            field->setAccessibleName(label);
        }
        reason_->setWordWrap(true);
        reason_->hide();
    }

    void show_refusal(const Refusal& refusal) {
        reason_->setVisible(refusal.has_value());
        reason_->setText(refusal.value_or(QString()));
        const QString red = theme_->colors().error.name();
        reason_->setStyleSheet(QStringLiteral("color: %1;").arg(red));
        field_->setProperty("refused", refusal.has_value());
        const char* type = qobject_cast<QLineEdit*>(field_) != nullptr ? "QLineEdit" : nullptr;
        if (type != nullptr) {
            field_->setStyleSheet(
                refusal ? QStringLiteral("%1 { border: 1px solid %2; border-radius: 2px; }").arg(type, red)
                        : QString());
        }
    }
    bool has_refused() const { return reason_->isVisibleTo(this); }

    // The tooltip goes to everything in the row: a grey field is asked why by pointing anywhere at it.
    void show_blocked(const QString& why) {
        setEnabled(why.isEmpty());
        const QString tip = why.isEmpty() ? hint_ : why;
        for (QLabel* label : findChildren<QLabel*>(Qt::FindDirectChildrenOnly)) {
            label->setToolTip(tip);
        }
        field_->setToolTip(tip);
        setToolTip(why);
    }

private:
    QWidget* field_;
    QLabel* reason_;
    QString hint_;
    const Theme* theme_;
};

PropertyForm::PropertyForm(designer::DocumentEditor* editor, const Theme* theme, QWidget* parent)
    : QWidget(parent), editor_(editor), theme_(theme), rows_(new QVBoxLayout(this)) {
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum); // room that is left stays below
    rows_->setContentsMargins(10, 8, 10, 10);
    rows_->setSpacing(6);
}

void PropertyForm::refresh() {
    for (const auto& refresher : refreshers_) {
        refresher();
    }
}

Refusal PropertyForm::apply(const QString& undo_text, const std::function<Refusal(Document&)>& change) {
    Document next = editor_->document();
    if (Refusal refusal = change(next)) {
        return refusal;
    }
    editor_->edit(next, undo_text);
    return std::nullopt;
}

PropertyForm::Row* PropertyForm::add_row(const QString& label, QWidget* field, const QString& hint,
                                         bool label_above) {
    auto* row = new Row(label, field, hint, label_above, theme_, this);
    rows_->addWidget(row);
    return row;
}

void PropertyForm::watch_blocked(Row* row, const Blocked& blocked) {
    if (blocked) {
        refreshers_.push_back([this, row, blocked] { row->show_blocked(blocked(editor_->document())); });
        refreshers_.back()();
    }
}

void PropertyForm::title(const QString& kind, const QIcon& icon) {
    auto* line = new QHBoxLayout;
    auto* picture = new QLabel(this);
    picture->setPixmap(icon.pixmap(28, 28));
    auto* text = new QLabel(QStringLiteral("<b>%1</b>").arg(kind.toHtmlEscaped()), this);
    line->addWidget(picture);
    line->addWidget(text, 1);
    rows_->addLayout(line);
}

void PropertyForm::heading(const QString& text) {
    auto* label = new QLabel(text, this);
    QFont font = label->font();
    font.setBold(true);
    label->setFont(font);
    label->setContentsMargins(0, 8, 0, 0);
    rows_->addWidget(label);
}

void PropertyForm::paragraph(const QString& text) {
    auto* label = new QLabel(text, this);
    label->setWordWrap(true);
    label->setForegroundRole(QPalette::PlaceholderText);
    rows_->addWidget(label);
}

void PropertyForm::fact(const QString& label, std::function<QString(const Document&)> get) {
    auto* value = new QLabel(this);
    value->setWordWrap(true);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    add_row(label, value, {});
    refreshers_.push_back([this, value, get] { value->setText(get(editor_->document())); });
    refreshers_.back()();
}

void PropertyForm::button(const QString& text, const QString& hint, std::function<void()> pressed) {
    auto* made = new QPushButton(text, this);
    made->setToolTip(hint);
    connect(made, &QPushButton::clicked, this, std::move(pressed));
    rows_->addWidget(made);
}

void PropertyForm::add(TextField field) {
    if (field.several_lines) {
        auto* edit = new NoteEdit(this);
        edit->setTabChangesFocus(true);
        edit->setFixedHeight(64);
        Row* row = add_row(field.label, edit, field.hint, true);
        edit->left = [this, row, edit, field] {
            if (edit->toPlainText() != field.get(editor_->document())) {
                row->show_refusal(apply(
                    field.undo_text, [&](Document& next) { return field.set(next, edit->toPlainText()); }));
            }
        };
        refreshers_.push_back([this, edit, field] {
            const QString wanted = field.get(editor_->document());
            if (!edit->hasFocus() && edit->toPlainText() != wanted) {
                edit->setPlainText(wanted);
            }
        });
        refreshers_.back()();
        return;
    }

    auto* edit = new QLineEdit(this);
    Row* row = add_row(field.label, edit, field.hint);
    // While typing: say at once what is wrong, apply nothing.
    connect(edit, &QLineEdit::textEdited, this, [this, row, field](const QString& text) {
        Document trial = editor_->document();
        row->show_refusal(field.set(trial, text.trimmed()));
    });
    connect(edit, &QLineEdit::editingFinished, this, [this, row, edit, field] {
        const QString text = edit->text().trimmed();
        if (text == field.get(editor_->document())) {
            row->show_refusal(std::nullopt);
            return;
        }
        const QPointer<Row> still_there = row; // applying may rebuild the panel
        const Refusal refusal = apply(field.undo_text, [&](Document& next) { return field.set(next, text); });
        if (still_there) {
            row->show_refusal(refusal);
            edit->setModified(refusal.has_value());
        }
    });
    refreshers_.push_back([this, row, edit, field] {
        const Document& document = editor_->document();
        if (field.placeholder) {
            edit->setPlaceholderText(field.placeholder(document));
        }
        const QString wanted = field.get(document);
        if (!(edit->hasFocus() && edit->isModified()) && !row->has_refused() && edit->text() != wanted) {
            edit->setText(wanted);
        }
    });
    refreshers_.back()();
}

void PropertyForm::add(ChoiceField field) {
    auto* box = new CalmBox<QComboBox>(this);
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(8);
    Row* row = add_row(field.label, box, field.hint);
    connect(box, &QComboBox::activated, this, [this, row, box, field](int index) {
        const QString value = box->itemData(index).toString();
        if (value == field.get(editor_->document())) {
            return;
        }
        const QPointer<Row> still_there = row;
        const Refusal refusal =
            apply(field.undo_text, [&](Document& next) { return field.set(next, value); });
        if (still_there) {
            row->show_refusal(refusal);
            box->setCurrentIndex(box->findData(field.get(editor_->document())));
        }
    });
    refreshers_.push_back([this, box, field] {
        const Document& document = editor_->document();
        const QList<Choice> choices = field.choices(document);
        box->clear();
        for (const Choice& choice : choices) {
            box->addItem(choice.label, choice.value);
            const int last = box->count() - 1;
            box->setItemData(last, choice.blocked.isEmpty() ? choice.hint : choice.blocked, Qt::ToolTipRole);
            if (auto* entries = qobject_cast<QStandardItemModel*>(box->model())) {
                entries->item(last)->setEnabled(choice.blocked.isEmpty());
            }
        }
        box->setCurrentIndex(box->findData(field.get(document)));
    });
    refreshers_.back()();
    watch_blocked(row, field.blocked);
}

void PropertyForm::add(NumberField field) {
    auto* box = new CalmBox<QSpinBox>(this);
    box->setRange(field.least, field.most);
    box->setSuffix(field.suffix);
    box->setSpecialValueText(field.least_text);
    box->setKeyboardTracking(false);
    box->setFocusPolicy(Qt::StrongFocus);
    Row* row = add_row(field.label, box, field.hint);
    connect(box, &QSpinBox::valueChanged, this, [this, row, field](int value) {
        if (value == field.get(editor_->document())) {
            return;
        }
        const QPointer<Row> still_there = row;
        const Refusal refusal =
            apply(field.undo_text, [&](Document& next) { return field.set(next, value); });
        if (still_there) {
            row->show_refusal(refusal);
        }
    });
    refreshers_.push_back([this, box, field] {
        const QSignalBlocker quiet(box);
        box->setValue(field.get(editor_->document()));
    });
    refreshers_.back()();
    watch_blocked(row, field.blocked);
}

void PropertyForm::add(ToggleField field) {
    auto* box = new QCheckBox(field.label, this);
    Row* row = add_row({}, box, field.hint);
    connect(box, &QCheckBox::clicked, this, [this, row, box, field](bool on) {
        const QPointer<Row> still_there = row;
        const Refusal refusal = apply(field.undo_text, [&](Document& next) { return field.set(next, on); });
        if (still_there) {
            row->show_refusal(refusal);
            box->setChecked(field.get(editor_->document()));
        }
    });
    refreshers_.push_back([this, box, field] {
        const QSignalBlocker quiet(box);
        box->setChecked(field.get(editor_->document()));
    });
    refreshers_.back()();
    watch_blocked(row, field.blocked);
}

void PropertyForm::add(ColorField field) {
    auto* holder = new QWidget(this);
    auto* line = new QHBoxLayout(holder);
    line->setContentsMargins(0, 0, 0, 0);
    auto* choose = new QToolButton(holder);
    choose->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    choose->setAccessibleName(field.label);
    auto* by_order = new QToolButton(holder);
    by_order->setText(tr("By order"));
    by_order->setToolTip(tr("Take the next colour of the built-in series"));
    line->addWidget(choose);
    line->addWidget(by_order);
    line->addStretch();
    add_row(field.label, holder, {});
    const auto put = [this, field](const QString& color) {
        apply(field.undo_text, [&](Document& next) { return field.set(next, color); });
    };
    connect(choose, &QToolButton::clicked, this, [this, put, field] {
        const QColor chosen =
            QColorDialog::getColor(QColor(field.get(editor_->document())), window(), field.label);
        if (chosen.isValid()) {
            put(chosen.name());
        }
    });
    connect(by_order, &QToolButton::clicked, this, [put] { put({}); });
    refreshers_.push_back([this, choose, by_order, field] {
        const QString color = field.get(editor_->document());
        QPixmap swatch(16, 16);
        swatch.fill(color.isEmpty() ? QColor(Qt::transparent) : QColor(color));
        choose->setIcon(swatch);
        choose->setText(color.isEmpty() ? tr("By order") : color);
        by_order->setVisible(!color.isEmpty());
    });
    refreshers_.back()();
}

void PropertyForm::add(TableField field, const Blocked& blocked) {
    auto* table = new TableEditor(
        field,
        [this, field](const std::vector<QStringList>& rows) {
            return apply(field.undo_text, [&](Document& next) { return field.set(next, rows); });
        },
        [this]() -> const Document& { return editor_->document(); }, this);
    Row* row = add_row(field.label, table, field.hint, true);
    connect(table, &TableEditor::refused, this,
            [row](const QString& why) { row->show_refusal(why.isEmpty() ? Refusal() : Refusal(why)); });
    refreshers_.push_back([table] { table->refresh(); });
    watch_blocked(row, blocked);
}

} // namespace fulcrum::window
