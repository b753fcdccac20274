// ladder: each request across all hops, from captures or from a running lab.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <poll.h>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/flow_facts.h"
#include "app/cli/lab_taps.h"
#include "app/cli/lab_view.h"
#include "app/cli/open_capture.h"
#include "app/cli/packet_commands.h"
#include "app/cli/terminal.h"
#include "capture/ladder/ladder.h"
#include "capture/pcapng_writer.h"
#include "capture/time_between.h"

namespace fulcrum::cli {
namespace {

using Json = nlohmann::ordered_json;
using namespace capture;

Json sighting_as_json(const Sighting& seen, const std::vector<LadderFile>& files) {
    Json one{{"interface", seen.interface},
             {"node", seen.node},
             {"direction", seen.direction == Direction::in    ? "in"
                           : seen.direction == Direction::out ? "out"
                                                              : ""},
             {"packet", seen.packet + 1},
             {"time_ns", seen.time_ns},
             {"source_mac", seen.source_mac.text()},
             {"destination_mac", seen.destination_mac.text()},
             {"ttl", seen.ttl},
             {"sequence", seen.sequence}};
    if (files.size() > 1) {
        one["file"] = files[seen.file].file->name();
    }
    if (!seen.tunnel.empty()) {
        one["tunnel"] = seen.tunnel;
    }
    one["rewritten"] = seen.rewritten;
    return one;
}

Json leg_as_json(const LadderLeg& leg, const std::vector<LadderFile>& files) {
    Json one{{"source", leg.source.text()}, {"destination", leg.destination.text()},
             {"began_ns", leg.began_ns},    {"ended_ns", leg.ended_ns == 0 ? Json() : Json(leg.ended_ns)},
             {"request", Json::array()},    {"answer", Json::array()}};
    for (const auto& seen : leg.request) {
        one["request"].push_back(sighting_as_json(seen, files));
    }
    for (const auto& seen : leg.answer) {
        one["answer"].push_back(sighting_as_json(seen, files));
    }
    return one;
}

Json request_as_json(const LadderRequest& request, std::size_t number, const std::vector<LadderFile>& files) {
    Json one{{"number", number},
             {"kind", request.is_http  ? "http"
                      : request.is_udp ? "datagram"
                                       : "connection"}};
    if (request.is_http) {
        one["method"] = request.method;
        one["target"] = request.target;
        one["host"] = request.host;
        one["status"] = request.status == 0 ? Json() : Json(request.status);
    } else if (!request.method.empty()) { // a DNS question
        one["method"] = request.method;
        one["target"] = request.target;
    }
    if (!request.balancer.empty()) {
        one["se"] = request.balancer;
        one["server"] = request.server;
        one["why"] = request.why;
    }
    if (!request.is_http && !request.is_udp) {
        one["carries_data"] = request.carries_data;
    }
    one["confidence"] = request.joins.empty() ? "one leg" : name_of(request.confidence);
    one["legs"] = Json::array();
    for (const auto& leg : request.legs) {
        one["legs"].push_back(leg_as_json(leg, files));
    }
    one["joins"] = Json::array();
    for (const auto& join : request.joins) {
        one["joins"].push_back({{"from", join.from},
                                {"to", join.to},
                                {"confidence", name_of(join.confidence)},
                                {"evidence", join.evidence},
                                {"rewritten", join.rewritten}});
    }
    return one;
}

void print_way(const std::vector<Sighting>& way, bool answer, std::int64_t zero_ns, const Style& style) {
    for (const auto& seen : way) {
        const auto arrow = answer ? "◀" : "▶";
        fmt::print("    {} {:>10.3f} ms  {:<16} {:<3} {} → {}  TTL {}{}\n",
                   answer ? style.cyan(arrow) : style.green(arrow),
                   static_cast<double>(capture::ns_between(zero_ns, seen.time_ns)) / 1e6,
                   printable(seen.interface),
                   seen.direction == Direction::in    ? "in"
                   : seen.direction == Direction::out ? "out"
                                                      : "",
                   seen.source_mac.text(), seen.destination_mac.text(), seen.ttl,
                   seen.tunnel.empty() ? "" : "  " + seen.tunnel);
        if (!seen.rewritten.empty()) {
            fmt::print("                     {}\n",
                       style.yellow(printable(fmt::format("{}", fmt::join(seen.rewritten, ", ")))));
        }
    }
}

void print_request(const LadderRequest& request, std::size_t number, const Style& style) {
    const auto zero_ns = request.legs.front().began_ns;
    const auto what =
        request.is_http           ? fmt::format("{} {} → {}", request.method, request.target,
                                      request.status == 0 ? "no answer seen" : std::to_string(request.status))
                  : !request.method.empty() ? fmt::format("{} {}", request.method, request.target)
        : request.is_udp          ? std::string("datagram")
                                  : std::string("connection");
    fmt::print("{} {}{}\n", style.bold(fmt::format("{}.", number)), style.bold(printable(what)),
               request.server.empty() ? ""
                                      : printable(fmt::format("  {} by {} ({})", request.server,
                                                              request.balancer, request.why)));
    for (std::size_t i = 0; i < request.legs.size(); ++i) {
        const auto& leg = request.legs[i];
        for (const auto& join : request.joins) {
            if (join.to == i) {
                const auto words = printable(
                    fmt::format("{}: {}", name_of(join.confidence), fmt::join(join.evidence, "; ")));
                fmt::print("    {} {}\n", style.dim("joined,"),
                           join.confidence == Confidence::possible ? style.yellow(words) : style.dim(words));
                fmt::print("    {}\n",
                           style.yellow(printable(fmt::format("{}", fmt::join(join.rewritten, ", ")))));
            }
        }
        fmt::print("  leg {}  {} → {}\n", i + 1, leg.source.text(), leg.destination.text());
        print_way(leg.request, false, zero_ns, style);
    }
    for (auto i = request.legs.size(); i-- > 0;) {
        print_way(request.legs[i].answer, true, zero_ns, style);
    }
    fmt::print("\n");
}

void print_in_words(const Ladder& ladder, const LadderArguments& arguments) {
    const Style style(1);
    std::size_t shown = 0, more = 0, silent = 0;
    for (std::size_t i = 0; i < ladder.requests.size(); ++i) {
        const auto& request = ladder.requests[i];
        if (!request.carries_data && !arguments.connections) {
            ++silent;
        } else if (shown == arguments.limit) {
            ++more;
        } else {
            print_request(request, i + 1, style);
            ++shown;
        }
    }
    if (shown + more == 0) {
        fmt::print("no request was seen\n");
    } else if (more > 0) {
        fmt::print("… and {} more: --limit N, or --json for all\n", more);
    }
    if (silent > 0) {
        fmt::print(
            "{} connections in which nothing was said (health probes, as a rule): --connections shows them\n",
            silent);
    }
}

// What `fulcrum flows LAB --json` printed.
Result<std::vector<FlowFact>> read_flow_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        return bad_input(fmt::format("flows {}: cannot be read", path));
    }
    const auto list = Json::parse(in, nullptr, false);
    if (!list.is_array()) {
        return bad_input(fmt::format("flows {}: is not what \"fulcrum flows LAB --json\" prints", path));
    }
    std::vector<FlowFact> facts;
    for (const auto& flow : list) {
        const auto is_address = [&](const char* name) {
            return flow.is_object() && flow.contains(name) && flow[name].is_string() &&
                   IpAddress::parse(flow[name].get<std::string>());
        };
        if (!is_address("client") || !is_address("vip")) {
            return bad_input(fmt::format("flows {}: entry {} names no client and no VIP: is it what "
                                         "\"fulcrum flows LAB --json\" prints?",
                                         path, facts.size() + 1));
        }
        const auto text = [&](const char* name) {
            return flow.is_object() && flow.contains(name) && flow[name].is_string()
                       ? flow[name].get<std::string>()
                       : "";
        };
        const auto number = [&](const char* name) {
            return flow.is_object() && flow.contains(name) && flow[name].is_number_unsigned()
                       ? flow[name].get<std::uint64_t>()
                       : 0;
        };
        const auto socket = [&](const char* address, const char* port) {
            return Socket{IpAddress::parse(text(address)).value_or(IpAddress()),
                          static_cast<std::uint16_t>(number(port))};
        };
        FlowFact fact;
        fact.client = socket("client", "client_port");
        fact.vip = socket("vip", "vip_port");
        fact.source = socket("source", "source_port");
        fact.server = socket("server_address", "server_port");
        fact.service = text("service");
        fact.server_name = text("server");
        fact.balancer = text("se");
        fact.why = text("why");
        fact.started_ns = static_cast<std::int64_t>(number("started_ns"));
        fact.last_ns = static_cast<std::int64_t>(number("last_ns"));
        fact.is_udp = text("protocol") == "udp";
        fact.vrf = text("vrf");
        facts.push_back(std::move(fact));
    }
    return facts;
}

// Some seconds of all links, in a file that is gone when this ends.
Result<std::unique_ptr<CaptureFile>> watch_lab(netns::LabClient& lab, const std::string& name,
                                               double seconds) {
    auto path = (std::filesystem::temp_directory_path() / "fulcrum-ladder-XXXXXX").string();
    UniqueFd fd(::mkstemp(path.data()));
    if (!fd) {
        return fail_errno(fmt::format("create {}", path));
    }
    ::unlink(
        path.c_str()); // from here on it lives as long as its descriptor: nothing stays, however this ends
    path = fmt::format("/proc/self/fd/{}", fd.get());
    auto taps = open_taps(lab, {});
    if (!taps) {
        return tl::unexpected(taps.error());
    }
    PcapngFile file(std::move(fd), path);
    for (const auto& tap : *taps) {
        file.add_interface({tap.name, "", "tcp or udp"});
    }
    CaptureOptions options;
    options.filter = "tcp or udp or proto 4 or proto 47"; // tunnels carry them, too
    const Interruption interruption;
    auto capture = LiveCapture::start(std::move(*taps), options, file);
    if (!capture) {
        return tl::unexpected(capture.error());
    }
    note(fmt::format("watching all links of {} for {} s; Ctrl-C ends it\n", name, seconds));
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (!Interruption::requested() && capture->running() && std::chrono::steady_clock::now() < end) {
        ::poll(nullptr, 0, 50);
    }
    if (auto stopped = capture->stop(); !stopped) {
        return tl::unexpected(stopped.error());
    }
    std::uint64_t drops = 0;
    for (const auto& count : capture->counts()) {
        drops += count.drops;
    }
    if (drops != 0) {
        note(fmt::format("fulcrum: ladder: {} packets were dropped: some hops may be missing\n", drops));
    }
    if (auto flushed = file.flush(); !flushed) {
        return tl::unexpected(flushed.error());
    }
    auto opened = CaptureFile::open(path);
    if (opened) {
        (*opened)->load();
    }
    return opened;
}

} // namespace

int ladder(const LadderArguments& arguments) {
    LadderOptions options;
    if (!arguments.flows.empty()) {
        auto facts = read_flow_file(arguments.flows);
        if (!facts) {
            return report(facts.error().within("ladder"));
        }
        options.flows = std::move(*facts);
    }
    std::vector<std::unique_ptr<CaptureFile>> opened;
    std::vector<LadderFile> files;
    int ending = exit_good;
    const bool is_lab = arguments.sources.size() == 1 && !means_capture(arguments.sources.front());
    if (is_lab) {
        auto lab = netns::LabClient::connect(arguments.sources.front());
        if (!lab) {
            return report(lab.error().within("ladder"));
        }
        auto file = watch_lab(*lab, arguments.sources.front(), arguments.seconds);
        if (!file) {
            return report(file.error().within("ladder"));
        }
        if (const auto flows = read_flows(*lab, 1'000'000)) {
            options.flows = flow_facts(*flows);
        }
        ending = tell_silent_engines(*lab, "ladder");
        opened.push_back(std::move(*file));
    } else {
        for (const auto& path : arguments.sources) {
            auto file = open_capture(path);
            if (!file) {
                return report(file.error().within("ladder"));
            }
            opened.push_back(std::move(*file));
        }
    }
    for (std::size_t i = 0; i < opened.size(); ++i) {
        files.push_back(
            {opened[i].get(), is_lab ? "" : std::filesystem::path(arguments.sources[i]).stem().string()});
    }
    const auto made = make_ladder(files, options);
    if (arguments.json) {
        Json document{{"requests", Json::array()}, {"left_out", made.left_out}};
        for (std::size_t i = 0; i < made.requests.size(); ++i) {
            document["requests"].push_back(request_as_json(made.requests[i], i + 1, files));
        }
        fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
    } else {
        print_in_words(made, arguments);
    }
    for (const auto& file : opened) {
        if (const CaptureFile::Reading reading(*file); reading.damage()) {
            return report_failed(fmt::format("ladder: {}: {}; this is what the packets before say",
                                             file->name(), reading.damage()->why));
        }
    }
    return made.requests.empty() ? ending : exit_good;
}

} // namespace fulcrum::cli
