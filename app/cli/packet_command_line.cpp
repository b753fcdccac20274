// What can be typed about packets of the past: inspect, ladder, replay.
#include <CLI/CLI.hpp>
#include <memory>

#include "app/cli/packet_commands.h"

namespace fulcrum::cli {

namespace {

void add_inspect(CLI::App& app, int& exit) {
    const auto inspecting = std::make_shared<InspectArguments>();
    auto* inspect_command = app.add_subcommand("inspect", "list, filter and decode the packets of a capture");
    inspect_command->add_option("CAPTURE", inspecting->capture, "a pcap or pcapng file")
        ->type_name("")
        ->required();
    inspect_command
        ->add_option("--filter", inspecting->filter,
                     "a display filter, as in \"tcp.port == 80 and ip.ttl < 60\"")
        ->type_name("EXPR");
    inspect_command->add_option("--limit", inspecting->limit, "only the first N packets (all)")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 40).description(""))
        ->type_name("N");
    auto* count = inspect_command->add_flag("--count", inspecting->count, "only how many packets there are");
    inspect_command->add_flag("--tree", inspecting->tree, "every field of every packet");
    auto* inspect_json = inspect_command->add_flag("--json", inspecting->json,
                                                   "{file, packets, matches, damage, interfaces, rows}");
    inspect_command
        ->add_flag("--follow", inspecting->follow,
                   "go on while the capture is being written; ends with it, or with Ctrl-C")
        ->excludes(count)
        ->excludes(inspect_json);
    inspect_command->callback([inspecting, &exit] { exit = inspect(*inspecting); });
}

void add_ladder(CLI::App& app, int& exit) {
    const auto climbing = std::make_shared<LadderArguments>();
    auto* ladder_command =
        app.add_subcommand("ladder", "each request across all hops, and what each rewrote");
    ladder_command
        ->add_option("LAB|CAPTURE", climbing->sources,
                     "a running lab, or capture files of one or several machines")
        ->type_name("")
        ->required();
    ladder_command
        ->add_option("--flows", climbing->flows,
                     "the flow log to captures, as \"fulcrum flows LAB --json\" prints it")
        ->type_name("FILE");
    ladder_command->add_option("--seconds", climbing->seconds, "how long to watch a lab (5)")
        ->check(CLI::Range(0.001, 1e6).description(""))
        ->type_name("N");
    ladder_command->add_option("--limit", climbing->limit, "requests told in words (20)")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 40).description(""))
        ->type_name("N");
    ladder_command->add_flag("--connections", climbing->connections,
                             "in words also connections in which nothing was said, as health probes are");
    ladder_command->add_flag("--json", climbing->json,
                             "{requests: [{method, target, status, legs, joins, confidence}]}");
    ladder_command->callback([climbing, &exit] { exit = ladder(*climbing); });
}

void add_replay(CLI::App& app, int& exit) {
    const auto replaying = std::make_shared<ReplayArguments>();
    auto* replay_command =
        app.add_subcommand("replay", "send a capture's packets, or its requests, into a lab");
    replay_command->add_option("CAPTURE", replaying->capture, "a pcap or pcapng file")
        ->type_name("")
        ->required();
    replay_command->add_option("--into", replaying->lab, "a running lab")->type_name("LAB")->required();
    replay_command
        ->add_option("--link", replaying->link,
                     "send from this link end, as client1:eth0 (where each packet came from)")
        ->type_name("NODE:IF");
    replay_command->add_option("--filter", replaying->filter, "only packets that a display filter takes")
        ->type_name("EXPR");
    replay_command->add_option("--map", replaying->maps, "an address for another, OLD=NEW; may be repeated")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("OLD=NEW");
    auto* speed = replay_command->add_option("--speed", replaying->speed, "times as fast as recorded (1)")
                      ->check(CLI::Range(1e-6, 1e6).description(""))
                      ->type_name("X");
    auto* rate =
        replay_command->add_option("--pps", replaying->packets_per_second, "this many packets a second")
            ->check(CLI::Range(1e-3, 1e8).description(""))
            ->type_name("N");
    auto* top = replay_command->add_flag(
        "--top-speed", replaying->top_speed,
        "as fast as it goes; the link end that packets leave from does not capture them");
    auto* requests = replay_command->add_flag("--requests", replaying->requests,
                                              "its HTTP requests over new connections, not its packets");
    replay_command
        ->add_option("--client", replaying->client, "requests: who sends them (who did, or the first client)")
        ->type_name("NODE")
        ->needs(requests);
    replay_command
        ->add_option("--vip", replaying->vip, "requests: to whom all of them go (as recorded, or by --map)")
        ->type_name("ADDRESS[:PORT]")
        ->needs(requests);
    replay_command
        ->add_flag("--compare", replaying->compare,
                   "requests: tell every difference to the recorded answers; 1 when a status or body differs")
        ->needs(requests);
    requests->excludes(rate)->excludes("--link")->excludes("--filter");
    speed->excludes(rate)->excludes(top);
    rate->excludes(top);
    replay_command->add_flag("--json", replaying->json,
                             "one JSON document: counts, and how late packets were");
    replay_command->callback([replaying, &exit] {
        exit = replaying->requests ? replay_requests(*replaying) : replay(*replaying);
    });
}

} // namespace

void add_packet_commands(CLI::App& app, int& exit) {
    add_inspect(app, exit);
    add_ladder(app, exit);
    add_replay(app, exit);
}

} // namespace fulcrum::cli
