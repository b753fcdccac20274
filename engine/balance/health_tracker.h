// Up or down, from a row of probe results (SPEC M6): pure state, no packets, no clock.
#pragma once

#include <cstdint>
#include <string>

#include "engine/control/config.h"

namespace fulcrum::balance {

enum class ProbeResult : std::uint8_t {
    answered,
    lost,        // nothing came back in time
    refused,     // reset by the server
    unreachable, // told by ICMP
    wrong_answer,
};

// One check of one server. Unknown until the first verdict: `rise` good results in a row make it up, the
// first bad one makes it down. Afterwards up becomes down after `fall` bad results in a row, and down up
// after `rise` good ones.
class HealthTracker {
public:
    enum class Verdict : std::uint8_t { unknown, up, down };

    explicit HealthTracker(const engine::HealthConfig& config) : config_(config) {}

    // True when the verdict changed. `detail`: what was wrong with an answer, "status 500".
    bool add(ProbeResult result, const std::string& detail = {});

    Verdict verdict() const { return verdict_; }
    bool is_up() const { return verdict_ == Verdict::up; }
    const engine::HealthConfig& config() const { return config_; }
    std::string why() const; // "ping: 2 of 2 lost", "tcp-half-open: answers", "not probed yet"

private:
    engine::HealthConfig config_;
    Verdict verdict_ = Verdict::unknown;
    ProbeResult last_ = ProbeResult::answered;
    std::string detail_; // of the last one
    bool any_ = false;
    std::uint32_t good_ = 0, bad_ = 0; // in a row, up to now
};

} // namespace fulcrum::balance
