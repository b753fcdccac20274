#include "engine/control/request_json.h"

#include <iterator>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/control/json_text.h"

namespace fulcrum::engine {

using nlohmann::json;

namespace {

constexpr std::uint64_t any64 = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t max_text_bytes = 4096;

std::string printable(std::string_view sent) {
    std::string out;
    out.reserve(sent.size());
    for (const char c : sent) {
        if (const auto byte = static_cast<unsigned char>(c); byte > 0x20 && byte < 0x7f) {
            out.push_back(c);
        } else {
            fmt::format_to(std::back_inserter(out), "%{:02X}", byte);
        }
    }
    return out;
}

void append_text(fmt::memory_buffer& out, std::string_view key, std::string_view value) {
    fmt::format_to(std::back_inserter(out), R"("{}":)", key);
    append_quoted(out, value);
    out.push_back(',');
}

void append_request(fmt::memory_buffer& out, const RequestReport& r) {
    out.push_back('{');
    append_text(out, "service", r.service);
    append_text(out, "pool", r.pool);
    append_text(out, "server", r.server);
    append_text(out, "method", printable(r.method));
    append_text(out, "host", printable(r.host));
    append_text(out, "path", printable(r.path));
    append_text(out, "end", r.end);
    append_text(out, "reason", r.reason);
    const auto put = std::back_inserter(out);
    fmt::format_to(put, R"("status":{},"server_reused":{},"retries":{},)", r.status, r.server_reused,
                   r.retries);
    fmt::format_to(put, R"("client":"{}","client_port":{},"vip":"{}","vip_port":{},)", r.client.text(),
                   r.client_port, r.vip.text(), r.vip_port);
    fmt::format_to(put, R"("bytes_from_client":{},"bytes_to_client":{},"began_ns":{},)", r.bytes_from_client,
                   r.bytes_to_client, r.began_ns);
    fmt::format_to(put, R"("head_us":{},"sent_us":{},"answered_us":{},"total_us":{}}})", r.head_us, r.sent_us,
                   r.answered_us, r.total_us);
}

RequestReport parse_request(const json& value, const std::string& path, JsonComplaint& complaint) {
    RequestReport out;
    JsonObject object(value, path, complaint);
    object.text("service", out.service, max_text_bytes);
    object.text("pool", out.pool, max_text_bytes);
    object.text("server", out.server, max_text_bytes);
    object.text("method", out.method, max_text_bytes);
    object.text("host", out.host, max_text_bytes);
    object.text("path", out.path, max_text_bytes);
    object.text("end", out.end, max_text_bytes);
    object.text("reason", out.reason, max_text_bytes);
    object.number("status", out.status, 0, 999);
    object.boolean("server_reused", out.server_reused);
    object.number("retries", out.retries, 0, std::numeric_limits<std::uint32_t>::max());
    object.address("client", out.client);
    object.number("client_port", out.client_port, 0, 65535);
    object.address("vip", out.vip);
    object.number("vip_port", out.vip_port, 0, 65535);
    object.number("bytes_from_client", out.bytes_from_client, 0, any64);
    object.number("bytes_to_client", out.bytes_to_client, 0, any64);
    object.number("began_ns", out.began_ns, 0, any64);
    object.number("head_us", out.head_us, 0, any64);
    object.number("sent_us", out.sent_us, 0, any64);
    object.number("answered_us", out.answered_us, 0, any64);
    object.number("total_us", out.total_us, 0, any64);
    object.finish();
    return out;
}

} // namespace

std::string emit_requests(std::span<const RequestReport> requests) {
    fmt::memory_buffer out;
    append_array(out, requests, append_request);
    return fmt::to_string(out);
}

std::vector<RequestReport> parse_request_array(JsonObject& object, std::string_view key,
                                               JsonComplaint& complaint) {
    std::vector<RequestReport> out;
    object.array(key, 1'000'000, [&](const json& element, const std::string& path) {
        out.push_back(parse_request(element, path, complaint));
    });
    return out;
}

} // namespace fulcrum::engine
