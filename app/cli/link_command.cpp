#include <charconv>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/link_commands.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {

namespace {

using netns::LinkCounters;
using netns::LinkFaults;
using netns::LinkStatus;
using nlohmann::ordered_json;

Result<std::uint64_t> parse_whole(const std::string& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return bad_input(fmt::format("\"{}\" is no whole number", text));
    }
    return value;
}

template <class Value>
Result<> change(Value& value, const char* option, const std::string& text,
                Result<Value> (*parse)(const std::string&)) {
    if (text.empty()) {
        return {};
    }
    auto parsed = parse(text);
    if (!parsed) {
        return fail(parsed.error(), fmt::format("link: --{}", option));
    }
    value = *parsed;
    return {};
}

// What was typed, over what is.
Result<> apply(LinkFaults& faults, const LinkArguments& typed) {
    if (typed.clear) {
        const std::uint64_t seed = faults.seed;
        faults = {};
        faults.seed = seed;
    }
    for (const auto& done : {
             change(faults.rate_bps, "rate", typed.rate, parse_rate),
             change(faults.queue_bytes, "queue", typed.queue, parse_whole),
             change(faults.delay, "delay", typed.delay, parse_time),
             change(faults.jitter, "jitter", typed.jitter, parse_time),
             change(faults.loss, "loss", typed.loss, parse_share),
             change(faults.duplicate, "duplicate", typed.duplicate, parse_share),
             change(faults.reorder, "reorder", typed.reorder, parse_share),
             change(faults.seed, "seed", typed.seed, parse_whole),
         }) {
        if (!done) {
            return done;
        }
    }
    return {};
}

ordered_json json_of(const LinkFaults& faults, const LinkCounters& counters) {
    return {{"rate_bps", faults.rate_bps},
            {"queue_bytes", faults.queue_bytes},
            {"delay_ms", static_cast<double>(faults.delay.count()) / 1000},
            {"jitter_ms", static_cast<double>(faults.jitter.count()) / 1000},
            {"loss", faults.loss},
            {"duplicate", faults.duplicate},
            {"reorder", faults.reorder},
            {"seed", faults.seed},
            {"counters",
             {{"passed", counters.passed},
              {"lost", counters.lost},
              {"duplicated", counters.duplicated},
              {"reordered", counters.reordered},
              {"queue_drops", counters.queue_drops},
              {"waiting", counters.waiting},
              {"missed", counters.missed},
              {"late_us_median", counters.late_us_median},
              {"late_us_p99", counters.late_us_p99}}}};
}

void print_direction(const char* name, const LinkFaults& faults, const LinkCounters& counters) {
    fmt::print("  {:<4} {}\n", name, text_of(faults));
    fmt::print(
        "       {} passed, {} lost, {} duplicated, {} reordered, {} dropped by the queue, {} on their way",
        counters.passed, counters.lost, counters.duplicated, counters.reordered, counters.queue_drops,
        counters.waiting);
    if (counters.missed > 0) {
        fmt::print(", {} missed: the machine is too busy", counters.missed);
    }
    if (counters.late_us_p99 > 0) {
        fmt::print("; half less than {} µs late, 99 % less than {} µs", counters.late_us_median,
                   counters.late_us_p99);
    }
    fmt::print("\n");
}

int show(const LinkStatus& link, bool json) {
    if (json) {
        const ordered_json out = {{"end", link.node + ":" + link.interface},
                                  {"far", link.far},
                                  {"up", link.up},
                                  {"relayed", link.relayed},
                                  {"broken", link.broken},
                                  {"out", json_of(link.out, link.out_counters)},
                                  {"in", json_of(link.in, link.in_counters)}};
        fmt::print("{}\n", out.dump(2));
        return exit_good;
    }
    fmt::print("{}:{} – {}: {}\n", link.node, link.interface, link.far, link.up ? "up" : "down");
    if (!link.broken.empty()) {
        fmt::print("  broken: {}; \"set\" starts it again\n", link.broken);
    }
    if (!link.relayed && link.broken.empty()) {
        fmt::print("  a perfect wire, nothing in its middle\n");
        return exit_good;
    }
    print_direction("out", link.out, link.out_counters);
    print_direction("in", link.in, link.in_counters);
    return exit_good;
}

} // namespace

int link(const LinkArguments& arguments) {
    const auto colon = arguments.end.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == arguments.end.size()) {
        return report_usage(fmt::format("link: {}: write NODE:INTERFACE, as in server1:eth0", arguments.end));
    }
    if (arguments.action == "up" || arguments.action == "down") {
        return set_link(arguments.lab, arguments.end, arguments.action == "up");
    }
    // Everything that can be wrong with what was typed is said before the lab is asked anything.
    LinkFaults tried;
    if (const auto good = apply(tried, arguments); !good) {
        return report(good.error());
    }
    auto client = netns::LabClient::connect(arguments.lab);
    if (!client) {
        return report(client.error());
    }
    const std::string node = arguments.end.substr(0, colon), interface = arguments.end.substr(colon + 1);
    auto now = client->link(node, interface);
    if (!now) {
        return report(now.error());
    }
    if (arguments.action.empty()) {
        return show(*now, arguments.json);
    }
    for (LinkFaults* faults : {&now->out, &now->in}) {
        if (arguments.direction == "both" || (faults == &now->out) == (arguments.direction == "out")) {
            if (const auto changed = apply(*faults, arguments); !changed) {
                return report(changed.error());
            }
        }
    }
    if (const auto done = client->impair(node, interface, now->out, now->in, !arguments.seed.empty());
        !done) {
        return report(done.error());
    }
    if (!arguments.json) {
        fmt::print("link {} in {}: out: {}; in: {}\n", arguments.end, arguments.lab, text_of(now->out),
                   text_of(now->in));
        return exit_good;
    }
    const auto after = client->link(node, interface);
    return after ? show(*after, true) : report(after.error());
}

} // namespace fulcrum::cli
