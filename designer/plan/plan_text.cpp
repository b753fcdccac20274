// A plan as text for people (the route table) and for programs (JSON).
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "designer/plan/plan.h"

namespace fulcrum::designer {

namespace {

using Json = nlohmann::ordered_json;

// Columns of a UTF-8 text: its characters, not its bytes.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

} // namespace

std::string plan_as_routes(const Plan& plan) {
    using Row = std::array<std::string, 7>;
    std::vector<Row> rows{{"NODE", "ROLE", "DESTINATION", "VIA", "INTERFACE", "WHY", "WITHOUT IT"}};
    for (const RouteNeed& need : plan.routes) {
        std::string destination = need.destination.length == 0 ? "default" : need.destination.text();
        if (need.from) {
            destination += " from " + need.from->text();
        }
        if (!need.vrf.empty()) {
            destination += " in " + need.vrf;
        }
        rows.push_back({need.node_name, need.role, destination, need.via,
                        need.interface.empty() ? "-" : need.interface, need.why,
                        need.without.empty() ? "-" : need.without});
    }
    std::array<std::size_t, 7> widths{};
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], width(row[i]));
        }
    }
    std::string text;
    for (const Row& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i) {
            text += row[i];
            text.append(widths[i] - width(row[i]) + 2, ' ');
        }
        text += row.back() + "\n";
    }
    return text;
}

std::string plan_as_json(const Plan& plan) {
    Json engines = Json::object();
    for (const auto& [id, config] : plan.engines) {
        engines[id] = Json::parse(engine::emit_config(config));
    }
    Json routes = Json::array();
    for (const RouteNeed& need : plan.routes) {
        routes.push_back({{"node", need.node},
                          {"name", need.node_name},
                          {"role", need.role},
                          {"destination", need.destination.text()},
                          {"vrf", need.vrf},
                          {"from", need.from ? Json(need.from->text()) : Json(nullptr)},
                          {"via", need.via},
                          {"interface", need.interface},
                          {"why", need.why},
                          {"without", need.without},
                          {"derived", need.derived}});
    }
    Json addresses = Json::array();
    for (const AddressNeed& need : plan.addresses) {
        addresses.push_back({{"segment", need.segment},
                             {"vrf", need.vrf},
                             {"purpose", name_of(need.purpose)},
                             {"needed", need.needed},
                             {"pools", need.pools},
                             {"available", need.available}});
    }
    const Json json = {{"lab", Json::parse(netns::emit_lab_plan(plan.lab))},
                       {"engines", std::move(engines)},
                       {"routes", std::move(routes)},
                       {"addresses", std::move(addresses)},
                       {"max_connections", plan.max_connections},
                       {"notes", plan.notes}};
    return json.dump(2) + "\n";
}

} // namespace fulcrum::designer
