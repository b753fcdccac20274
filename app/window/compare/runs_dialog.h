// Two loads side by side: of one lab before and after a change, or of two labs in different modes.
#pragma once

#include <QDateTime>
#include <QDialog>

#include "app/window/lab/request_runner.h"
#include "app/window/look/side_by_side.h"

class QComboBox;

namespace fulcrum::window {

class Theme;

// A load that was run.
struct LoadRun {
    QDateTime when;
    RequestOrder order;
    QString target; // "web  10.1.1.100:80  TCP"
    QString mode;   // "Full proxy"
    RequestReport report;

    QString title() const; // "14:03:12  two-arm, Full proxy"
};

class RunsDialog : public QDialog {
    Q_OBJECT
public:
    // The last two are chosen at first.
    RunsDialog(QList<LoadRun> runs, const Theme* theme, QWidget* parent = nullptr);

    void choose(int left, int right);
    // What the table says in that row: "Requests/s", left, right, difference. Empty: no such row.
    QStringList row(const QString& name) const { return table_->row(name); }

private:
    void fill();

    QList<LoadRun> runs_;
    QComboBox *left_, *right_;
    SideBySide* table_;
};

} // namespace fulcrum::window
