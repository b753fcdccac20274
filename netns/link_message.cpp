#include "netns/link_message.h"

#include <nlohmann/json.hpp>

#include "netns/json_reader.h"
#include "netns/link_json.h"

namespace fulcrum::netns {

using nlohmann::ordered_json;

Result<LinkRequest> parse_link_request(std::string_view text) {
    const auto message = parse_json(text);
    if (!message) {
        return tl::unexpected(message.error());
    }
    LinkRequest request;
    JsonProblem problem;
    {
        JsonReader in(*message, "request", problem);
        in.read("set", request.set);
        in.read("reseed", request.reseed);
        read_faults(in, "a_to_b", request.a_to_b);
        read_faults(in, "b_to_a", request.b_to_a);
    }
    if (auto result = problem.result(); !result) {
        return tl::unexpected(result.error());
    }
    return request;
}

std::string emit_link_request(const LinkRequest& request) {
    ordered_json out = {{"set", request.set}, {"reseed", request.reseed}};
    put_faults(out, "a_to_b", request.a_to_b);
    put_faults(out, "b_to_a", request.b_to_a);
    return out.dump();
}

Result<LinkReport> parse_link_report(std::string_view text) {
    const auto message = parse_json(text);
    if (!message) {
        return tl::unexpected(message.error());
    }
    LinkReport report;
    JsonProblem problem;
    {
        JsonReader in(*message, "report", problem);
        read_counters(in, "a_to_b", report.a_to_b);
        read_counters(in, "b_to_a", report.b_to_a);
    }
    if (auto result = problem.result(); !result) {
        return tl::unexpected(result.error());
    }
    return report;
}

std::string emit_link_report(const LinkReport& report) {
    ordered_json out = ordered_json::object();
    put_counters(out, "a_to_b", report.a_to_b);
    put_counters(out, "b_to_a", report.b_to_a);
    return out.dump();
}

} // namespace fulcrum::netns
