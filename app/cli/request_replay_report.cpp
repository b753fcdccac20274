#include "app/cli/request_replay_report.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/terminal.h"

namespace fulcrum::cli {
namespace {

using Json = nlohmann::ordered_json;
using capture::RecordedRequest;

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
    bool counts = false; // there is something recorded, and whoever was asked had the time to answer
    std::vector<std::string> what; // that differs
    bool different = false;        // status or body, or no answer at all
};

Compared compare(const RecordedRequest& request, const HttpAnswer& answer) {
    Compared one;
    if (!request.answer.empty()) {
        one.recorded = parse_answer(request.answer, request.method == "HEAD");
        one.recorded.latency_ns = request.latency_ns;
    }
    one.counts = one.recorded.status != 0 && answer.asked && !answer.given_up;
    if (one.counts) {
        one.what = differences(one.recorded, answer);
        one.different = answer.status != one.recorded.status || answer.body != one.recorded.body;
    }
    return one;
}

// Counts and times over all requests.
struct Totals {
    std::vector<Compared> compared; // by request
    std::vector<std::int64_t> recorded_ns, replayed_ns, late_ns;
    std::size_t unanswered = 0, not_sent = 0, comparable = 0, different = 0, asked_twice = 0;
};

Totals sum_up(const RequestReplay& replay) {
    Totals totals;
    for (std::size_t i = 0; i < replay.requests.size(); ++i) {
        const HttpAnswer& answer = replay.sent.answers[i];
        const auto& compared = totals.compared.emplace_back(compare(replay.requests[i], answer));
        totals.unanswered += answer.status == 0 ? 1 : 0;
        totals.not_sent += answer.asked ? 0 : 1;
        totals.asked_twice += answer.asked_twice ? 1 : 0;
        totals.comparable += compared.counts ? 1 : 0;
        totals.different += compared.different ? 1 : 0;
        if (answer.asked) {
            totals.late_ns.push_back(answer.late_ns);
        }
        if (answer.status != 0) {
            totals.replayed_ns.push_back(answer.latency_ns);
        }
        if (compared.recorded.status != 0) {
            totals.recorded_ns.push_back(compared.recorded.latency_ns);
        }
    }
    return totals;
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

Json figures(const std::vector<std::int64_t>& values) {
    return {{"median", microseconds(percentile(values, 0.5))},
            {"p99", microseconds(percentile(values, 0.99))}};
}

void print_json(const RequestReplay& replay, const Totals& totals) {
    Json list = Json::array();
    for (std::size_t i = 0; i < replay.requests.size(); ++i) {
        const HttpAnswer& answer = replay.sent.answers[i];
        list.push_back({{"number", i + 1},
                        {"method", replay.requests[i].method},
                        {"target", replay.requests[i].target},
                        {"client", replay.senders[i]},
                        {"to", replay.targets[i]},
                        {"late_us", microseconds(answer.late_ns)},
                        {"asked_twice", answer.asked_twice},
                        {"recorded", side_as_json(totals.compared[i].recorded)},
                        {"replayed", side_as_json(answer)},
                        {"different", totals.compared[i].different},
                        {"differences", totals.compared[i].what}});
    }
    const Json document{
        {"requests", replay.requests.size()},
        {"incomplete", replay.incomplete},
        {"interrupted", replay.sent.interrupted},
        {"not_sent", totals.not_sent},
        {"failed", totals.unanswered},
        {"asked_twice", totals.asked_twice},
        {"compared", totals.comparable},
        {"different", totals.different},
        {"late_us", figures(totals.late_ns)},
        {"latency_us",
         {{"recorded", figures(totals.recorded_ns)}, {"replayed", figures(totals.replayed_ns)}}},
        {"answers", list},
        {"damage",
         replay.damage ? Json{{"offset", replay.damage->offset}, {"why", replay.damage->why}} : Json()}};
    fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
}

void print_words(const RequestReplay& replay, const Totals& totals, bool every_difference) {
    fmt::print("{} requests, {} answered; sent late by {:.0f} µs (median), {:.0f} µs (99 %)\n",
               replay.requests.size(), replay.requests.size() - totals.unanswered,
               microseconds(percentile(totals.late_ns, 0.5)), microseconds(percentile(totals.late_ns, 0.99)));
    fmt::print("first byte after {:.0f} µs (median), {:.0f} µs (99 %); recorded {:.0f} and {:.0f} µs\n",
               microseconds(percentile(totals.replayed_ns, 0.5)),
               microseconds(percentile(totals.replayed_ns, 0.99)),
               microseconds(percentile(totals.recorded_ns, 0.5)),
               microseconds(percentile(totals.recorded_ns, 0.99)));
    if (totals.asked_twice != 0) {
        fmt::print("{} were sent a second time: the server had just closed the kept connection\n",
                   totals.asked_twice);
    }
    fmt::print("{} of {} answers have another status or body than the recorded ones\n", totals.different,
               totals.comparable);
    const Style style(1);
    for (std::size_t i = 0; every_difference && i < replay.requests.size(); ++i) {
        const Compared& compared = totals.compared[i];
        if (!compared.what.empty()) {
            const auto what = printable(fmt::format("{}", fmt::join(compared.what, "; ")));
            fmt::print("{} {} {}\n  {}\n", i + 1, printable(replay.requests[i].method),
                       printable(replay.requests[i].target), compared.different ? style.yellow(what) : what);
        }
    }
    if (replay.incomplete != 0) {
        fmt::print("{} requests are not whole in the capture and were left out\n", replay.incomplete);
    }
}

} // namespace

int report_requests(const RequestReplay& replay, bool json, bool compare) {
    const Totals totals = sum_up(replay);
    if (json) {
        print_json(replay, totals);
    } else {
        print_words(replay, totals, compare);
    }
    if (replay.sent.interrupted) {
        return report_failed(fmt::format("replay: interrupted: {} of {} requests were not sent",
                                         totals.not_sent, replay.requests.size()));
    }
    if (totals.unanswered != 0) {
        const auto first = std::find_if(replay.sent.answers.begin(), replay.sent.answers.end(),
                                        [](const HttpAnswer& answer) { return answer.status == 0; });
        return report_failed(fmt::format("replay: {} requests got no answer; the first: {}",
                                         totals.unanswered, first->failure));
    }
    if (replay.damage) {
        return report_failed(fmt::format("replay: {}: {}; only requests before that could be sent",
                                         replay.capture, replay.damage->why));
    }
    return compare && totals.different != 0 ? exit_failed : exit_good;
}

} // namespace fulcrum::cli
