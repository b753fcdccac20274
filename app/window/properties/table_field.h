// A small table inside a form: routes, pool members, ports, programs. Rows can be added, removed and moved;
// every change is written as a whole and may be refused with the reason.
#pragma once

#include <QStringList>
#include <QWidget>
#include <functional>
#include <optional>
#include <vector>

#include "designer/document/document.h"

class QLabel;
class QTableWidget;
class QToolButton;

namespace fulcrum::window {

using Refusal = std::optional<QString>; // why a value is not taken; none: it is

struct TableColumn {
    enum class Kind { text, choice, toggle, fact }; // fact: shown, not edited
    QString title;
    Kind kind = Kind::text;
    // choice: (value, label) pairs
    std::function<QList<std::pair<QString, QString>>(const designer::Document&)> choices;
    QString empty_text; // text: shown grey while the cell is empty ("auto")
    bool stretch = false;
};

struct TableField {
    QString label, undo_text, add_text;
    QList<TableColumn> columns; // toggle cells hold "yes" or ""
    std::function<std::vector<QStringList>(const designer::Document&)> get;
    std::function<Refusal(designer::Document&, const std::vector<QStringList>&)> set;
    std::function<QStringList(const designer::Document&)> new_row;
    bool ordered = false;    // the order means something: rows can be moved
    bool fixed_rows = false; // nothing is added or removed
    QString hint;
};

class TableEditor : public QWidget {
    Q_OBJECT
public:
    // `write` carries a whole new content out and answers as TableField::set does.
    TableEditor(TableField field, std::function<Refusal(const std::vector<QStringList>&)> write,
                std::function<const designer::Document&()> document, QWidget* parent = nullptr);

    void refresh();

signals:
    void refused(const QString& why); // empty: taken

private:
    std::vector<QStringList> rows() const;
    void fill(const std::vector<QStringList>& rows);
    void put(const std::vector<QStringList>& rows);
    void move(int by);
    void fit_height();

    TableField field_;
    std::function<Refusal(const std::vector<QStringList>&)> write_;
    std::function<const designer::Document&()> document_;
    QTableWidget* table_;
    QToolButton *add_, *remove_, *up_ = nullptr, *down_ = nullptr;
    bool filling_ = false;
    bool has_refused_ = false; // keep what was typed until it is mended or the item is left
};

} // namespace fulcrum::window
