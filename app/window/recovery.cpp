#include "app/window/recovery.h"

#include <QCoreApplication>
#include <QDir>
#include <QSettings>
#include <QStandardPaths>
#include <QUuid>
#include <algorithm>
#include <fcntl.h>
#include <sys/file.h>

#include "app/window/qt_text.h"
#include "designer/document/file.h"

namespace fulcrum::window {

namespace {

constexpr auto drawing_suffix = ".fulcrum";
constexpr auto about_suffix = ".ini"; // where the drawing belongs
constexpr auto lock_suffix = ".lock";

} // namespace

Recovery::Recovery(const QString& folder)
    : folder_(
          folder.isEmpty()
              ? QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation)).filePath("recovery")
              : folder),
      id_(QUuid::createUuid().toString(QUuid::WithoutBraces)) {
    QDir().mkpath(folder_);
    lock_.reset(::open(QFile::encodeName(path(lock_suffix)).constData(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    if (lock_) {
        ::flock(lock_.get(), LOCK_EX | LOCK_NB);
    }
}

Recovery::~Recovery() {
    forget();
    QFile::remove(path(lock_suffix));
}

QString Recovery::path(const char* suffix) const {
    return QDir(folder_).filePath(id_ + suffix);
}

Result<> Recovery::keep(const designer::Document& document, const QString& original_file) {
    QSettings about(path(about_suffix), QSettings::IniFormat);
    about.setValue("original", original_file);
    about.setValue("name", to_q(document.name));
    about.setValue("time", QDateTime::currentDateTimeUtc());
    about.sync();
    return designer::save_document(document, to_std(path(drawing_suffix))).map_error([](const Error& error) {
        return error.within("keep unsaved work");
    });
}

void Recovery::forget() {
    QFile::remove(path(drawing_suffix));
    QFile::remove(path(about_suffix));
}

bool Recovery::is_held(const QString& lock_file) const {
    const UniqueFd fd(::open(QFile::encodeName(lock_file).constData(), O_RDWR | O_CLOEXEC));
    return fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0;
}

std::vector<LostWork> Recovery::lost() const {
    std::vector<LostWork> found;
    const QDir folder(folder_);
    for (const QString& lock_name : folder.entryList({QStringLiteral("*") + lock_suffix}, QDir::Files)) {
        const QString stem = lock_name.chopped(static_cast<qsizetype>(qstrlen(lock_suffix)));
        const QString lock_file = folder.filePath(lock_name);
        if (stem == id_ || is_held(lock_file)) {
            continue;
        }
        const QString drawing = folder.filePath(stem + drawing_suffix);
        if (!QFile::exists(drawing)) {
            QFile::remove(lock_file); // died with everything saved
            continue;
        }
        const QSettings about(folder.filePath(stem + about_suffix), QSettings::IniFormat);
        found.push_back({.recovery_file = drawing,
                         .original_file = about.value("original").toString(),
                         .name = about.value("name").toString(),
                         .time = about.value("time").toDateTime()});
    }
    std::sort(found.begin(), found.end(),
              [](const LostWork& a, const LostWork& b) { return a.time > b.time; });
    return found;
}

void Recovery::discard(const LostWork& work) {
    const QString stem = work.recovery_file.chopped(static_cast<qsizetype>(qstrlen(drawing_suffix)));
    for (const char* suffix : {drawing_suffix, about_suffix, lock_suffix}) {
        QFile::remove(stem + suffix);
    }
}

} // namespace fulcrum::window
