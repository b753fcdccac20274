// stats: services and their servers over all SEs, and each SE's own counters.
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/lab_view.h"
#include "app/cli/terminal.h"
#include "engine/control/report_json.h"

namespace fulcrum::cli {
namespace {

using Json = nlohmann::ordered_json;

Json service_as_json(const ServiceTotals& service) {
    auto servers = Json::array();
    for (const auto& server : service.sum.servers) {
        servers.push_back({{"name", server.name},
                           {"address", server.address.text()},
                           {"port", server.port},
                           {"up", server.up},
                           {"draining", server.draining},
                           {"why", server.why},
                           {"connections", server.connections},
                           {"active", server.active},
                           {"bytes_in", server.bytes_in},
                           {"bytes_out", server.bytes_out}});
    }
    return {{"name", service.sum.name},
            {"vrf", service.sum.vrf},
            {"vip", service.sum.vip.text()},
            {"port", service.sum.port},
            {"mode", engine::name_of(service.sum.mode)},
            {"placed_on", service.placed_on},
            {"connections", service.sum.connections},
            {"active", service.sum.active},
            {"bytes_in", service.sum.bytes_in},
            {"bytes_out", service.sum.bytes_out},
            {"servers", servers}};
}

Json se_as_json(const EngineView& view) {
    Json se{{"name", view.node}, {"running", view.report.has_value()}};
    if (!view.report) {
        se["error"] = view.error;
        se["interfaces"] = Json::array();
        return se;
    }
    const auto& report = *view.report;
    auto interfaces = Json::array();
    for (const auto& interface : report.interfaces) {
        interfaces.push_back({{"name", interface.name},
                              {"mac", interface.mac.text()},
                              {"rx_frames", interface.rx_frames},
                              {"rx_bytes", interface.rx_bytes},
                              {"tx_frames", interface.tx_frames},
                              {"tx_bytes", interface.tx_bytes},
                              {"largest_rx_bytes", interface.largest_rx_bytes},
                              {"largest_tx_bytes", interface.largest_tx_bytes},
                              {"kernel_drops", interface.kernel_drops}});
    }
    se["role"] = engine::name_of(report.role);
    se["uptime_ms"] = report.uptime_ms;
    se["cpu_us"] = report.cpu_us;
    se["interfaces"] = interfaces;
    se["flows"] = report.flows;
    se["max_flows"] = report.max_flows;
    se["flow_bytes"] = report.flow_bytes;
    se["flow_log_lost"] = report.flow_log_lost;
    se["drops"] = report.drops;
    Json proxy;
    for (const auto& field : engine::proxy_fields()) {
        proxy[field.name] = report.proxy.*field.value;
    }
    se["proxy"] = proxy;
    return se;
}

std::string services_in_words(const std::vector<ServiceTotals>& services) {
    const Style style(1);
    std::string text;
    for (const auto& service : services) {
        const auto& sum = service.sum;
        text +=
            fmt::format("{}  {}:{}  {}  {}  {} connections, {} active\n", style.bold(sum.name),
                        sum.vip.text(), sum.port, engine::name_of(sum.mode),
                        service.placed_on.empty() ? style.red("on no SE")
                                                  : fmt::format("on {}", fmt::join(service.placed_on, ", ")),
                        sum.connections, sum.active);
        std::uint64_t all = 0;
        for (const auto& server : sum.servers) {
            all += server.connections;
        }
        Table table("  ");
        table.add({style.dim("SERVER"), style.dim("ADDRESS"), style.dim("STATE"), style.dim("CONNECTIONS"),
                   style.dim("SHARE"), style.dim("ACTIVE"), style.dim("IN"), style.dim("OUT"), ""});
        for (const std::size_t column : {3U, 4U, 5U, 6U, 7U}) {
            table.right_align(column);
        }
        for (const auto& server : sum.servers) {
            const auto share =
                all == 0 ? 0 : static_cast<double>(server.connections) * 100 / static_cast<double>(all);
            table.add({server.name, server.address.text(),
                       !server.up        ? style.red("down")
                       : server.draining ? style.yellow("draining")
                                         : style.green("up"),
                       fmt::format("{}", server.connections), fmt::format("{:.1f} %", share),
                       fmt::format("{}", server.active), readable_bytes(server.bytes_in),
                       readable_bytes(server.bytes_out), style.dim(server.why)});
        }
        text += table.text();
    }
    return text;
}

std::string engines_in_words(const std::vector<EngineView>& engines) {
    const Style style(1);
    Table table;
    table.add({style.dim("SE"), style.dim("ROLE"), style.dim("FLOWS"), style.dim("RECEIVED"),
               style.dim("SENT"), style.dim("LARGEST"), style.dim("DROPS")});
    for (const std::size_t column : {2U, 3U, 4U, 5U}) {
        table.right_align(column);
    }
    for (const auto& view : engines) {
        if (!view.report) {
            table.add({style.bold(view.node), style.red("no engine"), "", "", "", "", view.error});
            continue;
        }
        std::uint64_t received = 0, sent = 0, largest = 0, kernel = 0;
        for (const auto& interface : view.report->interfaces) {
            received += interface.rx_bytes;
            sent += interface.tx_bytes;
            largest = std::max({largest, interface.largest_rx_bytes, interface.largest_tx_bytes});
            kernel += interface.kernel_drops;
        }
        std::vector<std::string> drops;
        if (kernel != 0) {
            drops.push_back(fmt::format("kernel {}", kernel));
        }
        for (const auto& [reason, count] : view.report->drops) {
            if (count != 0) {
                drops.push_back(fmt::format("{} {}", reason, count));
            }
        }
        table.add({style.bold(view.node), std::string(engine::name_of(view.report->role)),
                   fmt::format("{}", view.report->flows), readable_bytes(received), readable_bytes(sent),
                   readable_bytes(largest),
                   drops.empty() ? "none" : fmt::format("{}", fmt::join(drops, ", "))});
    }
    return table.text();
}

// Connections that end in the engines; nothing when no engine has a full proxy service.
std::string proxies_in_words(const std::vector<EngineView>& engines) {
    const Style style(1);
    Table table;
    table.add({style.dim("SE"), style.dim("SESSIONS"), style.dim("HALF OPEN"), style.dim("TIME-WAIT"),
               style.dim("IDLE TO SERVERS"), style.dim("BUFFERED"), style.dim("HANDSHAKES"),
               style.dim("COOKIES SENT/ACCEPTED"), style.dim("FAILED CONNECTS/RETRIES"),
               style.dim("SENT AGAIN"), style.dim("REQUESTS")});
    for (std::size_t column = 1; column <= 10; ++column) {
        table.right_align(column);
    }
    bool any = false;
    for (const auto& view : engines) {
        const auto proxied = [](const auto& service) { return service.mode == engine::Mode::full_proxy; };
        if (!view.report ||
            std::none_of(view.report->services.begin(), view.report->services.end(), proxied)) {
            continue;
        }
        any = true;
        const auto& p = view.report->proxy;
        table.add({style.bold(view.node), fmt::format("{}", p.sessions), fmt::format("{}", p.half_open),
                   fmt::format("{}", p.time_wait), fmt::format("{}", p.idle_server_connections),
                   readable_bytes(p.buffer_bytes), fmt::format("{}", p.handshakes),
                   fmt::format("{}/{}", p.cookies_sent, p.cookies_accepted),
                   fmt::format("{}/{}", p.connect_failures, p.connect_retries),
                   readable_bytes(p.retransmitted_bytes), fmt::format("{}", p.requests)});
    }
    return any ? table.text() : std::string();
}

} // namespace

int stats(const std::string& lab, bool json) {
    auto client = netns::LabClient::connect(lab);
    if (!client) {
        return report(client.error());
    }
    const auto engines = read_engines(*client);
    if (!engines) {
        return report(engines.error());
    }
    const auto services = add_up(*engines);
    if (json) {
        Json document{{"services", Json::array()}, {"ses", Json::array()}};
        for (const auto& service : services) {
            document["services"].push_back(service_as_json(service));
        }
        for (const auto& view : *engines) {
            document["ses"].push_back(se_as_json(view));
        }
        fmt::print("{}\n", document.dump(2));
        return exit_good;
    }
    fmt::print("{}{}{}", services_in_words(services),
               engines->empty() ? std::string("this lab has no SE\n") : engines_in_words(*engines),
               proxies_in_words(*engines));
    return exit_good;
}

} // namespace fulcrum::cli
