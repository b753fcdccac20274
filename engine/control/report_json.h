// Reports as JSON, one document a line, as they cross the control socket.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/control/report.h"

namespace fulcrum::engine {

std::string emit_report(const EngineReport& report);       // one object, no newline
Result<EngineReport> parse_report(std::string_view json);  // strict: unknown keys and wrong types are refused
std::string emit_flows(std::span<const FlowReport> flows); // one array, no newline; about 1 µs a flow
Result<std::vector<FlowReport>> parse_flows(std::string_view json);
std::optional<FlowState> parse_flow_state(std::string_view);

// The counters of proxied connections, in the order they are shown, by the names they have in JSON.
struct ProxyField {
    const char* name;
    std::uint64_t ProxyReport::*value;
};
std::span<const ProxyField> proxy_fields();

// What a reply line holds, by operation; the part named after the operation is the only one set.
struct ControlReply {
    std::optional<EngineReport> stats;
    std::vector<FlowReport> flows;
    std::vector<RequestReport> requests;
    std::uint64_t cursor = 0; // flow_log and requests
};
// A reply line with "ok": false comes back as the error it carries.
Result<ControlReply> parse_reply(std::string_view line);

} // namespace fulcrum::engine
