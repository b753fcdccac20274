#include "app/window/lab/engine_history.h"

#include <QLocale>
#include <algorithm>
#include <functional>

#include "app/window/panels/flows_model.h"
#include "app/window/qt_text.h"

namespace fulcrum::window {

using engine::ProxyReport;

namespace {

QString number(std::uint64_t value) {
    return QLocale().toString(static_cast<qulonglong>(value));
}

QString bytes(std::uint64_t value) {
    return readable_bytes(static_cast<double>(value));
}

std::uint64_t dropped_for(const engine::EngineReport& report, const std::string& reason) {
    const auto found = report.drops.find(reason);
    return found == report.drops.end() ? 0 : found->second;
}

double share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : std::min(1.0, static_cast<double>(part) / static_cast<double>(whole));
}

} // namespace

void EngineHistory::add(double time_s, const engine::EngineReport& report) {
    if (report.uptime_ms < now_.uptime_ms) {
        samples_.clear();
    }
    now_ = report;
    Sample sample{.time_s = time_s,
                  .proxy = report.proxy,
                  .flows = report.flows,
                  .limited = dropped_for(report, "limit"),
                  .interfaces = report.interfaces};
    for (const auto& [reason, count] : report.drops) {
        sample.dropped += count;
    }
    samples_.push_back(std::move(sample));
    if (samples_.size() > kept) {
        samples_.pop_front();
    }
}

bool EngineHistory::is_proxy() const {
    return std::any_of(now_.services.begin(), now_.services.end(), [](const engine::ServiceReport& service) {
        return service.mode == engine::Mode::full_proxy;
    });
}

std::vector<double> EngineHistory::levels(const Value& value) const {
    std::vector<double> found;
    for (const Sample& sample : samples_) {
        found.push_back(value(sample));
    }
    return found;
}

std::vector<double> EngineHistory::rates(const Value& value) const {
    std::vector<double> found;
    for (std::size_t i = 1; i < samples_.size(); ++i) {
        const double seconds = samples_[i].time_s - samples_[i - 1].time_s;
        const double grown = value(samples_[i]) - value(samples_[i - 1]);
        found.push_back(seconds > 0 ? std::max(0.0, grown / seconds) : 0);
    }
    return found;
}

std::vector<EngineCounter> EngineHistory::counters() const {
    std::vector<EngineCounter> found;
    if (samples_.empty()) {
        return found;
    }
    if (is_proxy()) {
        add_proxy_counters(found);
    }
    found.push_back(
        {.name = tr("Flows"),
         .value = number(now_.flows),
         .detail = tr("of %1").arg(number(now_.max_flows)),
         .hint = tr("Connections and exchanges in the flow table; each takes %1").arg(bytes(now_.flow_bytes)),
         .history = levels([](const Sample& s) { return static_cast<double>(s.flows); }),
         .level = share(now_.flows, now_.max_flows)});
    const Sample& last = samples_.back();
    const auto dropping = rates([](const Sample& s) { return static_cast<double>(s.dropped); });
    found.push_back({.name = tr("Packets dropped"),
                     .value = number(last.dropped),
                     .detail = dropping.empty() ? QString() : tr("%1 /s").arg(dropping.back(), 0, 'f', 0),
                     .hint = tr("By the engine, each for a reason that is counted on the right"),
                     .history = dropping});
    const auto limiting = rates([](const Sample& s) { return static_cast<double>(s.limited); });
    found.push_back({.name = tr("Limits hit"),
                     .value = number(last.limited),
                     .hint = tr("Connections refused because a client or a service had as many as its limit "
                                "allows"),
                     .history = limiting,
                     .is_trouble = !limiting.empty() && limiting.back() > 0});
    return found;
}

void EngineHistory::add_proxy_counters(std::vector<EngineCounter>& found) const {
    const ProxyReport& proxy = now_.proxy;
    const auto level_of = [this](std::uint64_t ProxyReport::*member) {
        return levels([member](const Sample& s) { return static_cast<double>(s.proxy.*member); });
    };
    const auto rate_of = [this](std::uint64_t ProxyReport::*member) {
        return rates([member](const Sample& s) { return static_cast<double>(s.proxy.*member); });
    };
    const auto per_second = [](const std::vector<double>& rate) {
        return rate.empty() ? QString() : tr("%1 /s").arg(QLocale().toString(rate.back(), 'f', 0));
    };
    const auto grows = [](const std::vector<double>& rate) { return !rate.empty() && rate.back() > 0; };

    const auto handshakes = rate_of(&ProxyReport::handshakes);
    found.push_back(
        {.name = tr("Handshakes"),
         .value = number(proxy.handshakes),
         .detail = per_second(handshakes),
         .hint = tr("Clients' handshakes that were completed, of %1 SYNs; %2 SYN-ACKs were repeated")
                     .arg(number(proxy.syns), number(proxy.syn_acks_repeated)),
         .history = handshakes});
    found.push_back(
        {.name = tr("Sessions"),
         .value = number(proxy.sessions),
         .detail = tr("now"),
         .hint = tr("Client connections now, each with its server connection; an idle one takes %1")
                     .arg(bytes(proxy.session_bytes)),
         .history = level_of(&ProxyReport::sessions)});
    found.push_back({.name = tr("Half-open"),
                     .value = number(proxy.half_open),
                     .detail = tr("now"),
                     .hint = tr("Handshakes that have begun; servers know nothing of them"),
                     .history = level_of(&ProxyReport::half_open)});
    const auto cookies = rate_of(&ProxyReport::cookies_sent);
    found.push_back(
        {.name = tr("SYN cookies"),
         .value = number(proxy.cookies_sent),
         .detail = tr("%1 accepted").arg(number(proxy.cookies_accepted)),
         .hint = tr("Answers to SYNs that keep no memory, sent while the table of half-open handshakes "
                    "is full; accepted are those that a client came back with"),
         .history = cookies,
         .is_trouble = grows(cookies)});
    if (proxy.requests > 0 || proxy.idle_server_connections > 0) {
        const auto requests = rate_of(&ProxyReport::requests);
        found.push_back({.name = tr("Requests"),
                         .value = number(proxy.requests),
                         .detail = per_second(requests),
                         .hint = tr("HTTP requests that have ended"),
                         .history = requests});
        found.push_back({.name = tr("Idle to servers"),
                         .value = number(proxy.idle_server_connections),
                         .detail = tr("now"),
                         .hint = tr("Open server connections that wait for the next request of any client"),
                         .history = level_of(&ProxyReport::idle_server_connections)});
    }
    found.push_back({.name = tr("Buffers"),
                     .value = bytes(proxy.buffer_bytes),
                     .detail = tr("of %1").arg(bytes(proxy.buffer_limit_bytes)),
                     .hint = tr("Payload on its way between the two connections of all sessions"),
                     .history = level_of(&ProxyReport::buffer_bytes),
                     .level = share(proxy.buffer_bytes, proxy.buffer_limit_bytes)});
    const auto again = rate_of(&ProxyReport::retransmitted_bytes);
    found.push_back({.name = tr("Sent again"),
                     .value = bytes(proxy.retransmitted_bytes),
                     .hint = tr("Retransmitted, by sessions that have ended"),
                     .history = again,
                     .is_trouble = grows(again)});
    const auto failures = rate_of(&ProxyReport::connect_failures);
    found.push_back(
        {.name = tr("Connects failed"),
         .value = number(proxy.connect_failures),
         .detail = tr("%1 retried").arg(number(proxy.connect_retries)),
         .hint = tr("Connections to servers that were refused or not answered; retried are those that "
                    "another server took"),
         .history = failures,
         .is_trouble = grows(failures)});
    found.push_back({.name = tr("TIME-WAIT"),
                     .value = number(proxy.time_wait),
                     .detail = tr("now"),
                     .hint = tr("Ended connections that still guard their ports"),
                     .history = level_of(&ProxyReport::time_wait)});
    const auto idle = rate_of(&ProxyReport::idle_timeouts);
    found.push_back({.name = tr("Idle too long"),
                     .value = number(proxy.idle_timeouts),
                     .hint = tr("Sessions ended because nothing was sent for the idle time"),
                     .history = idle});
}

std::vector<InterfaceRate> EngineHistory::interfaces() const {
    std::vector<InterfaceRate> found;
    for (std::size_t i = 0; i < now_.interfaces.size(); ++i) {
        const engine::InterfaceReport& report = now_.interfaces[i];
        const auto rate = [&](std::uint64_t engine::InterfaceReport::*member) {
            const auto all = rates([&](const Sample& sample) {
                return i < sample.interfaces.size() ? static_cast<double>(sample.interfaces[i].*member) * 8
                                                    : 0;
            });
            return all.empty() ? 0 : all.back();
        };
        found.push_back({.name = to_q(report.name),
                         .mac = to_q(report.mac.text()),
                         .in_bps = rate(&engine::InterfaceReport::rx_bytes),
                         .out_bps = rate(&engine::InterfaceReport::tx_bytes),
                         .in_frames = report.rx_frames,
                         .out_frames = report.tx_frames,
                         .largest_bytes = std::max(report.largest_rx_bytes, report.largest_tx_bytes),
                         .kernel_drops = report.kernel_drops});
    }
    return found;
}

std::vector<std::pair<QString, quint64>> EngineHistory::drops() const {
    std::vector<std::pair<QString, quint64>> found;
    for (const auto& [reason, count] : now_.drops) {
        if (count > 0) {
            found.emplace_back(to_q(reason), count);
        }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    return found;
}

} // namespace fulcrum::window
