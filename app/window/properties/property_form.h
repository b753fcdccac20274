// A column of labelled fields over the drawing. A field is a pair of functions: one reads its value out of
// the document, one writes it into a copy and may refuse with the reason. What is refused is marked and not
// applied; what is taken becomes one undoable step. A field that is being typed in is left alone while the
// drawing changes.
#pragma once

#include <QVBoxLayout>
#include <QWidget>
#include <functional>
#include <optional>
#include <vector>

#include "app/window/properties/table_field.h"
#include "designer/canvas/document_editor.h"

namespace fulcrum::window {

class Theme;

struct Choice {
    QString value, label;
    QString hint;    // tooltip of the entry
    QString blocked; // why it cannot be chosen now, shown instead of the hint; empty: it can
};

// Why a field means nothing as the drawing is ("Switch HTTP aware on first"): it is shown grey, with the
// reason as its tooltip. Empty: it can be edited. A field whose value should not be there stays open, so that
// the value can be taken out.
using Blocked = std::function<QString(const designer::Document&)>;

struct TextField {
    QString label, undo_text;
    std::function<QString(const designer::Document&)> get;
    std::function<Refusal(designer::Document&, const QString&)> set;
    std::function<QString(const designer::Document&)>
        placeholder; // what holds while the field is empty; may be none
    QString hint;
    bool several_lines = false;
};

struct ChoiceField {
    QString label, undo_text;
    std::function<QList<Choice>(const designer::Document&)> choices;
    std::function<QString(const designer::Document&)> get;
    std::function<Refusal(designer::Document&, const QString&)> set;
    QString hint;
    Blocked blocked;
};

struct NumberField {
    QString label, undo_text;
    int least = 0, most = 0;
    std::function<int(const designer::Document&)> get;
    std::function<Refusal(designer::Document&, int)> set;
    QString suffix;     // unit, with its leading space
    QString least_text; // shown instead of the least value: "no limit"
    QString hint;
    Blocked blocked;
};

struct ToggleField {
    QString label, undo_text;
    std::function<bool(const designer::Document&)> get;
    std::function<Refusal(designer::Document&, bool)> set;
    QString hint;
    Blocked blocked;
};

struct ColorField {
    QString label, undo_text;
    std::function<QString(const designer::Document&)> get; // "#rrggbb", empty: by order
    std::function<Refusal(designer::Document&, const QString&)> set;
};

class PropertyForm : public QWidget {
    Q_OBJECT
public:
    PropertyForm(designer::DocumentEditor* editor, const Theme* theme, QWidget* parent = nullptr);

    // Building, top to bottom.
    void title(const QString& kind, const QIcon& icon);
    void heading(const QString& text);
    void add(TextField field);
    void add(ChoiceField field);
    void add(NumberField field);
    void add(ToggleField field);
    void add(ColorField field);
    void add(TableField field, const Blocked& blocked = {});
    void fact(const QString& label, std::function<QString(const designer::Document&)> get); // read only
    void paragraph(const QString& text);
    void button(const QString& text, const QString& hint, std::function<void()> pressed);

    designer::DocumentEditor* editor() const { return editor_; }
    const Theme* theme() const { return theme_; }
    void refresh(); // from the document

    // Runs `change` on a copy of the drawing; one undoable step when it is taken, else the reason.
    Refusal apply(const QString& undo_text, const std::function<Refusal(designer::Document&)>& change);

private:
    class Row;
    Row* add_row(const QString& label, QWidget* field, const QString& hint, bool label_above = false);
    void watch_blocked(Row* row, const Blocked& blocked); // after the field's own refresher

    designer::DocumentEditor* editor_;
    const Theme* theme_;
    QVBoxLayout* rows_;
    std::vector<std::function<void()>> refreshers_;
};

} // namespace fulcrum::window
