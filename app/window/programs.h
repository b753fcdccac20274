// Other programs that the window starts: our own beside it, and what the desktop has.
#pragma once

#include <QString>
#include <QStringList>
#include <optional>

namespace fulcrum::window {

// Where fulcrum, fulcrum-lab and fulcrum-load are: beside the running program unless told otherwise.
class Programs {
public:
    Programs();
    explicit Programs(QString folder) : folder_(std::move(folder)) {}

    QString path(const QString& name) const; // no check that it exists
    bool has(const QString& name) const;

    // The command line that opens a terminal window running `command`; none when no terminal program is
    // installed.
    static std::optional<QStringList> in_terminal(const QStringList& command);
    static QString terminals_tried(); // for the message when there is none
    static QString wireshark();       // empty: not installed

private:
    QString folder_;
};

} // namespace fulcrum::window
