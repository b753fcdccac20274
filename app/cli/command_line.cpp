// What can be typed: every command with its arguments, options and help. The only file that knows the parser
// library, which costs seconds to compile.
#include "app/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <memory>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/link_commands.h"
#include "app/cli/packet_commands.h"

namespace fulcrum::cli {
namespace {

// Arguments live as long as the parser: its callbacks hold them.
template <class Arguments>
std::shared_ptr<Arguments> arguments_of() {
    return std::make_shared<Arguments>();
}

// A number within bounds, shown as N: the bounds are told when they are broken.
void numbered(CLI::Option* option, double low, double high) {
    option->check(CLI::Range(low, high).description(""))->type_name("N");
}

void add_drawing_commands(CLI::App& app, int& exit) {
    struct Arguments {
        std::string source, output;
        bool json = false, script = false, routes = false, prove = false, dark = false, force = false;
    };
    const auto given = arguments_of<Arguments>();

    auto* list = app.add_subcommand("templates", "list the built-in drawings");
    list->add_flag("--json", given->json, "[{id, title, description, runs}]");
    list->callback([given, &exit] { exit = templates(given->json); });

    auto* fresh = app.add_subcommand("new", "save a built-in drawing as a file");
    fresh
        ->add_option("TEMPLATE", given->source,
                     "\"fulcrum templates\" lists them; star:N is N hosts on one segment")
        ->type_name("")
        ->required();
    fresh->add_option("-o,--output", given->output, "file to write, - for standard output")
        ->type_name("FILE")
        ->required();
    fresh->add_flag("--force", given->force, "over a file that is there already");
    fresh->callback([given, &exit] { exit = new_drawing(given->source, given->output, given->force); });

    auto* check = app.add_subcommand("check", "what will not work in a drawing, why, and what to do");
    check->add_option("FILE|TEMPLATE", given->source, "a drawing; with --prove a running lab")
        ->type_name("")
        ->required();
    check->add_flag("--json", given->json,
                    "[{id, severity, items, why, fix}]; with --prove an object per expectation");
    check->add_flag("--prove", given->prove,
                    "send real requests in a running lab and hold every packet against the plan");
    check->callback([given, &exit] {
        exit = given->prove ? prove(given->source, given->json) : check_drawing(given->source, given->json);
    });

    auto* plan_command =
        app.add_subcommand("plan", "what would be made of a drawing: addresses, routes, programs");
    plan_command->add_option("FILE|TEMPLATE", given->source, "a drawing")->type_name("")->required();
    auto* json = plan_command->add_flag(
        "--json", given->json, "all of it: {lab, engines, routes, addresses, max_connections, notes}");
    auto* script =
        plan_command->add_flag("--script", given->script, "as a shell script of ip and sysctl commands");
    auto* routes = plan_command->add_flag("--routes", given->routes, "who needs which route, and why");
    json->excludes(script)->excludes(routes);
    script->excludes(routes);
    plan_command->callback([given, &exit] {
        exit = plan(given->source, given->json     ? PlanForm::json
                                   : given->script ? PlanForm::script
                                   : given->routes ? PlanForm::routes
                                                   : PlanForm::words);
    });

    auto* picture = app.add_subcommand("render", "draw a drawing into a picture");
    picture->add_option("FILE|TEMPLATE", given->source, "a drawing")->type_name("")->required();
    picture->add_option("-o,--output", given->output, "picture to write: .png, .svg or .pdf")
        ->type_name("FILE")
        ->required();
    picture->add_flag("--dark", given->dark, "light on dark");
    picture->callback([given, &exit] { exit = render(given->source, given->output, given->dark); });
}

void add_demo_command(CLI::App& app, int& exit) {
    const auto given = arguments_of<DemoArguments>();
    auto* command =
        app.add_subcommand("demo", "launch, send real requests, show what each server saw and each hop did");
    command->add_option("FILE|TEMPLATE", given->source, "a drawing (in-line)")->type_name("");
    numbered(
        command->add_option("-n,--requests", given->requests, "from each client to each service port (9)"), 1,
        10'000);
    command->add_flag("--keep", given->keep, "leave the lab up");
    command->add_flag("--json", given->json, "{lab, up_ms, nodes, requests, legs}");
    command->callback([given, &exit] { exit = demo(*given); });
}

void add_lab_commands(CLI::App& app, int& exit) {
    struct Arguments {
        std::string source, name;
        std::vector<std::string> labs;
        bool json = false, all = false;
    };
    const auto given = arguments_of<Arguments>();

    auto* up_command = app.add_subcommand("up", "launch a drawing; returns when every node is ready");
    up_command->add_option("FILE|TEMPLATE", given->source, "a drawing")->type_name("")->required();
    // What is empty would count as not given.
    const CLI::Validator some([](const std::string& text) { return text.empty() ? "is empty" : ""; }, "");
    up_command->add_option("--name", given->name, "name of the lab (the drawing's)")
        ->check(some)
        ->type_name("LAB");
    up_command->add_flag("--json", given->json, "{lab, up_ms, nodes}");
    up_command->callback([given, &exit] { exit = up(given->source, given->name, given->json); });

    auto* ps_command = app.add_subcommand("ps", "the labs that run, and their nodes");
    ps_command->add_flag("--json", given->json, "[{lab, nodes: [{name, kind, state}]}]");
    ps_command->callback([given, &exit] { exit = ps(given->json); });

    auto* down_command = app.add_subcommand("down", "take labs down; nothing of them is left");
    down_command->add_option("LAB", given->labs, "labs")->type_name("");
    down_command->add_flag("--all", given->all, "every lab of yours");
    down_command->callback([given, &exit] { exit = down(given->labs, given->all); });
}

void add_apply_command(CLI::App& app, int& exit) {
    const auto given = arguments_of<ApplyArguments>();
    auto* command = app.add_subcommand("apply", "bring a running lab to a changed drawing");
    command->add_option("LAB", given->lab, "a running lab")->type_name("")->required();
    command->add_option("FILE|TEMPLATE", given->source, "the drawing it is to become")
        ->type_name("")
        ->required();
    numbered(command->add_option("--drain", given->drain_seconds,
                                 "seconds that connections of servers that go may take to end (5)"),
             0, 3600);
    command->add_flag("--json", given->json, "{lab, took_ms, nodes, others, cut_connections, failures}");
    command->footer(
        "What both drawings have alike runs on, connections included. A node is switched off and on only\n"
        "where its programs cannot be told of the change, which is said.");
    command->callback([given, &exit] { exit = apply(*given); });
}

void add_exec_command(CLI::App& app, int& exit, const std::vector<std::string>& behind_dashes) {
    struct Arguments {
        std::string lab, node;
    };
    const auto given = arguments_of<Arguments>();
    auto* command = app.add_subcommand(
        "exec", "run a command in a node; its exit status and streams are the command's own");
    command->add_option("LAB", given->lab, "a running lab")->type_name("")->required();
    command->add_option("NODE", given->node, "a node of it")->type_name("")->required();
    command->footer("fulcrum exec LAB NODE -- COMMAND [ARGUMENT]...");
    command->prefix_command(); // without dashes, the command begins behind the node
    command->callback([given, command, &exit, &behind_dashes] {
        auto argv = command->remaining();
        argv.insert(argv.end(), behind_dashes.begin(), behind_dashes.end());
        exit = exec(given->lab, given->node, argv);
    });
}

void add_report_commands(CLI::App& app, int& exit) {
    struct Arguments {
        std::string lab;
        std::size_t limit = 1000;
        bool json = false;
    };
    const auto given = arguments_of<Arguments>();

    auto* stats_command =
        app.add_subcommand("stats", "connections, shares and health per server, counters per SE");
    stats_command->add_option("LAB", given->lab, "a running lab")->type_name("")->required();
    stats_command->add_flag("--json", given->json,
                            "{services: [{name, vip, port, connections, servers: [{name, address, up, "
                            "connections}]}], ses}");
    stats_command->callback([given, &exit] { exit = stats(given->lab, given->json); });

    auto* flows_command =
        app.add_subcommand("flows", "the balanced connections, live and closed, oldest first");
    flows_command->add_option("LAB|CAPTURE", given->lab, "a running lab, or a capture file")
        ->type_name("")
        ->required();
    numbered(flows_command->add_option("--limit", given->limit, "only the newest N (1000)"), 1, 1'000'000);
    flows_command->add_flag("--json", given->json, "one array, an object per flow");
    flows_command->callback([given, &exit] { exit = flows(given->lab, given->limit, given->json); });

    auto* requests_command =
        app.add_subcommand("requests", "the HTTP requests of layer-7 services that have ended, oldest first");
    requests_command->add_option("LAB", given->lab, "a running lab")->type_name("")->required();
    numbered(requests_command->add_option("--limit", given->limit, "only the newest N (1000)"), 1, 1'000'000);
    requests_command->add_flag("--json", given->json, "one array, an object per request");
    requests_command->callback([given, &exit] { exit = requests(given->lab, given->limit, given->json); });
}

void add_node_commands(CLI::App& app, int& exit) {
    struct Arguments {
        std::string lab, node;
    };
    const auto given = arguments_of<Arguments>();
    const auto add = [&](const char* name, const char* description, NodeAction action) {
        auto* command = app.add_subcommand(name, description);
        command->add_option("LAB", given->lab, "a running lab")->type_name("")->required();
        command->add_option("NODE", given->node, "a node of it")->type_name("")->required();
        command->callback([given, action, &exit] { exit = act_on_node(given->lab, given->node, action); });
    };
    add("start", "start a stopped node, its links and its programs", NodeAction::start);
    add("stop", "switch a node off: its programs end, its links go down", NodeAction::stop);
    add("kill", "the same at once, without a word to its programs", NodeAction::kill);
}

void add_traffic_commands(CLI::App& app, int& exit) {
    const auto load_given = arguments_of<LoadArguments>();
    auto* load_command =
        app.add_subcommand("load", "send many requests from a node, and report rates, latencies and shares");
    load_command->add_option("LAB", load_given->lab, "a running lab")->type_name("")->required();
    load_command->add_option("NODE", load_given->node, "a node of it")->type_name("")->required();
    load_command->add_option("URL", load_given->url, "http://HOST[:PORT][/path] or udp://HOST:PORT")
        ->type_name("")
        ->required();
    load_command->add_option("-c,--connections", load_given->connections, "connections at once (10)")
        ->type_name("N");
    load_command->add_option("-n,--requests", load_given->requests, "requests in all (1000 without -d)")
        ->type_name("N");
    load_command->add_option("-d,--duration", load_given->seconds, "seconds")->type_name("N");
    load_command
        ->add_option("--timeout", load_given->timeout, "seconds until a request has failed (10; UDP 1)")
        ->type_name("N");
    load_command->add_flag("--no-keepalive", load_given->new_connections,
                           "a new connection for every request");
    load_command->add_flag("--proxy-header", load_given->proxy_header,
                           "open each TCP connection with a PROXY header (version 1)");
    load_command->add_flag("--udp", load_given->udp, "datagrams to the built-in echo instead of HTTP");
    load_command->add_flag("--json", load_given->json, "one JSON document");
    load_command->callback([load_given, &exit] { exit = load(*load_given); });

    const auto given = arguments_of<CaptureArguments>();
    auto* command = app.add_subcommand("capture", "packets of any links at once into one pcapng file");
    command->add_option("LAB", given->lab, "a running lab")->type_name("")->required();
    command->add_option("-o,--output", given->output, "file to write, - for standard output")
        ->type_name("FILE")
        ->required();
    command->add_option("--link", given->links, "a link end, as in se1:eth0; may be repeated (all)")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("NODE:IF");
    command->add_option("--filter", given->filter, "which packets, as in \"tcp port 80\" (pcap-filter(7))")
        ->type_name("BPF");
    numbered(command->add_option("--seconds", given->seconds, "end by itself after N seconds"), 0.001, 1e9);
    command
        ->add_option("--snaplen", given->snaplen_bytes,
                     "keep only the first BYTES of a packet (262144); at 10 Gbit/s whole packets cost 17 % "
                     "of bulk and drop 70 %, 256 bytes cost 13 % and drop none")
        ->check(CLI::Range(64, 262'144).description(""))
        ->type_name("BYTES");
    command
        ->add_option("--ring", given->ring,
                     "files of SIZE (as 64M), the newest FILES (2) kept: FILE-00001.pcapng and so on")
        ->type_name("SIZE[xFILES]");
    command->callback([given, &exit] { exit = capture_packets(*given); });
}

// `fulcrum` and `fulcrum FILE` open the window. A word that is no command and looks like no file is a
// mistyped command, and a window with a new drawing of that name would be a surprise.
bool is_drawing(const std::string& word) {
    std::error_code error;
    return std::filesystem::exists(word, error) || word.find('/') != std::string::npos ||
           word.ends_with(".json");
}

} // namespace

int run_command_line(int argc, char** argv) {
    if (argc == 1) {
        return open_window("");
    }
    CLI::App app{"Draw a load-balancer network, launch it, send real requests, see every packet.\n"
                 "Without a command: fulcrum [FILE] opens the window."};
    app.name("fulcrum");
    app.set_version_flag("--version", "fulcrum " FULCRUM_VERSION);
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);
    int exit = exit_good;
    const std::string first = argv[1];
    // What stands behind "--" is the command's, to the letter: options, quotes and a second "--" included. So
    // it is taken away before the parser can make anything of it.
    std::vector<std::string> behind_dashes;
    if (first == "exec") {
        const auto dashes = std::find(argv + 1, argv + argc, std::string_view("--"));
        behind_dashes.assign(std::min(dashes + 1, argv + argc), argv + argc);
        argc = static_cast<int>(dashes - argv);
    }
    add_demo_command(app, exit);
    add_drawing_commands(app, exit);
    add_lab_commands(app, exit);
    add_apply_command(app, exit);
    add_exec_command(app, exit, behind_dashes);
    add_report_commands(app, exit);
    add_node_commands(app, exit);
    add_link_command(app, exit);
    add_traffic_commands(app, exit);
    add_packet_commands(app, exit);
    // Last, or every command would inherit it.
    app.footer(
        "First steps:\n"
        "  fulcrum demo                                          a lab, real requests, what each hop did\n"
        "  fulcrum up in-line                                    launch a built-in drawing\n"
        "  fulcrum exec in-line client1 -- curl http://10.1.1.100/\n"
        "  fulcrum down in-line\n"
        "Exit codes: 0 good; 1 it failed, or problems were found; 2 wrong use or unusable input.");

    const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
    const bool known = std::any_of(commands.begin(), commands.end(),
                                   [&](const auto* command) { return command->get_name() == first; });
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

} // namespace fulcrum::cli
