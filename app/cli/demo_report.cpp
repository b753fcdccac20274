#include "app/cli/demo_report.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "app/cli/terminal.h"

namespace fulcrum::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string without_port(const std::string& socket) {
    return socket.substr(0, socket.rfind(':'));
}

std::string joined(const std::set<std::string>& texts) {
    return fmt::format("{}", fmt::join(texts, ", "));
}

// What happened in one sentence, from what was seen, not from what the mode promises.
std::string in_a_sentence(const Demo& demo) {
    const auto& conversation = *demo.traced;
    const auto is_se = [&](const std::string& name) {
        return std::any_of(demo.launched.nodes.begin(), demo.launched.nodes.end(),
                           [&](const auto& node) { return node.name == name && node.kind == "se"; });
    };
    const auto carries = [&](bool answer) {
        std::set<std::string> ses;
        for (const auto& leg : demo.legs) {
            if (leg.answer == answer && is_se(leg.from)) {
                ses.insert(leg.from);
            }
        }
        return ses;
    };
    const auto on_the_way = carries(false);
    const auto on_the_way_back = carries(true);
    const std::string se = on_the_way.empty() ? "no SE" : joined(on_the_way);
    std::string text;
    const bool tunnelled =
        std::any_of(demo.legs.begin(), demo.legs.end(), [](const Leg& leg) { return !leg.tunnel.empty(); });
    if (tunnelled) {
        text = fmt::format("{} put the packet into another one for {}, and changed nothing inside", se,
                           demo.traced_server);
    } else if (conversation.server == conversation.vip && conversation.source == conversation.client) {
        text = fmt::format("{} changed nothing but MAC addresses: {} has the VIP on its loopback", se,
                           demo.traced_server);
    } else if (conversation.source == conversation.client) {
        text = fmt::format("{} put {} where the VIP was; {} saw the client's own address", se,
                           conversation.server.text(), demo.traced_server);
    } else {
        text = fmt::format("{} ended the client's connection and opened its own: {} saw {}", se,
                           demo.traced_server, conversation.source.text());
    }
    return text + (on_the_way_back.empty()
                       ? fmt::format(". The answer went past {}, straight to the client.", se)
                       : fmt::format(". The answer came back through {}.", joined(on_the_way_back)));
}

Table legs_table(const Demo& demo, bool answer, const Style& style) {
    Table table("  ");
    for (const auto& leg : demo.legs) {
        if (leg.answer != answer) {
            continue;
        }
        std::string rewritten;
        if (!leg.rewritten.empty()) {
            rewritten = fmt::format("{} changed {}", leg.from, fmt::join(leg.rewritten, ", "));
        }
        table.add({fmt::format("{} → {}", style.bold(leg.from.empty() ? "?" : leg.from),
                               style.bold(leg.to.empty() ? "?" : leg.to)),
                   style.dim(fmt::format("{} → {}", leg.source_mac.text(), leg.destination_mac.text())),
                   fmt::format("{}{} → {}", leg.tunnel.empty() ? "" : fmt::format("[{}] ", leg.tunnel),
                               leg.source.text(), leg.destination.text()),
                   fmt::format("TTL {}", leg.ttl), style.yellow(rewritten)});
    }
    return table;
}

} // namespace

bool Demo::all_answered() const {
    return !exchanges.empty() && std::all_of(exchanges.begin(), exchanges.end(), [](const auto& exchange) {
        return exchange.errors.empty() && !exchange.answers.empty();
    });
}

std::string emit_demo_json(const Demo& demo) {
    auto nodes = Json::array();
    for (const auto& node : demo.launched.nodes) {
        nodes.push_back({{"name", node.name}, {"kind", node.kind}, {"state", netns::name_of(node.state)}});
    }
    auto requests = Json::array();
    for (const auto& exchange : demo.exchanges) {
        const Json common{{"client", exchange.target.client},
                          {"service", exchange.target.service},
                          {"mode", engine::name_of(exchange.target.mode)},
                          {"url", exchange.target.url()}};
        for (const auto& answer : exchange.answers) {
            auto one = common;
            one.update({{"server", answer.server},
                        {"peer", answer.peer},
                        {"local", answer.local},
                        {"sent_from", answer.sent_from},
                        {"status", answer.status},
                        {"ms", answer.ms}});
            requests.push_back(one);
        }
        for (const auto& [kind, count] : exchange.errors) {
            auto one = common;
            one.update({{"error", kind}, {"count", count}});
            requests.push_back(one);
        }
    }
    auto legs = Json::array();
    for (const auto& leg : demo.legs) {
        legs.push_back({{"direction", leg.answer ? "answer" : "request"},
                        {"from", leg.from},
                        {"to", leg.to},
                        {"source_mac", leg.source_mac.text()},
                        {"destination_mac", leg.destination_mac.text()},
                        {"source", leg.source.text()},
                        {"destination", leg.destination.text()},
                        {"tunnel", leg.tunnel},
                        {"ttl", leg.ttl},
                        {"rewritten", leg.rewritten}});
    }
    const Json document{{"lab", demo.launched.lab}, {"up_ms", demo.launched.up_ms}, {"kept", demo.kept},
                        {"nodes", nodes},           {"requests", requests},         {"legs", legs}};
    return document.dump(2) + "\n";
}

std::string requests_in_words(const std::vector<DemoExchange>& exchanges) {
    const Style style(1);
    Table table("  ");
    table.right_align(3);
    table.add({style.dim("CLIENT"), style.dim("ASKED"), style.dim("ANSWERED BY"), style.dim("TIMES"),
               style.dim("SERVER SAW AS CLIENT"), style.dim("SERVER'S OWN ADDRESS"), style.dim("MEDIAN")});
    for (const auto& exchange : exchanges) {
        struct Seen {
            std::size_t times = 0;
            std::set<std::string> peers, locals;
            std::vector<double> ms;
        };
        std::map<std::string, Seen> servers;
        for (const auto& answer : exchange.answers) {
            auto& seen = servers[answer.server.empty() ? "(unnamed)" : answer.server];
            ++seen.times;
            seen.ms.push_back(answer.ms);
            if (!answer.peer.empty()) {
                seen.peers.insert(without_port(answer.peer));
                seen.locals.insert(answer.local);
            }
        }
        std::string client = style.bold(exchange.target.client);
        std::string url = exchange.target.url();
        for (auto& [server, seen] : servers) {
            std::nth_element(seen.ms.begin(),
                             seen.ms.begin() + static_cast<std::ptrdiff_t>(seen.ms.size() / 2),
                             seen.ms.end());
            table.add({client, url, style.green(server), fmt::format("{}", seen.times),
                       seen.peers.empty() ? style.dim("–") : joined(seen.peers),
                       seen.locals.empty() ? style.dim("–") : joined(seen.locals),
                       fmt::format("{:.2f} ms", seen.ms[seen.ms.size() / 2])});
            client.clear();
            url.clear();
        }
        for (const auto& [kind, count] : exchange.errors) {
            table.add({client, url, style.red(kind), fmt::format("{}", count), "", "", ""});
            client.clear();
            url.clear();
        }
    }
    return table.text();
}

std::string legs_in_words(const Demo& demo) {
    const Style style(1);
    if (!demo.traced || demo.legs.empty()) {
        return {};
    }
    std::string text =
        fmt::format("\n{}\n", style.bold(fmt::format("One request, hop by hop: {} asks {}, {} answers",
                                                     demo.traced->client.text(), demo.traced->vip.text(),
                                                     demo.traced_server)));
    text += fmt::format("{}\n{}", style.blue("request"), legs_table(demo, false, style).text());
    text += fmt::format("{}\n{}", style.green("answer"), legs_table(demo, true, style).text());
    return text + in_a_sentence(demo) + "\n";
}

} // namespace fulcrum::cli
