#include "app/cli/prove_report.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/terminal.h"

namespace fulcrum::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string heading(const Expectation& one, const Style& style) {
    std::string text = style.bold(one.service);
    if (!one.client.empty()) {
        text += fmt::format(", asked by {}", style.bold(one.client));
    }
    if (!one.server.empty()) {
        text += fmt::format(", answered by {}", style.bold(one.server));
    }
    return text;
}

} // namespace

std::string emit_proof_json(const std::vector<Expectation>& list) {
    auto array = Json::array();
    for (const auto& one : list) {
        array.push_back({{"service", one.service},
                         {"client", one.client},
                         {"server", one.server},
                         {"expectation", one.text},
                         {"expected", one.expected},
                         {"seen", one.seen},
                         {"ok", one.could_not_see ? Json(nullptr) : Json(one.ok)}});
    }
    return array.dump(2) + "\n";
}

std::string proof_in_words(const std::string& lab, const std::vector<Expectation>& list) {
    const Style style(1);
    std::string text;
    const auto same_group = [](const Expectation& a, const Expectation& b) {
        return a.service == b.service && a.client == b.client && a.server == b.server;
    };
    for (std::size_t begin = 0; begin < list.size();) {
        std::size_t end = begin;
        Table table("  ");
        for (; end < list.size() && same_group(list[begin], list[end]); ++end) {
            const auto& one = list[end];
            const std::string expected = fmt::format("(expected: {})", one.expected);
            const auto color = [&](const std::string& part) {
                return one.ok ? style.green(part) : one.could_not_see ? style.yellow(part) : style.red(part);
            };
            table.add({color(one.ok              ? "✓"
                             : one.could_not_see ? "?"
                                                 : "✗"),
                       one.text, one.ok ? one.seen : fmt::format("{} {}", one.seen, color(expected))});
        }
        text += fmt::format("{}\n{}", heading(list[begin], style), table.text());
        begin = end;
    }
    const auto unseen = std::ranges::count_if(list, &Expectation::could_not_see);
    const auto broken = std::ranges::count_if(list, [](const auto& one) { return !one.ok; }) - unseen;
    if (list.empty()) {
        text += fmt::format("{}: no service to prove\n", lab);
    } else if (broken == 0 && unseen > 0) {
        text += style.yellow(fmt::format("{}: {} of {} expectations could not be seen, the others hold: "
                                         "prove it again with less traffic\n",
                                         lab, unseen, list.size()));
    } else if (broken == 0) {
        text += style.green(fmt::format("{}: all {} expectations hold\n", lab, list.size()));
    } else {
        text += style.red(fmt::format("{}: {} of {} expectations do not hold\n", lab, broken, list.size()));
    }
    return text;
}

bool all_hold(const std::vector<Expectation>& list) {
    return std::all_of(list.begin(), list.end(), [](const auto& one) { return one.ok; }) && !list.empty();
}

} // namespace fulcrum::cli
