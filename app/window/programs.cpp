#include "app/window/programs.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

namespace fulcrum::window {

namespace {

struct Terminal {
    const char* program;
    const char* run_option; // what comes before the command
};

constexpr Terminal known_terminals[] = {
    {"x-terminal-emulator", "-e"}, {"xterm", "-e"},     {"konsole", "-e"}, {"gnome-terminal", "--"},
    {"xfce4-terminal", "-x"},      {"alacritty", "-e"}, {"kitty", "--"}};

} // namespace

Programs::Programs() : folder_(QCoreApplication::applicationDirPath()) {}

QString Programs::path(const QString& name) const {
    return QDir(folder_).filePath(name);
}

bool Programs::has(const QString& name) const {
    return QFileInfo(path(name)).isExecutable();
}

std::optional<QStringList> Programs::in_terminal(const QStringList& command) {
    for (const Terminal& terminal : known_terminals) {
        const QString found = QStandardPaths::findExecutable(terminal.program);
        if (!found.isEmpty()) {
            return QStringList{found, terminal.run_option} + command;
        }
    }
    return std::nullopt;
}

QString Programs::terminals_tried() {
    QStringList names;
    for (const Terminal& terminal : known_terminals) {
        names << terminal.program;
    }
    return names.join(", ");
}

QString Programs::wireshark() {
    return QStandardPaths::findExecutable("wireshark");
}

} // namespace fulcrum::window
