// The colour rules of the packet list: their order, filters and colours.
#pragma once

#include <QDialog>

#include "app/window/inspector/color_rules.h"

class QTableWidget;
class QTableWidgetItem;

namespace fulcrum::window {

class Theme;

class ColorRulesDialog : public QDialog {
    Q_OBJECT
public:
    ColorRulesDialog(QList<ColorRule> rules, const Theme* theme, QWidget* parent);

    QList<ColorRule> rules() const;

signals:
    void applied(const QList<ColorRule>& rules); // while the dialog stays open, and at its end

private:
    void show_rules(const QList<ColorRule>& rules);
    void put(int row, const ColorRule& rule);
    ColorRule rule_at(int row) const;
    void check(QTableWidgetItem* item);
    void choose_color(int row);
    void move(int by);

    const Theme* theme_;
    QTableWidget* table_;
};

} // namespace fulcrum::window
