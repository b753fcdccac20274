// Which leg follows which. Internal to this folder.
#pragma once

#include "capture/ladder/transit.h"

namespace fulcrum::capture {

struct TransitJoin {
    std::size_t from = 0, to = 0; // requests among the transits
    Confidence confidence = Confidence::possible;
    std::vector<std::string> evidence;
    const FlowFact* flow = nullptr;
};

// Each request is the `to` of at most one join and the `from` of at most one.
std::vector<TransitJoin> join_transits(const std::vector<Transit>& transits, const LadderOptions& options,
                                       bool several_files);

} // namespace fulcrum::capture
