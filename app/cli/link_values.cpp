#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>
#include <vector>

#include "app/cli/link_commands.h"

namespace fulcrum::cli {

namespace {

struct Number {
    double value = 0;
    std::string_view unit; // what follows
};

std::optional<Number> parse_number(std::string_view text) {
    Number number;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number.value, std::chars_format::fixed);
    if (error != std::errc() || !std::isfinite(number.value) || number.value < 0) {
        return std::nullopt;
    }
    number.unit = text.substr(static_cast<std::size_t>(end - text.data()));
    while (!number.unit.empty() && number.unit.front() == ' ') {
        number.unit.remove_prefix(1);
    }
    return number;
}

struct Unit {
    std::string_view name;
    double factor;
};

std::optional<double> in_units(std::string_view text, std::span<const Unit> units) {
    const auto number = parse_number(text);
    if (!number) {
        return std::nullopt;
    }
    for (const Unit& unit : units) {
        if (number->unit == unit.name) {
            return number->value * unit.factor;
        }
    }
    return std::nullopt;
}

constexpr std::array rate_units = {Unit{"", 1},         Unit{"k", 1e3},      Unit{"M", 1e6},
                                   Unit{"G", 1e9},      Unit{"bit", 1},      Unit{"kbit", 1e3},
                                   Unit{"Mbit", 1e6},   Unit{"Gbit", 1e9},   Unit{"bit/s", 1},
                                   Unit{"kbit/s", 1e3}, Unit{"Mbit/s", 1e6}, Unit{"Gbit/s", 1e9}};
constexpr double most_rate_bps = 1e13;
constexpr std::array time_units = {Unit{"", 1e3}, Unit{"us", 1}, Unit{"ms", 1e3}, Unit{"s", 1e6}};

} // namespace

Result<std::uint64_t> parse_rate(const std::string& text) {
    const auto rate = in_units(text, rate_units);
    if (!rate || *rate > most_rate_bps ||
        (*rate != 0 && *rate < static_cast<double>(netns::least_link_rate_bps))) {
        return bad_input(
            fmt::format("\"{}\" is no rate: write 10M, 800k or 1G bit/s, at least 1k; 0 for none", text));
    }
    return static_cast<std::uint64_t>(std::llround(*rate));
}

Result<std::chrono::microseconds> parse_time(const std::string& text) {
    const auto time = in_units(text, time_units);
    if (!time || *time > static_cast<double>(netns::longest_link_delay.count())) {
        return bad_input(fmt::format("\"{}\" is no time: write 20ms, 500us or 1.5s, an hour at most", text));
    }
    return std::chrono::microseconds(std::llround(*time));
}

Result<double> parse_share(const std::string& text) {
    const auto number = parse_number(text);
    if (number && number->unit == "%" && number->value <= 100) {
        return number->value / 100;
    }
    if (number && number->unit.empty() && number->value < 1) {
        return number->value;
    }
    return bad_input(fmt::format("\"{}\" is no share: write 1% (or 0.01)", text));
}

std::string rate_text(std::uint64_t rate_bps) {
    const auto rate = static_cast<double>(rate_bps);
    if (rate >= 1e9) {
        return fmt::format("{:.4g} Gbit/s", rate / 1e9);
    }
    return rate >= 1e6 ? fmt::format("{:.4g} Mbit/s", rate / 1e6) : fmt::format("{:.4g} kbit/s", rate / 1e3);
}

std::string time_text(std::chrono::microseconds time) {
    const auto us = static_cast<double>(time.count());
    return us >= 1e6 ? fmt::format("{:g} s", us / 1e6) : fmt::format("{:g} ms", us / 1e3);
}

std::string share_text(double share) {
    return fmt::format("{:g} %", share * 100);
}

std::string text_of(const netns::LinkFaults& faults) {
    if (faults.perfect()) {
        return "a perfect wire";
    }
    std::vector<std::string> parts;
    if (faults.rate_bps > 0) {
        parts.push_back(rate_text(faults.rate_bps));
    }
    if (faults.queue_bytes > 0) {
        parts.push_back(fmt::format("queue {} bytes", faults.queue_bytes));
    }
    if (faults.delay.count() > 0) {
        parts.push_back("delay " + time_text(faults.delay));
    }
    if (faults.jitter.count() > 0) {
        parts.push_back("jitter ± " + time_text(faults.jitter));
    }
    if (faults.loss > 0) {
        parts.push_back("loss " + share_text(faults.loss));
    }
    if (faults.duplicate > 0) {
        parts.push_back("duplication " + share_text(faults.duplicate));
    }
    if (faults.reorder > 0) {
        parts.push_back("reordering " + share_text(faults.reorder));
    }
    parts.push_back(fmt::format("seed {}", faults.seed));
    return fmt::format("{}", fmt::join(parts, ", "));
}

} // namespace fulcrum::cli
