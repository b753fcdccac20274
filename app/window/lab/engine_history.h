// What one SE has counted over the last two minutes, put the way a person looks at it: what is there now, how
// fast it grows, how full it is.
#pragma once

#include <QCoreApplication>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "engine/control/report.h"

namespace fulcrum::window {

// One tile of the engine panel.
struct EngineCounter {
    QString name, value;
    QString detail;              // beside the value: "12 /s", "of 64 MB"; may be empty
    QString hint;                // what it means
    std::vector<double> history; // oldest first; a level, or a rate per second
    std::optional<double> level; // how full, 0..1; none: nothing that fills
    bool is_trouble = false;     // it grows now, and should not
};

struct InterfaceRate {
    QString name, mac;
    double in_bps = 0, out_bps = 0;
    quint64 in_frames = 0, out_frames = 0; // since the engine started
    quint64 largest_bytes = 0;             // of either direction: above the MTU where segments pass whole
    quint64 kernel_drops = 0;
};

class EngineHistory {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::EngineHistory)
public:
    static constexpr std::size_t kept = 120; // reports, one a second

    // `time_s` is monotonic. A report of an engine that started again forgets what was before.
    void add(double time_s, const engine::EngineReport& report);
    bool empty() const { return samples_.empty(); }
    const engine::EngineReport& now() const { return now_; }
    bool is_proxy() const; // has a service that ends connections

    std::vector<EngineCounter> counters() const; // those of full proxy only where there is one
    std::vector<InterfaceRate> interfaces() const;
    std::vector<std::pair<QString, quint64>> drops() const; // by reason, most first

private:
    struct Sample {
        double time_s = 0;
        engine::ProxyReport proxy;
        std::uint64_t flows = 0, dropped = 0, limited = 0;
        std::vector<engine::InterfaceReport> interfaces;
    };
    using Value = std::function<double(const Sample&)>;
    std::vector<double> levels(const Value& value) const;
    std::vector<double> rates(const Value& value) const; // one fewer than there are samples
    void add_proxy_counters(std::vector<EngineCounter>& counters) const;

    std::deque<Sample> samples_;
    engine::EngineReport now_;
};

} // namespace fulcrum::window
