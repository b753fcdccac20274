#include "ends/load_report.h"

#include <fmt/format.h>

#include "ends/json_string.h"

namespace fulcrum::ends {
namespace {

double milliseconds_of(std::chrono::nanoseconds time) {
    return static_cast<double>(time.count()) / 1e6;
}

double per_second(std::uint64_t count, std::chrono::nanoseconds time) {
    return time.count() > 0 ? static_cast<double>(count) * 1e9 / static_cast<double>(time.count()) : 0;
}

template <class Map>
void append_counts(std::string& out, std::string_view name, const Map& counts) {
    fmt::format_to(std::back_inserter(out), ",\"{}\":{{", name);
    bool first = true;
    for (const auto& [key, count] : counts) {
        out += first ? "" : ",";
        first = false;
        append_json_string(out, fmt::format("{}", key));
        fmt::format_to(std::back_inserter(out), ":{}", count);
    }
    out += '}';
}

std::string readable_bytes(std::uint64_t bytes) {
    static constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < std::size(units)) {
        value /= 1000;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

} // namespace

std::uint64_t LoadReport::failed() const {
    std::uint64_t sum = 0;
    for (const auto& [kind, count] : errors) {
        sum += count;
    }
    return sum;
}

double LoadReport::requests_per_second() const {
    return per_second(requests, elapsed);
}
double LoadReport::connections_per_second() const {
    return per_second(connections, elapsed);
}

std::string emit_json(const LoadReport& report) {
    std::string out = "{\"url\":";
    append_json_string(out, report.url);
    const auto to = std::back_inserter(out);
    fmt::format_to(to, ",\"requests\":{},\"failed\":{}", report.requests, report.failed());
    append_counts(out, "errors", report.errors);
    append_counts(out, "statuses", report.statuses);
    fmt::format_to(to,
                   ",\"seconds\":{:.6f},\"requests_per_second\":{:.1f},\"connections\":{},"
                   "\"connections_per_second\":{:.1f},\"bytes\":{}",
                   static_cast<double>(report.elapsed.count()) / 1e9, report.requests_per_second(),
                   report.connections, report.connections_per_second(), report.bytes);
    const auto& latency = report.latency;
    fmt::format_to(
        to, ",\"latency_ms\":{{\"mean\":{:.4f},\"p50\":{:.4f},\"p90\":{:.4f},\"p99\":{:.4f},\"max\":{:.4f}}}",
        milliseconds_of(latency.mean()), milliseconds_of(latency.percentile(50)),
        milliseconds_of(latency.percentile(90)), milliseconds_of(latency.percentile(99)),
        milliseconds_of(latency.max()));
    append_counts(out, "servers", report.servers);
    if (!report.answers.empty()) {
        out += ",\"answers\":[";
        for (const auto& answer : report.answers) {
            out += out.back() == '[' ? "" : ",";
            fmt::format_to(to, "{{\"status\":{},\"ms\":{:.4f},\"local\":", answer.status,
                           milliseconds_of(answer.latency));
            append_json_string(out, answer.local);
            out += ",\"body\":";
            append_json_string(out, answer.body);
            out += '}';
        }
        out += ']';
    }
    if (!report.unanswered.empty()) {
        out += ",\"unanswered\":[";
        for (const auto& local : report.unanswered) {
            out += out.back() == '[' ? "" : ",";
            append_json_string(out, local);
        }
        out += ']';
    }
    out += "}\n";
    return out;
}

std::string emit_text(const LoadReport& report) {
    std::string out = fmt::format("{}\n", report.url);
    const auto to = std::back_inserter(out);
    const auto seconds = static_cast<double>(report.elapsed.count()) / 1e9;
    fmt::format_to(to, "  requests     {} in {:.2f} s, {:.0f}/s\n", report.requests, seconds,
                   report.requests_per_second());
    fmt::format_to(to, "  connections  {}, {:.0f}/s\n", report.connections, report.connections_per_second());
    fmt::format_to(to, "  received     {}, {:.3f} Gbit/s\n", readable_bytes(report.bytes),
                   seconds > 0 ? static_cast<double>(report.bytes) * 8 / seconds / 1e9 : 0);
    const auto& latency = report.latency;
    fmt::format_to(to, "  latency      p50 {:.3f} ms, p90 {:.3f} ms, p99 {:.3f} ms, max {:.3f} ms\n",
                   milliseconds_of(latency.percentile(50)), milliseconds_of(latency.percentile(90)),
                   milliseconds_of(latency.percentile(99)), milliseconds_of(latency.max()));
    for (const auto& [status, count] : report.statuses) {
        if (status != 200) {
            fmt::format_to(to, "  status {}   {}\n", status, count);
        }
    }
    for (const auto& [kind, count] : report.errors) {
        fmt::format_to(to, "  error        {}: {}\n", kind, count);
    }
    std::size_t width = 0;
    std::uint64_t named = 0;
    for (const auto& [server, count] : report.servers) {
        width = std::max(width, server.size());
        named += count;
    }
    const char* title = "servers";
    for (const auto& [server, count] : report.servers) {
        fmt::format_to(to, "  {:<11}  {:<{}}  {:>6.2f} %  {}\n", title, server, width,
                       static_cast<double>(count) * 100 / static_cast<double>(named), count);
        title = "";
    }
    return out;
}

} // namespace fulcrum::ends
