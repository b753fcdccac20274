// "Load…": many requests from a client, how many at once, for how long; and what came of it.
#pragma once

#include <QDialog>

#include "app/window/compare/runs_dialog.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QTimer;

namespace fulcrum::window {

class LatencyBars;
class Theme;

struct LoadTarget {
    QString label, url;
    QString mode; // "Full proxy"
};

struct LoadClient {
    QString name;
    QList<LoadTarget> targets; // that it reaches
};

class LoadDialog : public QDialog {
    Q_OBJECT
public:
    LoadDialog(Programs programs, const QString& lab, QList<LoadClient> clients, const QString& client,
               const Theme* theme, QWidget* parent = nullptr);

    void run();
    bool is_running() const;

signals:
    void reported(const QString& client, const QString& summary); // for the events
    void ran(const fulcrum::window::LoadRun& run);
    void comparison_wanted();

private:
    void show_report(const std::optional<RequestReport>& report, const QString& error);

    void show_targets(); // of the chosen client

    Programs programs_;
    QString lab_;
    QList<LoadClient> clients_;
    LoadRun running_; // without its report
    QComboBox *client_, *target_;
    QSpinBox *connections_, *seconds_;
    QCheckBox* keep_alive_;
    QProgressBar* progress_;
    QLabel* result_;
    LatencyBars* latency_;
    QPushButton *run_, *compare_;
    QTimer* ticks_;
    int ticked_ms_ = 0;
};

} // namespace fulcrum::window
