// What a configuration must fulfil as a whole, beyond each value's own range: names that exist and are
// unique, addresses that belong somewhere, ports that do not collide.
#pragma once

#include "engine/control/config.h"

namespace fulcrum::engine {

// Fails (bad_input) with the JSON path of the first value to blame.
Result<> check_config(const EngineConfig& config);

} // namespace fulcrum::engine
