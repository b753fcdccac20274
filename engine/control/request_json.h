// The request log as JSON. Host and path are what a stranger sent: bytes that are not printable ASCII appear
// as %XX.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/control/report.h"
#include "engine/control/strict_json.h"

namespace fulcrum::engine {

std::string emit_requests(std::span<const RequestReport> requests); // one array, no newline
// The array `key` of an object, strictly; missing: empty.
std::vector<RequestReport> parse_request_array(JsonObject& object, std::string_view key,
                                               JsonComplaint& complaint);

} // namespace fulcrum::engine
