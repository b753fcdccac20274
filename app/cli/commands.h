// Every command of `fulcrum` as a function: its arguments as a value, its exit code as the result. What can
// be typed is in command_line.cpp.
//
// Exit codes: 0 good; 1 the thing asked for failed or problems were found; 2 wrong use or unusable input.
// Errors are one line on standard error; with --json standard output holds one JSON document and nothing
// else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fulcrum::cli {

inline constexpr int exit_good = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

// drawing_commands.cpp
int templates(bool json);
int new_drawing(const std::string& source, const std::string& output, bool force); // force: over a file
int check_drawing(const std::string& source, bool json);
enum class PlanForm { words, json, script, routes };
int plan(const std::string& source, PlanForm form);

// window_command.cpp: both become fulcrum-window and return only when that cannot be
int render(const std::string& source, const std::string& output, bool dark);
int open_window(const std::string& file_or_empty);

// lab_commands.cpp
int up(const std::string& source, const std::string& name, bool json);
int ps(bool json);
int down(const std::vector<std::string>& labs, bool all);

// apply_command.cpp
struct ApplyArguments {
    std::string lab, source;
    double drain_seconds = 5; // how long servers that go may finish what they have
    bool json = false;
};
int apply(const ApplyArguments& arguments);

// prove_command.cpp
int prove(const std::string& lab, bool json);

// demo_command.cpp
struct DemoArguments {
    std::string source = "in-line";
    std::size_t requests = 9; // from each client to each service port
    bool json = false, keep = false;
};
int demo(const DemoArguments& arguments);

// exec_command.cpp
int exec(const std::string& lab, const std::string& node, const std::vector<std::string>& argv);

// stats_command.cpp, flows_command.cpp, requests_command.cpp
int stats(const std::string& lab, bool json);
int flows(const std::string& lab, std::size_t limit, bool json);
int requests(const std::string& lab, std::size_t limit, bool json);

// node_commands.cpp
enum class NodeAction { start, stop, kill };
int act_on_node(const std::string& lab, const std::string& node, NodeAction action);
int set_link(const std::string& lab, const std::string& end, bool up); // end: "server1:eth0"

// load_command.cpp
struct LoadArguments {
    std::string lab, node, url;
    std::string connections, requests, seconds, timeout; // as typed; fulcrum-load judges them
    bool new_connections = false, proxy_header = false, udp = false, json = false;
};
int load(const LoadArguments& arguments);

// capture_command.cpp
struct CaptureArguments {
    std::string lab, output, filter;
    std::vector<std::string> links;        // "server1:eth0"; empty: all
    double seconds = 0;                    // 0: until Ctrl-C or the lab's end
    std::string ring;                      // "64Mx4"; empty: one file
    std::uint32_t snaplen_bytes = 262'144; // what is longer is cut; GSO frames of 64 KB are whole
};
int capture_packets(const CaptureArguments& arguments);

} // namespace fulcrum::cli
