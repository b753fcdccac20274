// The list of what will not work, why, and what to do. A row points at its items; some mend themselves.
#pragma once

#include <QTreeWidget>
#include <QWidget>
#include <vector>

#include "app/window/panels/problem_checker.h"

class QLabel;
class QStackedLayout;

namespace fulcrum::window {

class Theme;

class ProblemsPanel : public QWidget {
    Q_OBJECT
public:
    ProblemsPanel(designer::DocumentEditor* editor, ProblemChecker* checker, const Theme* theme,
                  QWidget* parent = nullptr);

    void focus_first();

signals:
    void pointed_at(const std::vector<designer::Id>& items); // a row was chosen

private:
    void refill();
    void point();
    void mend(std::size_t index);

    designer::DocumentEditor* editor_;
    ProblemChecker* checker_;
    const Theme* theme_;
    QTreeWidget* list_;
    QLabel* empty_;
    QStackedLayout* pages_;
};

} // namespace fulcrum::window
