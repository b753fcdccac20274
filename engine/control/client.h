// Talks to a running engine over its control socket: an abstract Unix stream socket named "fulcrum-se" in the
// SE's own network namespace, so it cannot outlive the engine and cannot be reached from anywhere else. One
// JSON document a line each way: {"op": "stats"} → {"ok": true, "stats": {...}} or {"ok": false, "error":
// "..."}. The operations: control_server.h. An engine that does not answer within ten seconds is an error.
#pragma once

#include "engine/base/unique_fd.h"
#include "engine/control/report.h"

namespace fulcrum::engine {

struct ControlReply; // report_json.h

inline constexpr std::string_view control_socket_name = "fulcrum-se";

class EngineClient {
public:
    explicit EngineClient(UniqueFd connected) : fd_(std::move(connected)) {} // stream socket, blocking

    Result<EngineReport> stats();
    Result<std::vector<FlowReport>> flows(std::size_t limit = 1000); // live ones, newest first
    // Closed and live flows since `cursor` (0: all that are still in the log), oldest first; moves the
    // cursor.
    Result<std::vector<FlowReport>> flow_log(std::uint64_t& cursor, std::size_t limit = 10000);
    // Requests of layer-7 services that have ended, from `cursor` on, as flow_log().
    Result<std::vector<RequestReport>> requests(std::uint64_t& cursor, std::size_t limit = 10000);
    Result<> configure(const EngineConfig& config); // live; all or nothing

private:
    template <class Record>
    Result<std::vector<Record>> read_log(std::string_view op, std::vector<Record> ControlReply::*part,
                                         std::uint64_t& cursor, std::size_t limit);
    Result<std::string> call(const std::string& request); // returns the raw reply line
    UniqueFd fd_;
    std::string buffer_;
};

// The engine of the calling process' own network namespace; elsewhere: netns::LabClient::dial.
Result<EngineClient> connect_engine();

} // namespace fulcrum::engine
