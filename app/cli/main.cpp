// fulcrum: the command line. No Qt in here, so that it starts in milliseconds; the window is a program of its
// own.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>

#include "app/cli/command.h"

namespace {

using namespace fulcrum::cli;

void add_commands(CLI::App& app, int& exit, const std::vector<std::string>& behind_dashes) {
    add_demo_command(app, exit);
    add_drawing_commands(app, exit);
    add_render_command(app, exit);
    add_lab_commands(app, exit);
    add_exec_command(app, exit, behind_dashes);
    add_stats_command(app, exit);
    add_flows_command(app, exit);
    add_node_commands(app, exit);
    add_load_command(app, exit);
    add_capture_command(app, exit);
    add_later_commands(app, exit);
}

// `fulcrum` and `fulcrum FILE` open the window. A word that is no command and looks like no file is a
// mistyped command, and a window with a new drawing of that name would be a surprise.
bool is_drawing(const std::string& word) {
    std::error_code error;
    return std::filesystem::exists(word, error) || word.find('/') != std::string::npos ||
           word.ends_with(".json");
}

} // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_DFL); // `fulcrum flows | head` ends quietly
    if (argc == 1) {
        return open_window("");
    }
    CLI::App app{"Draw a load-balancer network, launch it, send real requests, see every packet.\n"
                 "Without a command: fulcrum [FILE] opens the window."};
    app.name("fulcrum");
    app.set_version_flag("--version", "fulcrum " FULCRUM_VERSION);
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);
    app.footer(
        "First steps:\n"
        "  fulcrum demo                                          a lab, real requests, what each hop did\n"
        "  fulcrum up in-line                                    launch a built-in drawing\n"
        "  fulcrum exec in-line client1 -- curl http://10.1.1.100/\n"
        "  fulcrum down in-line\n"
        "Exit codes: 0 good; 1 it failed, or problems were found; 2 wrong use or unusable input.");
    int exit = exit_good;
    const std::string first = argv[1];
    std::vector<std::string> behind_dashes;
    if (first == "exec") { // before the parser can make anything of it
        const auto dashes = std::find(argv + 1, argv + argc, std::string_view("--"));
        behind_dashes.assign(std::min(dashes + 1, argv + argc), argv + argc);
        argc = static_cast<int>(dashes - argv);
    }
    add_commands(app, exit, behind_dashes);
    const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
    const bool known =
        std::any_of(commands.begin(), commands.end(), [&](const auto* c) { return c->get_name() == first; });
    if (!known && !first.starts_with('-')) {
        if (is_drawing(first) && argc == 2) {
            return open_window(first);
        }
        return report_usage(fmt::format("{}: no such command: \"fulcrum --help\" lists them", first));
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& done) { // --help, --version
        return app.exit(done);
    } catch (const CLI::ParseError& error) {
        return report_usage(fmt::format("{}{}: see \"fulcrum {}--help\"", known ? first + ": " : "",
                                        error.what(), known ? first + " " : ""));
    }
    return exit;
}
