// flows: the balanced connections of a lab, live and closed; of a capture file its conversations.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/lab_view.h"
#include "app/cli/open_capture.h"
#include "app/cli/packet_commands.h"
#include "app/cli/terminal.h"

namespace fulcrum::cli {
namespace {

using Json = nlohmann::ordered_json;

// A flow that was refused, or has not got so far, has no server and no source.
std::string text_of(const IpAddress& address) {
    return address == IpAddress() ? std::string() : address.text();
}

std::string socket_of(const IpAddress& address, std::uint16_t port) {
    return address == IpAddress() ? std::string("-") : fmt::format("{}:{}", address.text(), port);
}

Json flow_as_json(const SeFlow& entry) {
    const auto& flow = entry.flow;
    return {{"se", entry.se},
            {"id", flow.id},
            {"service", flow.service},
            {"vrf", flow.vrf},
            {"mode", engine::name_of(flow.mode)},
            {"protocol", engine::name_of(flow.protocol)},
            {"state", engine::name_of(flow.state)},
            {"client", flow.client.text()},
            {"client_port", flow.client_port},
            {"vip", flow.vip.text()},
            {"vip_port", flow.vip_port},
            {"server", flow.server},
            {"server_address", text_of(flow.server_address)},
            {"server_port", flow.server_port},
            {"source", text_of(flow.source)},
            {"source_port", flow.source_port},
            {"why", flow.why},
            {"client_mac", flow.client_mac.text()},
            {"server_mac", flow.server_mac.text()},
            {"packets_in", flow.packets_in},
            {"bytes_in", flow.bytes_in},
            {"packets_out", flow.packets_out},
            {"bytes_out", flow.bytes_out},
            {"started_ns", flow.started_ns},
            {"last_ns", flow.last_ns}};
}

std::string flows_in_words(const std::vector<SeFlow>& flows) {
    const Style style(1);
    Table table;
    table.add({style.dim("SE"), style.dim("STATE"), style.dim("CLIENT"), style.dim("VIP"),
               style.dim("SERVER"), style.dim("SEEN AS"), style.dim("IN"), style.dim("OUT"), style.dim("MS"),
               style.dim("WHY")});
    for (const std::size_t column : {6U, 7U, 8U}) {
        table.right_align(column);
    }
    for (const auto& [se, flow] : flows) {
        const std::string state(engine::name_of(flow.state));
        const bool bad = flow.state == engine::FlowState::reset || flow.state == engine::FlowState::timed_out;
        const auto ms = static_cast<double>(flow.last_ns - std::min(flow.started_ns, flow.last_ns)) / 1e6;
        table.add(
            {se,
             bad                                       ? style.yellow(state)
             : flow.state == engine::FlowState::closed ? style.dim(state)
                                                       : style.green(state),
             fmt::format("{}:{}", flow.client.text(), flow.client_port),
             fmt::format("{}:{}/{}", flow.vip.text(), flow.vip_port, engine::name_of(flow.protocol)),
             fmt::format("{} {}", style.bold(flow.server), socket_of(flow.server_address, flow.server_port)),
             socket_of(flow.source, flow.source_port), readable_bytes(flow.bytes_in),
             readable_bytes(flow.bytes_out), fmt::format("{:.1f}", ms), style.dim(flow.why)});
    }
    return table.text();
}

} // namespace

int flows(const std::string& lab, std::size_t limit, bool json) {
    auto client = netns::LabClient::connect(lab);
    if (!client) {
        if (means_capture(lab)) {
            return flows_of_capture(lab, limit, json);
        }
        return report(client.error());
    }
    const auto read = read_flows(*client, limit);
    if (!read) {
        return report(read.error());
    }
    const int ending = tell_silent_engines(*client, "flows");
    if (json) {
        auto list = Json::array();
        for (const auto& entry : *read) {
            list.push_back(flow_as_json(entry));
        }
        fmt::print("{}\n", list.dump(2));
    } else if (!read->empty()) {
        fmt::print("{}", flows_in_words(*read));
    } else if (ending == exit_good) {
        fmt::print("no flow yet: send a request to a VIP\n");
    }
    return ending;
}

} // namespace fulcrum::cli
