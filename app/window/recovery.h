// Unsaved work outlives a crash. Each window keeps a recovery file of its own under the application's data
// folder, held by a file lock that the kernel drops when the process dies, however it dies. A recovery file
// that nobody holds is work that was lost, and is offered at the next start.
#pragma once

#include <QDateTime>
#include <QString>
#include <vector>

#include "designer/document/document.h"
#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::window {

struct LostWork {
    QString recovery_file; // the drawing as it was last kept
    QString original_file; // where it would have been saved; empty: never saved
    QString name;
    QDateTime time;
};

class Recovery {
public:
    // `folder` is made when missing; empty: AppDataLocation/recovery.
    explicit Recovery(const QString& folder = {});
    ~Recovery(); // a window that ends properly leaves nothing behind
    Recovery(const Recovery&) = delete;
    Recovery& operator=(const Recovery&) = delete;

    // Atomically replaces what is kept. Fails when the folder cannot be written; the drawing itself is
    // unharmed.
    Result<> keep(const designer::Document& document, const QString& original_file);
    void forget(); // the work is saved, or was given up on purpose

    std::vector<LostWork> lost() const; // newest first
    void discard(const LostWork& work);

private:
    QString path(const char* suffix) const;
    bool is_held(const QString& lock_file) const;

    QString folder_;
    QString id_;
    UniqueFd lock_;
};

} // namespace fulcrum::window
