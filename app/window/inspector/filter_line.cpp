#include "app/window/inspector/filter_line.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QRegularExpression>
#include <QSettings>
#include <QStringListModel>
#include <QToolButton>

#include "app/window/qt_text.h"
#include "app/window/theme.h"
#include "designer/canvas/icons.h"
#include "designer/canvas/palette.h"

namespace fulcrum::window {

namespace {

constexpr auto history_key = "inspector/filters";

QStringList field_names() {
    QStringList names;
    for (const capture::Field* field : capture::all_fields()) {
        names << to_q(field->name);
    }
    return names;
}

bool is_of_word(QChar c) {
    return c.isLetterOrNumber() || c == u'_' || c == u'.';
}

// Where the word at the cursor begins.
int word_begin(const QString& text, int cursor) {
    while (cursor > 0 && is_of_word(text[cursor - 1])) {
        --cursor;
    }
    return cursor;
}

// Positions of the compiler are bytes; the line counts UTF-16.
int characters_of(const std::string& text, std::size_t bytes) {
    return static_cast<int>(
        QString::fromUtf8(text.data(), static_cast<qsizetype>(std::min(bytes, text.size()))).size());
}

QString in_brackets(const QString& filter) {
    static const QRegularExpression several("\\b(and|or|not)\\b|&&|\\|\\||!");
    return filter.contains(several) ? '(' + filter + ')' : filter;
}

} // namespace

QString joined_filter(const QString& present, const QString& more, FilterJoin how) {
    const QString before = present.trimmed();
    switch (how) {
    case FilterJoin::replace:
        return more;
    case FilterJoin::exclude:
        return QStringLiteral("not (%1)").arg(more);
    case FilterJoin::and_also:
        return before.isEmpty() ? more : in_brackets(before) + " and " + in_brackets(more);
    case FilterJoin::or_also:
        return before.isEmpty() ? more : in_brackets(before) + " or " + in_brackets(more);
    case FilterJoin::and_not:
        return before.isEmpty() ? QStringLiteral("not (%1)").arg(more)
                                : QStringLiteral("%1 and not (%2)").arg(in_brackets(before), more);
    }
    return more;
}

FilterLine::FilterLine(const Theme* theme, QWidget* parent)
    : QWidget(parent), theme_(theme), line_(new QLineEdit(this)), error_(new QLabel(this)),
      apply_(new QToolButton(this)), clear_(new QToolButton(this)), history_(new QToolButton(this)),
      completer_(new QCompleter(field_names(), this)) {
    line_->setObjectName("display_filter");
    line_->setPlaceholderText(tr("Display filter, for example  http.request and ip.addr == 10.1.1.0/24"));
    line_->setAccessibleName(tr("Display filter"));
    line_->setMaxLength(20'000);
    line_->installEventFilter(this);
    completer_->setWidget(line_);
    completer_->setCaseSensitivity(Qt::CaseInsensitive);
    completer_->setMaxVisibleItems(12);
    apply_->setText(tr("Apply"));
    apply_->setToolTip(tr("Show the packets that the filter takes (Return)"));
    clear_->setText(tr("Clear"));
    clear_->setToolTip(tr("Show all packets"));
    history_->setText(QStringLiteral("▾"));
    history_->setToolTip(tr("Filters used before (Down)"));
    history_->setAccessibleName(history_->toolTip());
    for (QToolButton* button : {history_, apply_, clear_}) {
        button->setAutoRaise(true);
        button->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Expanding);
    }
    error_->setObjectName("filter_error");
    error_->setTextFormat(Qt::PlainText);
    error_->hide();

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(6, 5, 6, 5);
    column->setSpacing(3);
    auto* row = new QHBoxLayout;
    row->setSpacing(2);
    row->addWidget(line_, 1);
    row->addWidget(history_);
    row->addWidget(apply_);
    row->addWidget(clear_);
    column->addLayout(row);
    column->addWidget(error_);

    connect(line_, &QLineEdit::textChanged, this, [this] {
        check();
        dress();
    });
    connect(line_, &QLineEdit::textEdited, this, &FilterLine::complete);
    connect(line_, &QLineEdit::returnPressed, this, &FilterLine::apply);
    connect(apply_, &QToolButton::clicked, this, &FilterLine::apply);
    connect(clear_, &QToolButton::clicked, this, &FilterLine::clear);
    connect(history_, &QToolButton::clicked, this, &FilterLine::show_history);
    connect(completer_, qOverload<const QString&>(&QCompleter::activated), this,
            &FilterLine::insert_completion);
    connect(theme_, &Theme::changed, this, &FilterLine::dress);
    dress();
}

QString FilterLine::text() const {
    return line_->text();
}

void FilterLine::set_text(const QString& text) {
    line_->setText(text);
}

void FilterLine::focus() {
    line_->setFocus(Qt::ShortcutFocusReason);
    line_->selectAll();
}

QString FilterLine::error() const {
    return state_ == State::wrong ? error_->text() : QString();
}

std::optional<capture::DisplayFilter> FilterLine::check() {
    const std::string text = to_std(line_->text());
    auto filter = capture::DisplayFilter::compile(text);
    if (!filter) {
        const capture::FilterError& error = filter.error();
        state_ = State::wrong;
        wrong_begin_ = characters_of(text, error.position);
        wrong_length_ = characters_of(text, error.position + error.length) - wrong_begin_;
        error_->setText(tr("At character %1: %2").arg(wrong_begin_ + 1).arg(to_q(error.message)));
        return std::nullopt;
    }
    state_ = line_->text().trimmed().isEmpty() ? State::empty : State::good;
    error_->hide();
    return std::move(*filter);
}

void FilterLine::apply() {
    if (completer_->popup()->isVisible()) {
        completer_->popup()->hide();
    }
    const auto filter = check();
    dress();
    if (!filter) {
        error_->show();
        line_->setFocus();
        line_->setSelection(wrong_begin_, wrong_length_);
        return;
    }
    applied_text_ = line_->text();
    if (state_ == State::good) {
        remember(line_->text().trimmed());
    }
    dress();
    emit applied(*filter);
}

void FilterLine::clear() {
    line_->clear();
    apply();
}

void FilterLine::complete() {
    const QString text = line_->text();
    const int cursor = line_->cursorPosition();
    const QString word = text.mid(word_begin(text, cursor), cursor - word_begin(text, cursor));
    const bool in_text = text.left(cursor).count('"') % 2 == 1;
    if (word.size() < 2 || in_text || word[0].isDigit()) {
        completer_->popup()->hide();
        return;
    }
    completer_->setCompletionPrefix(word);
    const bool nothing_to_add =
        completer_->completionCount() == 0 ||
        (completer_->completionCount() == 1 && completer_->currentCompletion() == word);
    if (nothing_to_add) {
        completer_->popup()->hide();
        return;
    }
    // Below the word, as far as the line does not scroll.
    const int x = line_->fontMetrics().horizontalAdvance(text.left(word_begin(text, cursor)));
    const int width = std::max(260, completer_->popup()->sizeHintForColumn(0) + 40);
    const QRect place(std::clamp(x, 0, std::max(0, line_->width() - width)), 0, width, line_->height());
    completer_->complete(place);
}

void FilterLine::insert_completion(const QString& field) {
    QString text = line_->text();
    const int cursor = line_->cursorPosition();
    const int begin = word_begin(text, cursor);
    text.replace(begin, cursor - begin, field);
    line_->setText(text);
    line_->setCursorPosition(begin + static_cast<int>(field.size()));
}

bool FilterLine::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Escape) {
            line_->setText(applied_text_);
            error_->hide();
            emit left();
            return true;
        }
        if (key == Qt::Key_Down) {
            show_history();
            return true;
        }
    }
    if (event->type() == QEvent::FocusOut && state_ == State::wrong) {
        error_->show();
    }
    return QWidget::eventFilter(watched, event);
}

void FilterLine::dress() {
    const ThemeColors& colors = theme_->colors();
    const QColor edge = state_ == State::wrong  ? colors.error
                        : state_ == State::good ? colors.good
                                                : colors.line;
    const QColor ground =
        state_ == State::empty ? colors.surface : designer::mixed(colors.surface, edge, 0.16);
    line_->setStyleSheet(QStringLiteral("#display_filter { background: %1; color: %2; border: 1px solid %3; "
                                        "border-radius: 4px; padding: 4px 6px; }"
                                        "#display_filter:focus { border: 1px solid %4; }")
                             .arg(ground.name(), colors.text.name(), edge.name(),
                                  state_ == State::empty ? colors.accent.name() : edge.name()));
    error_->setStyleSheet(QStringLiteral("color: %1; padding-left: 4px;").arg(colors.error.name()));
    apply_->setEnabled(state_ != State::wrong && line_->text() != applied_text_);
    clear_->setEnabled(!line_->text().isEmpty() || !applied_text_.isEmpty());
}

QStringList FilterLine::history() {
    return QSettings().value(history_key).toStringList();
}

void FilterLine::remember(const QString& text) {
    QStringList filters = history();
    filters.removeAll(text);
    filters.prepend(text);
    QSettings().setValue(history_key, QVariant(filters.mid(0, kept)));
}

void FilterLine::show_history() {
    QMenu menu(this);
    for (const QString& filter : history()) {
        QString shown = filter;
        menu.addAction(shown.replace('&', "&&"), this, [this, filter] {
            line_->setText(filter);
            apply();
        });
    }
    if (menu.isEmpty()) {
        menu.addAction(tr("No filter was used yet"))->setEnabled(false);
    }
    menu.exec(line_->mapToGlobal(QPoint(0, line_->height())));
}

} // namespace fulcrum::window
