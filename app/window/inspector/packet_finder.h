// Find in the packet list: from packet to packet that a display filter takes, or that holds a text, without
// hiding the others.
#pragma once

#include <QFrame>
#include <atomic>
#include <memory>
#include <optional>

#include "capture/filter/display_filter.h"

class QComboBox;
class QLabel;
class QLineEdit;

namespace fulcrum::window {

class InspectedFile;
class PacketsPage;

class PacketFinder : public QFrame {
    Q_OBJECT
public:
    PacketFinder(InspectedFile* file, PacketsPage* packets, QWidget* parent = nullptr);
    ~PacketFinder() override;

    void open();
    void go(bool backwards); // from the current packet, around the end
    void stop();             // what is under way is of another file
    QLineEdit* line() const { return line_; }
    void search_filters(bool filters); // else text
    QString told() const;

signals:
    void closed();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    std::optional<capture::DisplayFilter> filter();

    InspectedFile* file_;
    PacketsPage* packets_;
    QComboBox* kind_;
    QLineEdit* line_;
    QLabel* told_;
    std::optional<bool> waits_; // backwards or not: until it is known which request packets are of
    std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
};

} // namespace fulcrum::window
