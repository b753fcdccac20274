#include "app/window/proof/proof_run.h"

#include <QCoreApplication>
#include <QPointer>

#include "app/cli/prove_lab.h"
#include "app/window/lab/background.h"
#include "app/window/qt_text.h"

namespace fulcrum::window {

ProofRun::~ProofRun() {
    cancel();
}

void ProofRun::cancel() {
    if (cancelled_ != nullptr) {
        *cancelled_ = true;
    }
}

void ProofRun::start(const QString& lab) {
    if (is_running()) {
        return;
    }
    cancelled_ = std::make_shared<std::atomic<bool>>(false);
    emit running_changed(true);
    // The working thread may outlive this object, so it tells by way of the application.
    const QPointer<ProofRun> self(this);
    const auto tell = [self](const std::string& what, std::size_t done, std::size_t all) {
        QMetaObject::invokeMethod(
            QCoreApplication::instance(),
            [self, text = to_q(what), done, all] {
                if (self != nullptr) {
                    emit self->step(text, static_cast<int>(done), static_cast<int>(all));
                }
            },
            Qt::QueuedConnection);
    };
    in_background(
        this,
        [lab = to_std(lab), cancelled = cancelled_, tell] {
            return cli::prove_lab(lab, {tell, [cancelled] { return cancelled->load(); }});
        },
        [this](const Result<Expectations>& list) {
            cancelled_.reset();
            emit running_changed(false);
            if (list) {
                emit finished(*list);
            } else {
                emit failed(to_q(list.error().message));
            }
        });
}

} // namespace fulcrum::window
