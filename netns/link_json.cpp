#include "netns/link_json.h"

#include <nlohmann/json.hpp>

#include "netns/json_reader.h"

namespace fulcrum::netns {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

void read_time(JsonReader& in, const char* key, std::chrono::microseconds& out) {
    std::uint64_t us = static_cast<std::uint64_t>(out.count());
    in.read(key, us);
    // Anything too long stays too long, and positive.
    const auto most = static_cast<std::uint64_t>(longest_link_delay.count()) + 1;
    out = std::chrono::microseconds(us < most ? us : most);
}

template <class Value>
void put(ordered_json& out, const char* key, const Value& value) {
    if (value != Value{}) {
        out[key] = value;
    }
}

} // namespace

void read_faults(JsonReader& in, const char* key, LinkFaults& out) {
    in.member(key, [&](const json& value, const std::string& path) {
        {
            JsonReader inside(value, path, in.problem());
            inside.read("rate_bps", out.rate_bps);
            inside.read("queue_bytes", out.queue_bytes);
            read_time(inside, "delay_us", out.delay);
            read_time(inside, "jitter_us", out.jitter);
            inside.read("loss", out.loss);
            inside.read("duplicate", out.duplicate);
            inside.read("reorder", out.reorder);
            inside.read("seed", out.seed);
        }
        if (const std::string problem = problem_of(out); !problem.empty()) {
            in.problem().found(path, problem);
        }
    });
}

void read_counters(JsonReader& in, const char* key, LinkCounters& out) {
    in.member(key, [&](const json& value, const std::string& path) {
        JsonReader inside(value, path, in.problem());
        inside.read("passed", out.passed);
        inside.read("lost", out.lost);
        inside.read("duplicated", out.duplicated);
        inside.read("reordered", out.reordered);
        inside.read("queue_drops", out.queue_drops);
        inside.read("waiting", out.waiting);
        inside.read("missed", out.missed);
        inside.read("late_us_median", out.late_us_median);
        inside.read("late_us_p99", out.late_us_p99);
    });
}

void put_faults(ordered_json& out, const char* key, const LinkFaults& faults) {
    if (faults == LinkFaults{}) {
        return;
    }
    ordered_json& item = out[key] = ordered_json::object();
    put(item, "rate_bps", faults.rate_bps);
    put(item, "queue_bytes", faults.queue_bytes);
    put(item, "delay_us", faults.delay.count());
    put(item, "jitter_us", faults.jitter.count());
    put(item, "loss", faults.loss);
    put(item, "duplicate", faults.duplicate);
    put(item, "reorder", faults.reorder);
    put(item, "seed", faults.seed);
}

void put_counters(ordered_json& out, const char* key, const LinkCounters& counters) {
    out[key] = {{"passed", counters.passed},           {"lost", counters.lost},
                {"duplicated", counters.duplicated},   {"reordered", counters.reordered},
                {"queue_drops", counters.queue_drops}, {"waiting", counters.waiting},
                {"missed", counters.missed},           {"late_us_median", counters.late_us_median},
                {"late_us_p99", counters.late_us_p99}};
}

} // namespace fulcrum::netns
