// What all commands share: how they report and how they end. Each command group adds its subcommands to the
// parser and leaves its exit code in `exit`.
//
// Exit codes: 0 good; 1 the thing asked for failed or problems were found; 2 wrong use or unusable input.
// Errors are one line on standard error; with --json standard output holds one JSON document and nothing
// else.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"

namespace CLI {
class App;
}

namespace fulcrum::cli {

inline constexpr int exit_good = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

// Prints "fulcrum: …" on standard error and returns the exit code that the error's kind asks for.
int report(const Error& error);
int report_failed(const std::string& message); // exit_failed
int report_usage(const std::string& message);  // exit_usage

std::string program_beside(const std::string& name); // path of a program in the folder of this one

// Set by SIGINT or SIGTERM while an object of this class lives, instead of ending the program.
class Interruption {
public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;
    static bool requested();
};

void add_drawing_commands(CLI::App& app, int& exit); // templates, new, check, plan
void add_render_command(CLI::App& app, int& exit);   // render
void add_lab_commands(CLI::App& app, int& exit);     // up, ps, down
void add_demo_command(CLI::App& app, int& exit);     // demo
// exec. What stands behind "--" is the command's, to the letter: options, quotes and a second "--" included.
void add_exec_command(CLI::App& app, int& exit, const std::vector<std::string>& behind_dashes);
void add_stats_command(CLI::App& app, int& exit);   // stats
void add_flows_command(CLI::App& app, int& exit);   // flows
void add_node_commands(CLI::App& app, int& exit);   // start, stop, kill, link
void add_load_command(CLI::App& app, int& exit);    // load
void add_capture_command(CLI::App& app, int& exit); // capture
void add_later_commands(CLI::App& app, int& exit);  // what is not available yet

int open_window(const std::string& file_or_empty); // becomes fulcrum-window; returns only when that fails

} // namespace fulcrum::cli
