// What a running lab said at one moment: states, counters, and what the engines report.
#pragma once

#include <QMetaType>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/control/report.h"
#include "netns/lab_client.h"

namespace fulcrum::window {

struct SeSnapshot {
    engine::EngineReport report;
    std::vector<engine::FlowReport> logged;      // new in the flow log since the snapshot before
    std::vector<engine::FlowReport> live;        // the newest of those that live now
    std::vector<engine::RequestReport> requests; // of layer-7 services, that ended since the snapshot before
};

struct LabSnapshot {
    double time_s = 0; // monotonic
    netns::LabStatus status;
    std::vector<netns::InterfaceStatus> interfaces;
    std::map<std::string, SeSnapshot> engines; // by node name; only those that answered
};

using LabSnapshotPtr = std::shared_ptr<const LabSnapshot>;

} // namespace fulcrum::window

Q_DECLARE_METATYPE(fulcrum::window::LabSnapshotPtr)
Q_DECLARE_METATYPE(fulcrum::netns::LabEvent)
