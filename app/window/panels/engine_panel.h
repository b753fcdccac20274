// What the service engines count, one of them at a time: the one that is selected on the canvas, else the one
// that was chosen last. Counters as tiles, interfaces as a table, drops by reason as bars.
#pragma once

#include <QWidget>
#include <map>

#include "app/window/lab/engine_history.h"
#include "app/window/lab/lab_snapshot.h"

class QComboBox;
class QLabel;
class QStackedLayout;
class QTreeWidget;

namespace fulcrum::window {

class CounterBoard;
class ShareBars;
class Theme;

class EnginePanel : public QWidget {
    Q_OBJECT
public:
    explicit EnginePanel(const Theme* theme, QWidget* parent = nullptr);

    void update_from(const LabSnapshot& snapshot);
    void show_engine(const QString& name); // unchanged when there is no such SE
    void clear();                          // a new lab

private:
    void show_chosen();

    const Theme* theme_;
    std::map<QString, EngineHistory> engines_;
    QComboBox* choice_;
    QLabel *state_, *empty_;
    CounterBoard* board_;
    QTreeWidget* interfaces_;
    ShareBars* drops_;
    QWidget* content_;
    QStackedLayout* pages_;
};

} // namespace fulcrum::window
