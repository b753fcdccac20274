// "What did the server see?": the ways of keeping the client's address side by side, each with what it does,
// what it asks for, and what the servers really saw: in the running lab, and in labs made for the comparison.
#pragma once

#include <QDialog>
#include <map>
#include <optional>

#include "app/window/compare/way_runner.h"
#include "app/window/lab/askable_services.h"

class QComboBox;
class QGridLayout;
class QLabel;
class QProgressBar;
class QPushButton;

namespace fulcrum::window {

class Theme;

class CompareDialog : public QDialog {
    Q_OBJECT
public:
    struct Subject {
        designer::Document drawing;   // with every address given
        QString lab;                  // that runs it; empty: none
        designer::Id client, service; // what is chosen at first; may be empty
    };
    CompareDialog(Programs programs, Subject subject, const Theme* theme, QWidget* parent = nullptr);

    // Asks in labs of their own, in every way that has no answer yet.
    void try_all();
    bool is_running() const { return runner_->is_running(); }
    const std::map<AddressWay, WayReport>& reports() const { return reports_; }
    const std::map<AddressWay, QString>& failures() const { return failures_; }
    void lab_has_ended(); // its answers stay; no more are asked for

public slots:
    void
    reject() override; // a comparison that runs is cancelled, and what it made is gone before the dialog is

signals:
    void settled(); // no question is open any more

private:
    struct Column {
        QLabel *title, *seen, *verdict, *time, *rate;
    };
    void make_table(QGridLayout* grid);
    void fill_services(const designer::Id& chosen); // those that the chosen client reaches
    void ask_running_lab();
    void forget();
    std::optional<WayQuestion> question() const;
    const designer::Service* service() const;
    void show_state();
    void show_way(AddressWay way);
    QString servers_html(const WayReport& report) const;
    QString verdict_html(const WayReport& report) const;

    Programs programs_;
    Subject subject_;
    const Theme* theme_;
    AskableServices askable_;
    WayRunner* runner_;
    QComboBox *client_, *service_;
    QPushButton *try_, *cancel_;
    QLabel* state_;
    QProgressBar* progress_;
    std::map<AddressWay, Column> columns_;
    std::map<AddressWay, WayReport> reports_;
    std::map<AddressWay, QString> failures_;
    std::optional<AddressWay> asked_; // being asked now
    QString step_;
    int done_ = 0, wanted_ = 0;
    bool closes_ = false;
};

} // namespace fulcrum::window
