#include "ends/http_answer.h"

#include <fmt/format.h>

#include "ends/json_string.h"
#include "engine/wire/http_tokens.h"

namespace fulcrum::ends {
namespace {

constexpr std::uint64_t max_pattern_bytes = std::uint64_t{1} << 50;
constexpr std::uint64_t max_delay_ms = 3'600'000;

constexpr std::string_view pattern = "0123456789abcdefghijklmnopqrstuvwxyz\n";

// One JSON member per field name; a name that came several times has its values joined (RFC 9110
// section 5.3).
void append_fields(std::string& out, const std::vector<HttpField>& fields) {
    out += '{';
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto same = [&](std::size_t k) { return http::same_name(fields[k].name, fields[i].name); };
        bool seen = false;
        for (std::size_t k = 0; k < i && !seen; ++k) {
            seen = same(k);
        }
        if (seen) {
            continue;
        }
        if (out.back() != '{') {
            out += ',';
        }
        append_json_string(out, fields[i].name);
        out += ':';
        std::string value(fields[i].value);
        for (std::size_t k = i + 1; k < fields.size(); ++k) {
            if (same(k)) {
                value += ", ";
                value += fields[k].value;
            }
        }
        append_json_string(out, value);
    }
    out += '}';
}

void append_proxy(std::string& out, const ProxyHeader* proxy) {
    if (proxy == nullptr) {
        out += "null";
        return;
    }
    fmt::format_to(std::back_inserter(out), R"({{"version":{},"command":"{}","source":)", proxy->version,
                   proxy->local ? "local" : "proxy");
    if (const auto& ends = proxy->endpoints) {
        append_json_string(out, endpoint_text(ends->source, ends->source_port));
        out += ",\"destination\":";
        append_json_string(out, endpoint_text(ends->destination, ends->destination_port));
        out += '}';
    } else {
        out += "null,\"destination\":null}";
    }
}

std::string self_description(const HttpRequest& request, const Speaker& speaker) {
    std::string body = "{\"server\":";
    append_json_string(body, speaker.server);
    body += ",\"peer\":";
    append_json_string(body, speaker.peer);
    body += ",\"local\":";
    append_json_string(body, speaker.local);
    body += ",\"headers\":";
    append_fields(body, request.fields);
    body += ",\"proxy\":";
    append_proxy(body, speaker.proxy);
    body += "}\n";
    return body;
}

// The number after `prefix` when the path is exactly that.
std::optional<std::uint64_t> number_after(std::string_view path, std::string_view prefix) {
    return path.starts_with(prefix) ? parse_decimal(path.substr(prefix.size())) : std::nullopt;
}

} // namespace

HttpAnswer answer_to(const HttpRequest& request, const Speaker& speaker) {
    const auto path = request.path.substr(0, request.path.find('?'));
    HttpAnswer answer;
    if (path == "/" || path == "*") {
        answer.body = self_description(request, speaker);
        return answer;
    }
    if (path == "/echo") {
        answer.echo = true;
        answer.content_type = "application/octet-stream";
        return answer;
    }
    if (path.starts_with("/bytes/")) {
        const auto bytes = number_after(path, "/bytes/");
        if (!bytes || *bytes > max_pattern_bytes) {
            return refusal(400, "/bytes/N wants a number of bytes, at most 2^50");
        }
        answer.pattern_bytes = *bytes;
        answer.content_type = "text/plain";
        return answer;
    }
    if (path.starts_with("/status/")) {
        const auto status = number_after(path, "/status/");
        if (!status || *status < 200 || *status > 599) {
            return refusal(400, "/status/N wants a code from 200 to 599");
        }
        answer.status = static_cast<int>(*status);
        answer.body = "{\"server\":";
        append_json_string(answer.body, speaker.server);
        answer.body += fmt::format(",\"status\":{}}}\n", *status);
        return answer;
    }
    if (path.starts_with("/delay/")) {
        const auto wait = number_after(path, "/delay/");
        if (!wait || *wait > max_delay_ms) {
            return refusal(400, "/delay/MS wants milliseconds, at most an hour");
        }
        answer.delay = std::chrono::milliseconds(*wait);
        answer.body = self_description(request, speaker);
        return answer;
    }
    return refusal(404, "paths here: / /bytes/N /echo /status/N /delay/MS");
}

HttpAnswer refusal(int status, std::string_view reason) {
    HttpAnswer answer;
    answer.status = status;
    answer.body = fmt::format("{{\"status\":{},\"reason\":", status);
    append_json_string(answer.body, reason);
    answer.body += "}\n";
    return answer;
}

bool status_has_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

std::string_view pattern_from(std::uint64_t offset) {
    static const std::string block = [] {
        std::string text;
        while (text.size() < 256 * 1024) {
            text += pattern;
        }
        return text;
    }();
    return std::string_view(block).substr(static_cast<std::size_t>(offset % pattern.size()));
}

} // namespace fulcrum::ends
