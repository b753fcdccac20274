#include "app/cli/request_answer.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

#include "capture/replay/recorded_requests.h"
#include "ends/http_response.h"

namespace fulcrum::cli {
namespace {

// Names of fields whose value changes by itself from one answer to the next.
bool is_fleeting(std::string_view name) {
    return name == "date" || name == "age" || name == "expires";
}

std::string small(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::map<std::string, std::string> fields_of(std::string_view head) {
    std::map<std::string, std::string> fields;
    const auto line_end = head.find("\r\n");
    std::vector<ends::HttpField> parsed;
    if (line_end != std::string_view::npos && head.size() >= line_end + 4 &&
        ends::parse_fields(head.substr(line_end + 2, head.size() - line_end - 4), parsed) == nullptr) {
        for (const auto& field : parsed) {
            auto& value = fields[small(field.name)];
            value += (value.empty() ? "" : ", ") + std::string(field.value);
        }
    }
    return fields;
}

} // namespace

std::string HttpAnswer::server() const {
    if (const auto named = ends::server_named_in(body); !named.empty()) {
        return std::string(named);
    }
    const auto fields = fields_of(head);
    const auto found = fields.find("server");
    return found == fields.end() ? std::string() : found->second;
}

HttpAnswer parse_answer(std::string_view bytes, bool to_head) {
    HttpAnswer answer;
    ends::HttpResponseReader reader(capture::longest_recorded_message);
    reader.restart(to_head);
    auto state = reader.process(bytes);
    if (state == ends::HttpResponseReader::State::more) {
        state = reader.process_end();
    }
    if (state != ends::HttpResponseReader::State::done) {
        answer.failure = reader.fault();
        return answer;
    }
    answer.status = reader.status();
    answer.head = reader.head();
    answer.body = reader.kept();
    return answer;
}

std::vector<std::string> differences(const HttpAnswer& recorded, const HttpAnswer& now) {
    std::vector<std::string> what;
    if (now.status == 0) {
        what.push_back("no answer: " + now.failure);
        return what;
    }
    if (recorded.status != now.status) {
        what.push_back(fmt::format("status {} → {}", recorded.status, now.status));
    }
    if (recorded.body.size() != now.body.size()) {
        what.push_back(fmt::format("body {} → {} bytes", recorded.body.size(), now.body.size()));
    } else if (recorded.body != now.body) {
        const auto at = std::mismatch(recorded.body.begin(), recorded.body.end(), now.body.begin()).first -
                        recorded.body.begin();
        what.push_back(fmt::format("body differs from byte {} on", at));
    }
    const auto before = fields_of(recorded.head), after = fields_of(now.head);
    for (const auto& [name, value] : before) {
        const auto found = after.find(name);
        if (found == after.end()) {
            what.push_back(fmt::format("field {} is gone", name));
        } else if (!is_fleeting(name) && found->second != value && name != "content-length") {
            what.push_back(fmt::format("field {}: {} → {}", name, value, found->second));
        }
    }
    for (const auto& [name, value] : after) {
        if (!before.contains(name)) {
            what.push_back(fmt::format("field {}: {} is new", name, value));
        }
    }
    return what;
}

} // namespace fulcrum::cli
