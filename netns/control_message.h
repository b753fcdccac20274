// What is said on a lab's control socket and launch channel: requests and replies as values, and as JSON.
//
// Request: {"op": "exec", …}. Reply: {"ok": true, …} or {"ok": false, "error": "…", "kind":
// "failed"|"bad-input"}. An exec is answered twice: when the program has started, and when it has ended; in
// between the client may send "signal" on the same connection.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netns/lab_client.h"

namespace fulcrum::netns {

enum class Operation {
    status,
    document,
    plan,
    interfaces,
    exec,
    signal,
    dial,
    open_tap,
    open_socket,
    start,
    stop,
    kill,
    link,
    link_status,
    impair,
    apply,
    down,
    events,
    log,
};

struct ControlRequest {
    Operation operation = Operation::status;
    std::string node; // exec, dial, open_tap, open_socket, start, stop, kill, link, link_status, impair, log
    std::string interface; // open_tap, link, link_status, impair
    std::string name;      // dial: the abstract name; log: the process
    bool up = false;       // link
    LinkFaults out, in;    // impair
    bool reseed = false;   // impair
    // exec; the three standard descriptors come along unless `terminal`
    std::vector<std::string> argv, environment;
    std::string directory;
    bool directory_required = false; // else "/" when it does not exist in the lab
    bool terminal = false;
    std::uint32_t rows = 24, columns = 80;
    std::uint32_t signal = 0;      // signal
    std::string plan;              // apply: emit_lab_plan()
    std::vector<std::string> told; // apply: see LabClient
    std::uint64_t cursor = 0;      // events
    std::uint32_t wait_ms = 0;     // events
};

Result<ControlRequest> parse_request(std::string_view text); // strict
std::string emit_request(const ControlRequest& request);

// Replies. Each parse_… first looks whether the reply is a failure and returns that.
std::string emit_failure(const Error& error);
std::string emit_done();
std::string emit_text(const std::string& text);
std::string emit_number(std::int64_t number);                        // an exit status, an interface index
std::string emit_failures(const std::vector<std::string>& failures); // of what was done nevertheless
std::string emit_status(const LabStatus& status);
std::string emit_nodes(const std::vector<NodeStatus>& nodes);
std::string emit_interfaces(const std::vector<InterfaceStatus>& interfaces);
std::string emit_link_status(const LinkStatus& link);
std::string emit_events(const std::vector<LabEvent>& events, std::uint64_t cursor);

Result<> parse_done(std::string_view reply);
Result<std::string> parse_text(std::string_view reply);
Result<std::int64_t> parse_number(std::string_view reply);
Result<std::vector<std::string>> parse_failures(std::string_view reply);
Result<LabStatus> parse_status(std::string_view reply);
Result<std::vector<NodeStatus>> parse_nodes(std::string_view reply);
Result<std::vector<InterfaceStatus>> parse_interfaces(std::string_view reply);
Result<LinkStatus> parse_link_status(std::string_view reply);
Result<std::vector<LabEvent>> parse_events(std::string_view reply, std::uint64_t& cursor);

// The launch channel carries the plan's JSON one way, then "keep"; the other way progress, and emit_nodes or
// emit_failure at the end.
inline constexpr std::string_view keep_message = "keep";
std::string emit_progress(const LaunchProgress& progress);
std::optional<LaunchProgress> parse_progress(std::string_view message); // none: it is not one

} // namespace fulcrum::netns
