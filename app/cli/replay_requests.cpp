// replay --requests: the HTTP requests of a capture sent again over new connections from clients of a lab,
// and their answers held against the recorded ones.
#include <algorithm>
#include <charconv>
#include <fmt/format.h>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/open_capture.h"
#include "app/cli/packet_commands.h"
#include "app/cli/request_replay_report.h"
#include "engine/base/open_files.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {
namespace {

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
    RequestReplay replay{arguments.capture, {}, recorded.incomplete, {}, {}, {}};
    for (RecordedRequest& request : requests) {
        const capture::Socket target = routing->target(request);
        follow_address(request, target);
        replay.senders.push_back(routing->sender(request));
        replay.targets.push_back(target.text());
    }
    const Interruption interruption;
    RequestSending sending;
    sending.speed = arguments.top_speed ? 0 : arguments.speed;
    sending.cancelled = [] { return Interruption::requested(); };
    sending.target = [&](const RecordedRequest& request) { return routing->target(request); };
    sending.open = [&](const RecordedRequest& request) { return lab->open_socket(routing->sender(request)); };
    raise_open_files();
    replay.sent = send_requests(requests, sending);
    replay.requests = std::move(requests);
    replay.damage = capture::CaptureFile::Reading(**file).damage();
    return report_requests(replay, arguments.json, arguments.compare);
}

} // namespace fulcrum::cli
