// The files opened last, newest first, kept in the settings.
#pragma once

#include <QStringList>

namespace fulcrum::window {

class RecentFiles {
public:
    static constexpr int kept = 10;

    static QStringList list(); // those that still exist
    static void add(const QString& file);
    static void clear();
};

} // namespace fulcrum::window
