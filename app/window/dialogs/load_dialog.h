// "Load…": many requests from a client, how many at once, for how long; and what came of it.
#pragma once

#include <QDialog>

#include "app/window/lab/request_runner.h"

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
};

class LoadDialog : public QDialog {
    Q_OBJECT
public:
    LoadDialog(Programs programs, const QString& lab, const QStringList& clients, const QString& client,
               const QList<LoadTarget>& targets, const Theme* theme, QWidget* parent = nullptr);

    void run();
    bool is_running() const;

signals:
    void reported(const QString& client, const QString& summary); // for the events

private:
    void show_report(const std::optional<RequestReport>& report, const QString& error);

    Programs programs_;
    QString lab_;
    QComboBox *client_, *target_;
    QSpinBox *connections_, *seconds_;
    QCheckBox* keep_alive_;
    QProgressBar* progress_;
    QLabel* result_;
    LatencyBars* latency_;
    QPushButton* run_;
    QTimer* ticks_;
    int ticked_ms_ = 0;
};

} // namespace fulcrum::window
