// What can be typed after "fulcrum link".
#include <CLI/CLI.hpp>
#include <memory>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/link_commands.h"

namespace fulcrum::cli {

void add_link_command(CLI::App& app, int& exit) {
    const auto given = std::make_shared<LinkArguments>();
    auto* command = app.add_subcommand("link", "show a link, cut or restore it, or make it a bad one");
    command->add_option("LAB", given->lab, "a running lab")->type_name("")->required();
    command->add_option("NODE:IF", given->end, "an end of the link, as in server1:eth0")
        ->type_name("")
        ->required();
    command
        ->add_option("ACTION", given->action,
                     "up, down, or set with options; without one: what the link does and has done")
        ->check(CLI::IsMember({"up", "down", "set"}).description(""))
        ->type_name("");
    const auto option = [&](const char* name, std::string& value, const char* type, const char* what) {
        command->add_option(name, value, what)
            ->type_name(type)
            ->group("set (what is not given stays as it is)");
    };
    option("--rate", given->rate, "RATE", "as in 10M: bit/s of frames; 0: as fast as they come");
    option("--queue", given->queue, "BYTES", "what may wait at that rate (a tenth of a second's worth)");
    option("--delay", given->delay, "TIME", "as in 20ms, each way");
    option("--jitter", given->jitter, "TIME", "± around the delay; the order stays");
    option("--loss", given->loss, "SHARE", "as in 1%");
    option("--duplicate", given->duplicate, "SHARE", "frames that come twice");
    option("--reorder", given->reorder, "SHARE", "frames that others overtake");
    option("--seed", given->seed, "N", "begin anew with the choices of this seed");
    command->add_option("--direction", given->direction, "out: what NODE sends; in: what comes to it (both)")
        ->check(CLI::IsMember({"out", "in", "both"}).description(""))
        ->type_name("out|in|both")
        ->group("set (what is not given stays as it is)");
    command->add_flag("--clear", given->clear, "a perfect wire first")
        ->group("set (what is not given stays as it is)");
    command->add_flag("--json", given->json, "{end, far, up, relayed, broken, out, in}");
    command->callback([given, command, &exit] {
        bool any_of_set = given->clear;
        for (const char* name : {"--rate", "--queue", "--delay", "--jitter", "--loss", "--duplicate",
                                 "--reorder", "--seed", "--direction"}) {
            any_of_set = any_of_set || command->count(name) > 0;
        }
        if (any_of_set && given->action != "set") {
            exit = report_usage("link: only \"set\" takes these options");
        } else if (given->action == "set" && !any_of_set) {
            exit = report_usage("link set: nothing to set: see \"fulcrum link --help\"");
        } else {
            exit = link(*given);
        }
    });
}

} // namespace fulcrum::cli
