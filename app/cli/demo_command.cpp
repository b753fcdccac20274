// demo: launches a drawing, sends real requests, shows what each server saw and what each hop did, and cleans
// up.
#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <poll.h>

#include "app/cli/commands.h"
#include "app/cli/demo_report.h"
#include "app/cli/drawing_source.h"
#include "app/cli/ending.h"
#include "app/cli/lab_taps.h"
#include "app/cli/lab_view.h"
#include "app/cli/launch_drawing.h"
#include "app/cli/terminal.h"

namespace fulcrum::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto health_patience = 5s;

// A demo goes on to its end when nobody reads any more: the lab has to be taken down.
void say(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

// Engines answer for a VIP when they are ready, but know a server only after its first probes.
void await_health(netns::LabClient& lab) {
    ProgressLine line;
    const auto deadline = std::chrono::steady_clock::now() + health_patience;
    while (std::chrono::steady_clock::now() < deadline && !Interruption::requested()) {
        const auto engines = read_engines(lab);
        if (!engines) {
            return;
        }
        const auto services = add_up(*engines);
        const bool ready =
            !services.empty() && std::all_of(services.begin(), services.end(), [](const auto& service) {
                const auto& servers = service.sum.servers;
                return service.sum.placed && std::all_of(servers.begin(), servers.end(),
                                                         [](const auto& server) { return server.up; });
            });
        if (ready) {
            return;
        }
        line.show("waiting for the first health probes");
        ::poll(nullptr, 0, 20);
    }
}

// The first answered TCP request of the demo whose flow an engine has logged.
void choose_traced(Demo& demo, netns::LabClient& lab) {
    const auto flows = read_flows(lab, 100'000);
    if (!flows) {
        return;
    }
    for (const auto& exchange : demo.exchanges) {
        for (const auto& answer : exchange.answers) {
            const auto client = parse_socket(answer.sent_from);
            if (!client || exchange.target.protocol != designer::Protocol::tcp) {
                continue;
            }
            for (const auto& [se, flow] : *flows) {
                if (flow.client == client->address && flow.client_port == client->port &&
                    flow.vip == exchange.target.vip && flow.vip_port == exchange.target.port) {
                    const bool dsr = flow.mode == designer::Mode::l2_dsr;
                    demo.traced = Conversation{*client,
                                               {flow.vip, flow.vip_port},
                                               {flow.source, flow.source_port},
                                               dsr ? Socket{flow.vip, flow.vip_port}
                                                   : Socket{flow.server_address, flow.server_port}};
                    demo.traced_server = flow.server;
                    return;
                }
            }
        }
    }
}

Result<> play(Demo& demo, netns::LabClient& lab, const designer::Document& drawing,
              const DemoArguments& arguments) {
    await_health(lab);
    auto taps = open_taps(lab, {});
    if (!taps) {
        return tl::unexpected(taps.error());
    }
    std::vector<std::string> tap_names;
    for (const auto& tap : *taps) {
        tap_names.push_back(tap.name);
    }
    SightingSink sink;
    capture::CaptureOptions options;
    options.filter = SightingSink::filter;
    options.ring_bytes_in_all = 1; // handshakes only: the smallest rings hold thousands
    auto capture = capture::LiveCapture::start(std::move(*taps), options, sink);
    if (!capture) {
        return tl::unexpected(capture.error());
    }
    ProgressLine line;
    for (const auto& target : demo_targets(drawing)) {
        if (Interruption::requested()) {
            return fail("demo: interrupted");
        }
        line.show(fmt::format("{} asks {}", target.client, target.url()));
        auto exchange = send_requests(lab, target, arguments.requests);
        if (!exchange) {
            return tl::unexpected(exchange.error());
        }
        demo.exchanges.push_back(std::move(*exchange));
    }
    if (Interruption::requested()) {
        return fail("demo: interrupted");
    }
    line.clear();
    if (auto stopped = capture->stop(); !stopped) {
        return stopped;
    }
    choose_traced(demo, lab);
    if (demo.traced) {
        demo.legs = trace_legs(sink.sightings(), tap_names, *demo.traced);
    }
    return {};
}

void tell_ending(const Demo& demo) {
    const Style style(1);
    const auto& lab = demo.launched.lab;
    if (demo.kept) {
        say(style.dim(fmt::format(
            "\nthe lab stays: fulcrum stats {0}, fulcrum exec {0} NODE -- sh, fulcrum down {0}\n", lab)));
    } else {
        say(style.dim("\nthe lab is down again; --keep leaves it up, \"fulcrum up\" launches one to stay\n"));
    }
}

} // namespace

int demo(const DemoArguments& arguments) {
    const auto drawing = load_drawing(arguments.source);
    if (!drawing) {
        return report(drawing.error());
    }
    const Interruption interruption;
    Demo demo;
    demo.kept = arguments.keep;
    auto launched = launch_drawing(*drawing, "");
    if (!launched) {
        return report(launched.error());
    }
    demo.launched = std::move(*launched);
    // From here on a lab has to be taken down, whoever loses interest: Ctrl-C above, or a pager that was
    // left. Not sooner: the lab's processes would inherit it.
    std::signal(SIGPIPE, SIG_IGN);
    if (!arguments.json) {
        const Style style(1);
        say(fmt::format("lab {} is up: {} nodes in {}\n\n", style.bold(demo.launched.lab),
                        demo.launched.nodes.size(), readable_ms(demo.launched.up_ms)));
    }
    auto lab = netns::LabClient::connect(demo.launched.lab);
    if (!lab) {
        return report(lab.error());
    }
    const auto played = play(demo, *lab, designer::fill_addresses(*drawing), arguments);
    if (played && arguments.json) {
        say(emit_demo_json(demo));
    } else if (played) {
        say(requests_in_words(demo.exchanges) + legs_in_words(demo));
    }
    Result<> ended;
    if (!arguments.keep) {
        ended = lab->down();
    }
    if (!played) {
        return report(played.error());
    }
    if (!ended) {
        return report(ended.error());
    }
    if (!arguments.json) {
        tell_ending(demo);
    }
    return demo.all_answered() ? exit_good
                               : report_failed("demo: not every request was answered: see the table above");
}

} // namespace fulcrum::cli
