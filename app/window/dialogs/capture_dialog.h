// "Capture…": which links of the running lab, which packets, how much of each, into what, and for how long.
// What was chosen last is proposed again.
#pragma once

#include <QDialog>
#include <memory>

#include "app/cli/commands.h"

class QCheckBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QSpinBox;

namespace fulcrum::window {

class Theme;

class CaptureDialog : public QDialog {
    Q_OBJECT
public:
    // `link_ends`: "client1:eth0", those that the lab has.
    CaptureDialog(const QString& lab, const QStringList& link_ends, const Theme* theme,
                  QWidget* parent = nullptr);

    cli::CaptureArguments order() const;
    void accept() override; // remembers the choice; asks before it replaces a file

private:
    void make_fields();
    void lay_out();
    void propose(const QStringList& link_ends); // what was chosen last, as far as this lab has it
    void browse();
    void check_filter(); // in the background: names in filters are looked up
    void show_state();
    bool may_replace(); // asks

    QString lab_;
    const Theme* theme_;
    QLineEdit *file_, *filter_;
    QListWidget* links_;
    QCheckBox *all_links_, *cuts_, *is_ring_, *has_limit_;
    QLabel* filter_fault_;
    QSpinBox *snaplen_, *ring_files_, *ring_megabytes_;
    QDoubleSpinBox* seconds_;
    QPushButton* begin_;
    bool filter_is_good_ = true;
    quint64 filter_number_ = 0; // answers about a filter that was changed meanwhile are dropped
};

} // namespace fulcrum::window
