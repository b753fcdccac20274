// requests: what layer-7 services were asked, who answered and how long it took.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/lab_view.h"
#include "app/cli/terminal.h"

namespace fulcrum::cli {
namespace {

using Json = nlohmann::ordered_json;

Json request_as_json(const SeRequest& entry) {
    const auto& request = entry.request;
    return {{"se", entry.se},
            {"service", request.service},
            {"client", request.client.text()},
            {"client_port", request.client_port},
            {"vip", request.vip.text()},
            {"vip_port", request.vip_port},
            {"method", request.method},
            {"host", request.host},
            {"path", request.path},
            {"status", request.status},
            {"end", request.end},
            {"reason", request.reason},
            {"pool", request.pool},
            {"server", request.server},
            {"server_reused", request.server_reused},
            {"retries", request.retries},
            {"bytes_from_client", request.bytes_from_client},
            {"bytes_to_client", request.bytes_to_client},
            {"began_ns", request.began_ns},
            {"head_us", request.head_us},
            {"sent_us", request.sent_us},
            {"answered_us", request.answered_us},
            {"total_us", request.total_us}};
}

std::string requests_in_words(const std::vector<SeRequest>& requests) {
    const Style style(1);
    Table table;
    table.add({style.dim("SE"), style.dim("CLIENT"), style.dim("REQUEST"), style.dim("STATUS"),
               style.dim("SERVER"), style.dim("CONNECTION"), style.dim("IN"), style.dim("OUT"),
               style.dim("MS"), style.dim("END")});
    for (const std::size_t column : {6U, 7U, 8U}) {
        table.right_align(column);
    }
    for (const auto& [se, request] : requests) {
        const std::string status = request.status == 0 ? "none" : fmt::format("{}", request.status);
        const std::string end =
            request.reason.empty() ? request.end : fmt::format("{}: {}", request.end, request.reason);
        table.add({se, fmt::format("{}:{}", request.client.text(), request.client_port),
                   fmt::format("{} {}{}", request.method, request.host, request.path),
                   request.status != 0 && request.status < 400 ? style.green(status) : style.yellow(status),
                   style.bold(request.server.empty() ? "-" : request.server),
                   request.server.empty()  ? ""
                   : request.server_reused ? "reused"
                                           : "new",
                   readable_bytes(request.bytes_from_client), readable_bytes(request.bytes_to_client),
                   fmt::format("{:.1f}", static_cast<double>(request.total_us) / 1e3), style.dim(end)});
    }
    return table.text();
}

} // namespace

int requests(const std::string& lab, std::size_t limit, bool json) {
    auto client = netns::LabClient::connect(lab);
    if (!client) {
        return report(client.error());
    }
    const auto read = read_requests(*client, limit);
    if (!read) {
        return report(read.error());
    }
    const int ending = tell_silent_engines(*client, "requests");
    if (json) {
        auto list = Json::array();
        for (const auto& entry : *read) {
            list.push_back(request_as_json(entry));
        }
        fmt::print("{}\n", list.dump(2));
    } else if (!read->empty()) {
        fmt::print("{}", requests_in_words(*read));
    } else if (ending == exit_good) {
        fmt::print("no request yet: only services that read HTTP (\"layer7\": true) log requests\n");
    }
    return ending;
}

} // namespace fulcrum::cli
