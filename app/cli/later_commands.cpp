// Commands of the contract that are not built yet: known, so that they say so instead of "no such command".
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/cli/command.h"

namespace fulcrum::cli {

void add_later_commands(CLI::App& app, int& exit) {
    struct Later {
        const char* name;
        const char* description;
        const char* instead;
    };
    for (const auto& later : {
             Later{"apply", "bring a running lab to a changed drawing", "take it down and up again"},
             Later{"inspect", "list, filter and decode the packets of a capture",
                   "open the capture in Wireshark"},
             Later{"ladder", "one request across all hops, and what each rewrote",
                   "\"fulcrum demo\" shows one request's legs"},
             Later{"replay", "send a capture's packets into a lab", "\"fulcrum load\" sends requests"},
         }) {
        auto* command =
            app.add_subcommand(later.name, fmt::format("{} (not available yet)", later.description));
        command->prefix_command(); // takes any arguments
        command->callback([later, &exit] {
            exit = report_failed(fmt::format("{}: not available yet: {}", later.name, later.instead));
        });
    }
}

} // namespace fulcrum::cli
