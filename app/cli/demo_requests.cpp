#include "app/cli/demo_requests.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/mman.h>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/prove_ways.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::cli {
namespace {

using nlohmann::json;

// Runs a program in a node and returns what it printed. A file in memory takes it: nobody has to read
// meanwhile.
Result<std::string> output_of(netns::LabClient& lab, const std::string& node, std::vector<std::string> argv) {
    const UniqueFd out(::memfd_create("fulcrum-output", MFD_CLOEXEC));
    if (!out) {
        return fail_errno("make a file in memory");
    }
    netns::ExecRequest request;
    request.node = node;
    request.argv = std::move(argv);
    request.out = out.get();
    if (const auto status = lab.exec(request, true); !status) {
        return tl::unexpected(status.error());
    }
    std::string text(static_cast<std::size_t>(::lseek(out.get(), 0, SEEK_END)), '\0');
    const auto got = ::pread(out.get(), text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

DemoAnswer answer_of(const json& told, designer::Protocol protocol) {
    DemoAnswer answer;
    answer.status = told.value("status", 0);
    answer.ms = told.value("ms", 0.0);
    answer.sent_from = told.value("local", "");
    const auto body = told.value("body", "");
    if (protocol == designer::Protocol::udp) {
        answer.server = body.substr(0, body.find(' '));
        return answer;
    }
    // The body is whatever the server sent: other programs than ours answer other things.
    const auto said = json::parse(body, nullptr, false);
    if (said.is_object()) {
        const auto text = [&](const char* key) {
            const auto found = said.find(key);
            return found != said.end() && found->is_string() ? found->get<std::string>() : std::string();
        };
        answer.server = text("server");
        answer.peer = text("peer");
        answer.local = text("local");
    }
    return answer;
}

} // namespace

std::string DemoTarget::url() const {
    const bool udp = protocol == designer::Protocol::udp;
    return udp          ? fmt::format("udp://{}:{}", vip.text(), port)
           : port == 80 ? fmt::format("http://{}/", vip.text())
                        : fmt::format("http://{}:{}/", vip.text(), port);
}

std::vector<DemoTarget> demo_targets(const designer::Document& drawing) {
    const designer::Network network(drawing);
    const designer::ServiceMap services(network);
    const designer::Routing routing(network, services);
    std::vector<DemoTarget> targets;
    for (const ProofTarget& target : proof_targets(network, services, routing)) {
        const designer::Service& service = *target.carried->service;
        targets.push_back({target.client->name(), service.name, service.mode, target.rule->protocol,
                           *service.vip, target.rule->port, service.proxy_in});
    }
    return targets;
}

namespace {

Result<> send_some(netns::LabClient& lab, const DemoTarget& target, std::size_t count,
                   DemoExchange& exchange) {
    const auto number = std::to_string(count);
    std::vector<std::string> argv{program_beside("fulcrum-load"),
                                  target.url(),
                                  "-c",
                                  "1",
                                  "-n",
                                  number,
                                  "--no-keepalive",
                                  "--timeout",
                                  "2",
                                  "--answers",
                                  number,
                                  "--json"};
    if (target.proxy_header) {
        argv.emplace_back("--proxy-header");
    }
    const auto text = output_of(lab, target.client, std::move(argv));
    if (!text) {
        return tl::unexpected(text.error());
    }
    const auto told = json::parse(*text, nullptr, false);
    if (!told.is_object()) {
        return fail(fmt::format("requests from {} to {}: the load generator told nothing", target.client,
                                target.url()));
    }
    for (const auto& answer : told.value("answers", json::array())) {
        exchange.answers.push_back(answer_of(answer, target.protocol));
    }
    for (const auto& local : told.value("unanswered", json::array())) {
        exchange.unanswered.push_back(local.get<std::string>());
    }
    const auto errors = told.value("errors", json::object());
    for (const auto& [kind, number_of] : errors.items()) {
        const auto known =
            std::ranges::find(exchange.errors, kind, &std::pair<std::string, std::uint64_t>::first);
        if (known == exchange.errors.end()) {
            exchange.errors.emplace_back(kind, number_of.get<std::uint64_t>());
        } else {
            known->second += number_of.get<std::uint64_t>();
        }
    }
    return {};
}

} // namespace

Result<DemoExchange> send_requests(netns::LabClient& lab, const DemoTarget& target, std::size_t count) {
    constexpr std::size_t at_once = 5; // Ctrl-C is heard in between
    DemoExchange exchange;
    exchange.target = target;
    for (std::size_t sent = 0; sent < count && !Interruption::requested(); sent += at_once) {
        if (const auto done = send_some(lab, target, std::min(at_once, count - sent), exchange); !done) {
            return tl::unexpected(done.error());
        }
    }
    return exchange;
}

} // namespace fulcrum::cli
