// What a capture file says about itself: its interfaces with what they dropped, who wrote it, its comments.
#pragma once

#include <QDialog>

namespace fulcrum::window {

class InspectedFile;

class FileFacts : public QDialog {
    Q_OBJECT
public:
    FileFacts(const InspectedFile& file, QWidget* parent);

signals:
    void comment_wanted();
};

} // namespace fulcrum::window
