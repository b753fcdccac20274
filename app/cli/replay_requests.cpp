// replay --requests: the HTTP requests of a capture sent again over new connections from clients of a lab,
// and their answers held against the recorded ones.
#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/open_capture.h"
#include "app/cli/packet_commands.h"
#include "app/cli/request_sender.h"
#include "app/cli/terminal.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {
namespace {

using Json = nlohmann::ordered_json;
using capture::RecordedRequest;

// Who sends a request, and to whom.
struct Routing {
    std::string client; // empty: whoever sent it, else the first client
    std::string first_client;
    std::vector<std::string> nodes;     // of the lab
    std::optional<capture::Socket> vip; // port 0: the recorded one
    std::map<IpAddress, IpAddress> addresses;

    std::string sender(const RecordedRequest& request) const {
        if (!client.empty()) {
            return client;
        }
        return std::find(nodes.begin(), nodes.end(), request.node) != nodes.end() ? request.node
                                                                                  : first_client;
    }
    capture::Socket target(const RecordedRequest& request) const {
        capture::Socket target = request.server;
        if (vip) {
            return {vip->address, vip->port != 0 ? vip->port : target.port};
        }
        if (const auto mapped = addresses.find(target.address); mapped != addresses.end()) {
            target.address = mapped->second;
        }
        return target;
    }
};

std::optional<capture::Socket> parse_vip(const std::string& text) {
    const auto colon = text.rfind(':');
    const auto address = IpAddress::parse(text.substr(0, colon));
    std::uint16_t port = 0;
    if (colon != std::string::npos) {
        const char* const end = text.data() + text.size();
        const auto parsed = std::from_chars(text.data() + colon + 1, end, port);
        if (parsed.ec != std::errc() || parsed.ptr != end || port == 0) {
            return std::nullopt;
        }
    }
    return address && address->is_v4() ? std::optional(capture::Socket{*address, port}) : std::nullopt;
}

Result<Routing> routing_of(netns::LabClient& lab, const ReplayArguments& arguments) {
    Routing routing;
    const auto status = lab.status();
    if (!status) {
        return tl::unexpected(status.error());
    }
    for (const auto& node : status->nodes) {
        routing.nodes.push_back(node.name);
        if (node.kind == "client" && routing.first_client.empty()) {
            routing.first_client = node.name;
        }
    }
    routing.client = arguments.client;
    if (!arguments.client.empty() &&
        std::find(routing.nodes.begin(), routing.nodes.end(), arguments.client) == routing.nodes.end()) {
        return bad_input(fmt::format("lab {} has no node {}", arguments.lab, arguments.client));
    }
    if (arguments.client.empty() && routing.first_client.empty()) {
        return bad_input(fmt::format("lab {} has no client: --client NODE says who sends", arguments.lab));
    }
    if (!arguments.vip.empty()) {
        routing.vip = parse_vip(arguments.vip);
        if (!routing.vip) {
            return bad_input(
                fmt::format("--vip {}: an IPv4 address is needed, or ADDRESS:PORT", arguments.vip));
        }
    }
    for (const auto& map : arguments.maps) {
        const auto equals = map.find('=');
        const auto from = IpAddress::parse(map.substr(0, equals));
        const auto to = equals == std::string::npos ? std::nullopt : IpAddress::parse(map.substr(equals + 1));
        if (!from || !to || !from->is_v4() || !to->is_v4()) {
            return bad_input(
                fmt::format("--map {}: OLD=NEW, two IPv4 addresses, is what requests need", map));
        }
        routing.addresses[*from] = *to;
    }
    return routing;
}

// A Host field that is the address itself follows it; a name stays what it is, because rules look at it.
void follow_address(RecordedRequest& request, const capture::Socket& target) {
    const auto head_end = request.bytes.find("\r\n\r\n");
    auto at = request.bytes.find("\r\n");
    while (at != std::string::npos && at < head_end) {
        const auto begin = at + 2;
        at = request.bytes.find("\r\n", begin);
        const auto line = request.bytes.substr(begin, at - begin);
        const auto value = line.find_first_not_of(' ', 5);
        if (line.size() > 5 && line[4] == ':' && (line[0] | 0x20) == 'h' && (line[1] | 0x20) == 'o' &&
            (line[2] | 0x20) == 's' && (line[3] | 0x20) == 't' && value != std::string::npos) {
            const std::string old = line.substr(value), address = request.server.address.text();
            if (old == address || old == request.server.text()) {
                const std::string fresh = target.port == 80 ? target.address.text() : target.text();
                request.bytes.replace(begin + value, old.size(), fresh);
            }
            return;
        }
    }
}

std::int64_t percentile(std::vector<std::int64_t> values, double share) {
    if (values.empty()) {
        return 0;
    }
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

double microseconds(std::int64_t ns) {
    return static_cast<double>(ns) / 1e3;
}

struct Compared {
    HttpAnswer recorded;
    std::vector<std::string> what; // that differs; nothing recorded: empty
    bool different = false;        // status or body, or no answer at all
};

std::vector<Compared> compare(const std::vector<RecordedRequest>& requests,
                              const std::vector<HttpAnswer>& answers) {
    std::vector<Compared> all;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        Compared one;
        if (!requests[i].answer.empty()) {
            one.recorded = parse_answer(requests[i].answer, requests[i].method == "HEAD");
            one.recorded.latency_ns = requests[i].latency_ns;
        }
        if (one.recorded.status != 0) {
            one.what = differences(one.recorded, answers[i]);
            one.different = answers[i].status != one.recorded.status || answers[i].body != one.recorded.body;
        }
        all.push_back(std::move(one));
    }
    return all;
}

Json side_as_json(const HttpAnswer& answer) {
    if (answer.status == 0) {
        return answer.failure.empty() ? Json() : Json{{"failure", answer.failure}};
    }
    return {{"status", answer.status},
            {"body_bytes", answer.body.size()},
            {"body_hash",
             fmt::format("{:016x}", hash_bytes({reinterpret_cast<const std::uint8_t*>(answer.body.data()),
                                                answer.body.size()}))},
            {"server", answer.server()},
            {"latency_us", microseconds(answer.latency_ns)}};
}

struct Latencies {
    std::vector<std::int64_t> recorded, now, late;
};

Latencies latencies_of(const std::vector<Compared>& compared, const std::vector<HttpAnswer>& answers) {
    Latencies all;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        all.late.push_back(answers[i].late_ns);
        if (answers[i].status != 0) {
            all.now.push_back(answers[i].latency_ns);
        }
        if (compared[i].recorded.status != 0) {
            all.recorded.push_back(compared[i].recorded.latency_ns);
        }
    }
    return all;
}

Json figures(const std::vector<std::int64_t>& values) {
    return {{"median", microseconds(percentile(values, 0.5))},
            {"p99", microseconds(percentile(values, 0.99))}};
}

} // namespace

int replay_requests(const ReplayArguments& arguments) {
    auto lab = netns::LabClient::connect(arguments.lab);
    if (!lab) {
        return report(lab.error().within("replay"));
    }
    const auto routing = routing_of(*lab, arguments);
    if (!routing) {
        return report(routing.error().within("replay"));
    }
    const auto file = open_capture(arguments.capture);
    if (!file) {
        return report(file.error().within("replay"));
    }
    auto recorded = capture::recorded_requests(**file);
    std::erase_if(recorded.requests,
                  [](const RecordedRequest& request) { return !request.server.address.is_v4(); });
    auto& requests = recorded.requests;
    if (requests.empty()) {
        return report_failed(fmt::format("replay: {}: no whole HTTP request in it ({} in part)",
                                         arguments.capture, recorded.incomplete));
    }
    for (RecordedRequest& request : requests) {
        follow_address(request, routing->target(request));
    }
    const Interruption interruption;
    RequestSending sending;
    sending.speed = arguments.top_speed ? 0 : arguments.speed;
    sending.cancelled = [] { return Interruption::requested(); };
    sending.target = [&](const RecordedRequest& request) { return routing->target(request); };
    sending.open = [&](const RecordedRequest& request) { return lab->open_socket(routing->sender(request)); };
    const auto answers = send_requests(requests, sending);
    if (!answers) {
        return report(answers.error().within("replay"));
    }
    const auto damage = capture::CaptureFile::Reading(**file).damage();
    const auto compared = compare(requests, *answers);
    const auto latencies = latencies_of(compared, *answers);
    const auto failed = std::count_if(answers->begin(), answers->end(),
                                      [](const HttpAnswer& answer) { return answer.status == 0; });
    const auto different =
        std::count_if(compared.begin(), compared.end(), [](const Compared& one) { return one.different; });
    const auto comparable = std::count_if(compared.begin(), compared.end(),
                                          [](const Compared& one) { return one.recorded.status != 0; });
    if (arguments.json) {
        Json list = Json::array();
        for (std::size_t i = 0; i < requests.size(); ++i) {
            list.push_back({{"number", i + 1},
                            {"method", requests[i].method},
                            {"target", requests[i].target},
                            {"client", routing->sender(requests[i])},
                            {"to", routing->target(requests[i]).text()},
                            {"late_us", microseconds((*answers)[i].late_ns)},
                            {"recorded", side_as_json(compared[i].recorded)},
                            {"replayed", side_as_json((*answers)[i])},
                            {"different", compared[i].different},
                            {"differences", compared[i].what}});
        }
        const Json document{
            {"requests", requests.size()},
            {"incomplete", recorded.incomplete},
            {"failed", failed},
            {"compared", comparable},
            {"different", different},
            {"late_us", figures(latencies.late)},
            {"latency_us", {{"recorded", figures(latencies.recorded)}, {"replayed", figures(latencies.now)}}},
            {"answers", list},
            {"damage", damage ? Json{{"offset", damage->offset}, {"why", damage->why}} : Json()}};
        fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
    } else {
        fmt::print("{} requests, {} answered; sent late by {:.0f} µs (median), {:.0f} µs (99 %)\n",
                   requests.size(), requests.size() - static_cast<std::size_t>(failed),
                   microseconds(percentile(latencies.late, 0.5)),
                   microseconds(percentile(latencies.late, 0.99)));
        fmt::print("first byte after {:.0f} µs (median), {:.0f} µs (99 %); recorded {:.0f} and {:.0f} µs\n",
                   microseconds(percentile(latencies.now, 0.5)),
                   microseconds(percentile(latencies.now, 0.99)),
                   microseconds(percentile(latencies.recorded, 0.5)),
                   microseconds(percentile(latencies.recorded, 0.99)));
        fmt::print("{} of {} answers have another status or body than the recorded ones\n", different,
                   comparable);
        const Style style(1);
        for (std::size_t i = 0; arguments.compare && i < requests.size(); ++i) {
            if (!compared[i].what.empty()) {
                fmt::print("{} {} {}\n  {}\n", i + 1, printable(requests[i].method),
                           printable(requests[i].target),
                           compared[i].different
                               ? style.yellow(printable(fmt::format("{}", fmt::join(compared[i].what, "; "))))
                               : printable(fmt::format("{}", fmt::join(compared[i].what, "; "))));
            }
        }
        if (recorded.incomplete != 0) {
            fmt::print("{} requests are not whole in the capture and were left out\n", recorded.incomplete);
        }
    }
    if (failed != 0) {
        const auto first = std::find_if(answers->begin(), answers->end(),
                                        [](const HttpAnswer& answer) { return answer.status == 0; });
        return report_failed(
            fmt::format("replay: {} requests got no answer; the first: {}", failed, first->failure));
    }
    if (damage) {
        return report_failed(fmt::format("replay: {}: {}; only requests before that could be sent",
                                         arguments.capture, damage->why));
    }
    return arguments.compare && different != 0 ? exit_failed : exit_good;
}

} // namespace fulcrum::cli
