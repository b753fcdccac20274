#include "app/cli/demo_requests.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/mman.h>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
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
    std::vector<DemoTarget> targets;
    for (const auto& node : drawing.nodes) {
        if (node.kind != designer::NodeKind::client) {
            continue;
        }
        for (const auto& service : drawing.services) {
            if (!service.vip || !service.enabled) {
                continue;
            }
            for (const auto& port : service.ports) {
                targets.push_back(
                    {node.name, service.name, service.mode, port.protocol, *service.vip, port.port});
            }
        }
    }
    return targets;
}

Result<DemoExchange> send_requests(netns::LabClient& lab, const DemoTarget& target, std::size_t count) {
    const auto number = std::to_string(count);
    const auto text = output_of(lab, target.client,
                                {program_beside("fulcrum-load"), target.url(), "-c", "1", "-n", number,
                                 "--no-keepalive", "--timeout", "2", "--answers", number, "--json"});
    if (!text) {
        return tl::unexpected(text.error());
    }
    const auto told = json::parse(*text, nullptr, false);
    if (!told.is_object()) {
        return fail(fmt::format("requests from {} to {}: the load generator told nothing", target.client,
                                target.url()));
    }
    DemoExchange exchange;
    exchange.target = target;
    for (const auto& answer : told.value("answers", json::array())) {
        exchange.answers.push_back(answer_of(answer, target.protocol));
    }
    const auto errors = told.value("errors", json::object());
    for (const auto& [kind, number_of] : errors.items()) {
        exchange.errors.emplace_back(kind, number_of.get<std::uint64_t>());
    }
    return exchange;
}

} // namespace fulcrum::cli
