// Labs that run now, whoever started them: attach the window to one, or stop one.
#pragma once

#include <QDialog>

class QLabel;
class QListWidget;
class QPushButton;

namespace fulcrum::window {

class LabController;

class RunningLabsDialog : public QDialog {
    Q_OBJECT
public:
    explicit RunningLabsDialog(LabController* controller, QWidget* parent = nullptr);

    QString chosen() const; // the lab to attach to, once accepted

private:
    void look();
    void stop_chosen();
    void enable();

    LabController* controller_;
    QListWidget* list_;
    QLabel* empty_;
    QPushButton *attach_, *stop_;
};

} // namespace fulcrum::window
