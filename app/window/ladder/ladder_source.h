// Requests that a ladder can be shown of, with the captures they were read from.
#pragma once

#include <QMetaType>
#include <QString>
#include <memory>
#include <vector>

#include "capture/ladder/ladder.h"

namespace fulcrum::window {

struct LadderSource {
    QString name;         // of the file, or of the lab
    bool is_live = false; // of a lab that is watched: more may follow
    std::vector<std::shared_ptr<capture::CaptureFile>> files;
    capture::Ladder ladder;
};
using LadderSourcePtr = std::shared_ptr<const LadderSource>;

// Reads every request of loaded captures. Takes long for large ones; `cancelled` may be null.
LadderSourcePtr read_ladder(const QString& name, std::vector<std::shared_ptr<capture::CaptureFile>> files,
                            std::vector<capture::FlowFact> flows, const std::atomic<bool>* cancelled);

} // namespace fulcrum::window

Q_DECLARE_METATYPE(fulcrum::window::LadderSourcePtr)
