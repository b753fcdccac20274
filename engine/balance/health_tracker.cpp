#include "engine/balance/health_tracker.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace fulcrum::balance {

using engine::HealthKind;

namespace {

std::string_view word_of(ProbeResult result) {
    switch (result) {
    case ProbeResult::answered:
        return "answered";
    case ProbeResult::lost:
        return "lost";
    case ProbeResult::refused:
        return "refused";
    case ProbeResult::unreachable:
        return "unreachable";
    }
    return {};
}

// A check this engine cannot make yet is replaced by the nearest it can, and says so wherever it is shown.
std::string title_of(HealthKind kind) {
    switch (kind) {
    case HealthKind::ping:
    case HealthKind::tcp_half_open:
        return std::string(name_of(kind));
    case HealthKind::udp:
        return "udp (not available yet: ping instead)";
    case HealthKind::tcp:
    case HealthKind::http:
        break;
    }
    return fmt::format("{} (not available yet: tcp-half-open instead)", name_of(kind));
}

} // namespace

bool HealthTracker::add(ProbeResult result) {
    const Verdict before = verdict_;
    const bool good = result == ProbeResult::answered;
    last_ = result;
    any_ = true;
    good_ = good ? good_ + 1 : 0;
    bad_ = good ? 0 : bad_ + 1;
    if (good && good_ >= config_.rise) {
        verdict_ = Verdict::up;
    } else if (!good && (verdict_ == Verdict::unknown || bad_ >= config_.fall)) {
        verdict_ = Verdict::down;
    }
    return verdict_ != before;
}

std::string HealthTracker::why() const {
    const std::string title = title_of(config_.kind);
    if (!any_) {
        return title + ": not probed yet";
    }
    if (good_ > 0) {
        return verdict_ == Verdict::up ? title + ": answers"
                                       : fmt::format("{}: {} of {} answered", title, good_, config_.rise);
    }
    if (verdict_ == Verdict::up) {
        return fmt::format("{}: {} of {} {}, still up", title, bad_, config_.fall, word_of(last_));
    }
    const std::uint32_t needed = std::min<std::uint32_t>(bad_, config_.fall);
    return fmt::format("{}: {} of {} {}", title, needed, config_.fall, word_of(last_));
}

} // namespace fulcrum::balance
