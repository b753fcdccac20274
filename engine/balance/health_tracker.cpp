#include "engine/balance/health_tracker.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace fulcrum::balance {

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
    case ProbeResult::wrong_answer:
        return "answered wrongly";
    }
    return {};
}

} // namespace

bool HealthTracker::add(ProbeResult result, const std::string& detail) {
    const Verdict before = verdict_;
    const bool good = result == ProbeResult::answered;
    last_ = result;
    detail_ = detail;
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
    const std::string title(name_of(config_.kind));
    const std::string said = detail_.empty() ? std::string(word_of(last_)) : detail_;
    if (!any_) {
        return title + ": not probed yet";
    }
    if (good_ > 0) {
        return verdict_ == Verdict::up ? title + ": answers"
                                       : fmt::format("{}: {} of {} answered", title, good_, config_.rise);
    }
    if (verdict_ == Verdict::up) {
        return fmt::format("{}: {} of {} {}, still up", title, bad_, config_.fall, said);
    }
    const std::uint32_t needed = std::min<std::uint32_t>(bad_, config_.fall);
    return fmt::format("{}: {} of {} {}", title, needed, config_.fall, said);
}

} // namespace fulcrum::balance
