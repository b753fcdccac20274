// What the engines of a lab logged, as ladders join legs by it.
#pragma once

#include "app/cli/lab_view.h"
#include "capture/ladder/ladder.h"

namespace fulcrum::cli {

std::vector<capture::FlowFact> flow_facts(const std::vector<SeFlow>& flows);

} // namespace fulcrum::cli
