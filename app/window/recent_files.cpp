#include "app/window/recent_files.h"

#include <QFileInfo>
#include <QSettings>

namespace fulcrum::window {

namespace {
constexpr auto settings_key = "recent_files";
}

QStringList RecentFiles::list() {
    QStringList files = QSettings().value(settings_key).toStringList();
    files.removeIf([](const QString& file) { return !QFileInfo::exists(file); });
    return files;
}

void RecentFiles::add(const QString& file) {
    const QString absolute = QFileInfo(file).absoluteFilePath();
    QStringList files = list();
    files.removeAll(absolute);
    files.prepend(absolute);
    QSettings().setValue(settings_key, QVariant(files.mid(0, kept)));
}

void RecentFiles::clear() {
    QSettings().remove(settings_key);
}

} // namespace fulcrum::window
