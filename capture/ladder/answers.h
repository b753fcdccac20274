// Which answer is which request's. Places in the two streams decide, not time: what a capture has lost must
// not be made up for by what it has.
#pragma once

#include <cstdint>
#include <vector>

#include "capture/ladder/transit.h"

namespace fulcrum::capture {

// Sets answer, answer_is_exact and ended_ns of every request among `transits`. A request whose answer was not
// captured, or cannot be told from its neighbours', stays without one. `slack_ns`: how far clocks are apart.
void find_answers(std::vector<Transit>& transits, std::int64_t slack_ns);

} // namespace fulcrum::capture
