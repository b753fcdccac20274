// The line that takes a display filter: names of fields complete themselves, the ground says while typing
// whether the filter can be used, and a wrong one is explained below with the place.
#pragma once

#include <QStringList>
#include <QWidget>
#include <optional>

#include "capture/filter/display_filter.h"

class QCompleter;
class QLabel;
class QLineEdit;
class QToolButton;

namespace fulcrum::window {

class Theme;

// How a filter from a field is put together with the one that is there.
enum class FilterJoin { replace, exclude, and_also, or_also, and_not };
QString joined_filter(const QString& present, const QString& more, FilterJoin how);

class FilterLine : public QWidget {
    Q_OBJECT
public:
    static constexpr int kept = 30; // filters remembered, newest first, in the settings

    explicit FilterLine(const Theme* theme, QWidget* parent = nullptr);

    QString text() const;
    void set_text(const QString& text); // does not apply it
    void apply();                       // the text as it is; a wrong one is pointed at
    void clear();                       // and applies that
    void focus();
    QString error() const; // what is told below; empty: nothing is wrong
    static QStringList history();
    QLineEdit* line() const { return line_; }

signals:
    void applied(const capture::DisplayFilter& filter);
    void left(); // Escape

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    std::optional<capture::DisplayFilter> check();
    void complete();
    void insert_completion(const QString& field);
    void dress();
    void show_history();
    static void remember(const QString& text);

    const Theme* theme_;
    QLineEdit* line_;
    QLabel* error_;
    QToolButton *apply_, *clear_, *history_;
    QCompleter* completer_;
    enum class State { empty, good, wrong } state_ = State::empty;
    QString applied_text_;
    int wrong_begin_ = 0, wrong_length_ = 0; // in characters
};

} // namespace fulcrum::window
