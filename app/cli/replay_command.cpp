// replay: a capture's packets sent again into a lab, onto the links that they came from.
#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/open_capture.h"
#include "app/cli/packet_commands.h"
#include "app/cli/terminal.h"
#include "capture/filter/display_filter.h"
#include "capture/replay/replay.h"
#include "engine/base/open_files.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {
namespace {

using Json = nlohmann::ordered_json;
using namespace capture;

// Which packets go where.
struct Assignment {
    std::vector<ReplayPacket> packets;
    std::vector<std::string> ends; // link ends by output
    std::uint64_t received = 0;    // were seen coming in: their sender's end has them, too
    std::uint64_t homeless = 0;    // of interfaces that the lab does not have
    std::uint64_t not_ethernet = 0;
};

Assignment assign(const CaptureFile::Reading& reading, const std::vector<std::uint32_t>& chosen,
                  const std::string& link, const std::vector<std::string>& known) {
    Assignment out;
    std::map<std::string, std::uint32_t> outputs;
    const auto output_of = [&](const std::string& end) {
        const auto [at, fresh] = outputs.try_emplace(end, static_cast<std::uint32_t>(out.ends.size()));
        if (fresh) {
            out.ends.push_back(end);
        }
        return at->second;
    };
    for (const auto i : chosen) {
        const auto& interface = reading.interfaces()[reading.file().record(i).interface];
        if (interface.link_type != link_type::ethernet) {
            ++out.not_ethernet;
            continue;
        }
        const auto options = reading.file().packet(i).options;
        const auto flags = options.find(option::packet_flags);
        const bool came_in =
            flags && flags->value.size() == 4 && (options.order().load32(flags->value.data()) & 3U) == 1;
        if (!link.empty()) {
            // Onto one link: everything, or, of a capture that has this link, what it sent.
            if (interface.name == link && came_in) {
                ++out.received;
            } else {
                out.packets.push_back({i, output_of(link)});
            }
        } else if (came_in) {
            ++out.received;
        } else if (std::find(known.begin(), known.end(), interface.name) == known.end()) {
            ++out.homeless;
        } else {
            out.packets.push_back({i, output_of(interface.name)});
        }
    }
    return out;
}

Result<std::vector<ReplayOutput>> open_outputs(netns::LabClient& lab, const std::vector<std::string>& ends) {
    raise_open_files();
    std::vector<ReplayOutput> outputs;
    for (const auto& end : ends) {
        const auto colon = end.rfind(':');
        auto tap =
            lab.open_tap(end.substr(0, colon), colon == std::string::npos ? "" : end.substr(colon + 1));
        if (!tap) {
            return fail(tap.error(), end);
        }
        outputs.push_back({end, std::move(tap->fd), tap->interface_index});
    }
    return outputs;
}

double microseconds(std::int64_t ns) {
    return static_cast<double>(ns) / 1e3;
}

void tell(const ReplayReport& report, const Assignment& assignment, const ReplayOptions& options) {
    fmt::print("{} packets, {} in {:.3f} s ({:.0f}/s); recorded in {:.3f} s\n", report.packets,
               readable_bytes(report.bytes), report.seconds,
               report.seconds > 0 ? static_cast<double>(report.packets) / report.seconds : 0.0,
               report.recorded_seconds);
    if (options.pace != ReplayOptions::Pace::top) {
        fmt::print("late by {:.1f} µs (median), {:.1f} µs (99 %), {:.1f} µs (worst); drift {:.3f} µs/s\n",
                   microseconds(report.median_ns), microseconds(report.p99_ns), microseconds(report.worst_ns),
                   microseconds(report.drift_ns_per_s));
    }
    for (std::size_t i = 0; i < assignment.ends.size(); ++i) {
        fmt::print("  {:<20} {:>10} packets\n", assignment.ends[i], report.by_output[i]);
    }
    if (report.offloaded != 0) {
        fmt::print("{} of them as segments larger than the MTU\n", report.offloaded);
    }
    if (report.cut != 0) {
        fmt::print("{} of them shorter than they were: the capture kept only their beginning (snaplen), so "
                   "receivers discard them\n",
                   report.cut);
    }
    if (assignment.received != 0) {
        fmt::print("{} were seen arriving: their senders' ends of the links sent them\n",
                   assignment.received);
    }
    if (assignment.homeless != 0) {
        fmt::print("{} are of interfaces that the lab does not have: --link says where they go\n",
                   assignment.homeless);
    }
    if (assignment.not_ethernet != 0) {
        fmt::print("{} are no Ethernet frames\n", assignment.not_ethernet);
    }
}

Json as_json(const ReplayReport& sent, const Assignment& assignment, const ReplayOptions& options,
             const std::optional<Damage>& damage) {
    Json links = Json::object();
    for (std::size_t i = 0; i < assignment.ends.size(); ++i) {
        links[assignment.ends[i]] = sent.by_output[i];
    }
    Json document{
        {"packets", sent.packets},
        {"bytes", sent.bytes},
        {"seconds", sent.seconds},
        {"recorded_seconds", sent.recorded_seconds},
        {"packets_per_second", sent.seconds > 0 ? static_cast<double>(sent.packets) / sent.seconds : 0.0},
        {"offloaded", sent.offloaded},
        {"cut", sent.cut},
        {"refused", sent.refused},
        {"interrupted", sent.cancelled},
        {"arrived", assignment.received},
        {"other_interfaces", assignment.homeless},
        {"not_ethernet", assignment.not_ethernet},
        {"links", links},
        {"damage", damage ? Json{{"offset", damage->offset}, {"why", damage->why}} : Json()}};
    if (options.pace != ReplayOptions::Pace::top) {
        document["late_us"] = {{"median", microseconds(sent.median_ns)},
                               {"p99", microseconds(sent.p99_ns)},
                               {"worst", microseconds(sent.worst_ns)}};
        document["drift_us_per_s"] = microseconds(sent.drift_ns_per_s);
    }
    return document;
}

Result<ReplayOptions> options_of(const ReplayArguments& arguments) {
    ReplayOptions options;
    for (const auto& map : arguments.maps) {
        if (const auto added = options.addresses.add(map); !added) {
            return tl::unexpected(added.error());
        }
    }
    options.speed = arguments.speed;
    options.packets_per_second = arguments.packets_per_second;
    options.pace = arguments.top_speed                ? ReplayOptions::Pace::top
                   : arguments.packets_per_second > 0 ? ReplayOptions::Pace::constant
                                                      : ReplayOptions::Pace::recorded;
    return options;
}

// The lab's link ends. Fails when `wanted` is given and is none of them.
Result<std::vector<std::string>> link_ends_of(netns::LabClient& lab, const std::string& wanted) {
    const auto interfaces = lab.interfaces();
    if (!interfaces) {
        return tl::unexpected(interfaces.error());
    }
    std::vector<std::string> ends;
    for (const auto& one : *interfaces) {
        ends.push_back(one.node + ":" + one.interface);
    }
    if (!wanted.empty() && std::find(ends.begin(), ends.end(), wanted) == ends.end()) {
        return bad_input(
            fmt::format("{}: there is no such link end: there are {}", wanted, fmt::join(ends, " ")));
    }
    return ends;
}

// Until all is sent or somebody presses Ctrl-C: signals interrupt only system calls, so somebody has to look
// for them.
Result<ReplayReport> send_packets(const CaptureFile& file, const Assignment& assignment,
                                  std::vector<ReplayOutput> outputs, ReplayOptions options) {
    const Interruption interruption;
    std::atomic<bool> cancelled{false}, done{false};
    options.cancelled = &cancelled;
    std::thread watcher([&] {
        while (!done && !cancelled) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            cancelled = Interruption::requested();
        }
    });
    auto sent = replay_packets(file, assignment.packets, std::move(outputs), options);
    done = true;
    watcher.join();
    return sent;
}

} // namespace

int replay(const ReplayArguments& arguments) {
    const auto options = options_of(arguments);
    if (!options) {
        return report(options.error().within("replay"));
    }
    const auto filter = DisplayFilter::compile(arguments.filter);
    if (!filter) {
        return report_usage(fmt::format("replay: filter, at character {}: {}", filter.error().position + 1,
                                        filter.error().message));
    }
    auto lab = netns::LabClient::connect(arguments.lab);
    if (!lab) {
        return report(lab.error().within("replay"));
    }
    const auto known = link_ends_of(*lab, arguments.link);
    if (!known) {
        return report(known.error().within("replay"));
    }
    const auto file = open_capture(arguments.capture);
    if (!file) {
        return report(file.error().within("replay"));
    }
    const auto chosen = matching_packets(**file, *filter);
    Assignment assignment;
    std::optional<Damage> damage;
    {
        const CaptureFile::Reading reading(**file);
        damage = reading.damage();
        assignment = assign(reading, chosen, arguments.link, *known);
    }
    if (assignment.packets.empty()) {
        return report_failed(fmt::format(
            "replay: {}: none of its {} packets can be sent: {} are of interfaces that the lab does not have "
            "(--link NODE:IF says where they go), {} are no Ethernet frames, {} were seen arriving",
            arguments.capture, (*file)->size(), assignment.homeless, assignment.not_ethernet,
            assignment.received));
    }
    auto outputs = open_outputs(*lab, assignment.ends);
    if (!outputs) {
        return report(outputs.error().within("replay"));
    }
    const auto sent = send_packets(**file, assignment, std::move(*outputs), *options);
    if (!sent) {
        return report(sent.error());
    }
    if (arguments.json) {
        fmt::print("{}\n", as_json(*sent, assignment, *options, damage).dump(2));
    } else {
        tell(*sent, assignment, *options);
    }
    if (sent->cancelled) {
        return report_failed("replay: interrupted");
    }
    if (sent->refused != 0) {
        return report_failed(fmt::format("replay: {} packets were refused; the first: {}", sent->refused,
                                         sent->first_refusal));
    }
    if (damage) {
        return report_failed(fmt::format("replay: {}: {}; only the {} packets before could be sent",
                                         arguments.capture, damage->why, (*file)->size()));
    }
    return exit_good;
}

} // namespace fulcrum::cli
