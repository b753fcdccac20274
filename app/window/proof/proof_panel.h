// A proof as ticks and crosses: for every client and service what the plan expects and what was seen.
#pragma once

#include <QWidget>

#include "app/window/proof/proof_run.h"
#include "app/window/theme.h"

class QCheckBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace fulcrum::window {

class ProofPanel : public QWidget {
    Q_OBJECT
public:
    ProofPanel(ProofRun* run, const Theme* theme, QWidget* parent = nullptr);

    void set_can_prove(bool can); // a lab runs
    void clear();                 // another lab
    const ProofRun::Expectations& expectations() const { return list_; }
    int ticks() const;
    int crosses() const { return static_cast<int>(list_.size()) - ticks() - not_seen(); }
    int not_seen() const; // the capture lost packets
    void show_crosses_only(bool only);

signals:
    void prove_wanted();
    void pointed_at(const fulcrum::cli::Expectation& expectation);

private:
    void fill();
    static QString question_of(const cli::Expectation& one); // who asks what
    void add_row(QTreeWidgetItem* heading, const cli::Expectation& one, std::size_t index);
    void open_trouble(const QList<QTreeWidgetItem*>& headings);
    void point(const QTreeWidgetItem* row);

    ProofRun* run_;
    const Theme* theme_;
    ProofRun::Expectations list_;
    QPushButton *prove_, *cancel_;
    QProgressBar* progress_;
    QLabel* state_;
    QCheckBox* crosses_only_;
    QTreeWidget* tree_;
    bool can_prove_ = false;
};

} // namespace fulcrum::window
