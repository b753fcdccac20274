// A link's faults and counters as JSON: in plans, on the control socket, and between supervisor and link
// process.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "netns/lab_plan.h"
#include "netns/link_status.h"

namespace fulcrum::netns {

class JsonReader;

// Reads the member when it is there. What problem_of() finds is a problem of the reader's.
void read_faults(JsonReader& in, const char* key, LinkFaults& out);
void read_counters(JsonReader& in, const char* key, LinkCounters& out);

// Leaves out what has its default value, and the whole member when all of it has.
void put_faults(nlohmann::ordered_json& out, const char* key, const LinkFaults& faults);
void put_counters(nlohmann::ordered_json& out, const char* key, const LinkCounters& counters);

} // namespace fulcrum::netns
