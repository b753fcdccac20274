// fulcrum link: what it is given, as values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "netns/lab_plan.h"

namespace CLI {
class App;
}

namespace fulcrum::cli {

// As people write them. A rate in bits per second: "10M", "1.5Gbit", "800k"; a time in milliseconds unless it
// says "us" or "s": "20", "20ms", "0.5s"; a share as "1%" or as a fraction below 1: "0.01". Errors say what
// is wanted.
Result<std::uint64_t> parse_rate(const std::string& text);
Result<std::chrono::microseconds> parse_time(const std::string& text);
Result<double> parse_share(const std::string& text);

std::string rate_text(std::uint64_t rate_bps);         // "10 Mbit/s"
std::string time_text(std::chrono::microseconds time); // "20 ms"
std::string share_text(double share);                  // "1 %"
std::string text_of(const netns::LinkFaults& faults);  // "loss 1 %, delay 20 ms", "a perfect wire"

struct LinkArguments {
    std::string lab, end;                                                   // end: "server1:eth0"
    std::string action;                                                     // up, down, set; empty: show
    std::string direction = "both";                                         // out, in, both
    std::string rate, queue, delay, jitter, loss, duplicate, reorder, seed; // as typed; empty: stays as it is
    bool clear = false, json = false;
};
int link(const LinkArguments& arguments);

void add_link_command(CLI::App& app, int& exit);

} // namespace fulcrum::cli
