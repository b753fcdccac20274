#include "capture/digest/traffic_series.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "capture/digest/http_exchanges.h"

namespace fulcrum::capture {

namespace {

constexpr std::size_t streams_at_once = 16'384;
constexpr std::size_t check_every = 65'536; // packets between two looks at `cancelled`

// The time that the capture covers, cut into pieces.
class Times {
public:
    Times(std::int64_t first, std::int64_t last, std::int64_t zero)
        : first_(first), zero_(zero),
          span_(std::max(1.0, static_cast<double>(last) - static_cast<double>(first))) {}

    std::size_t piece_of(std::int64_t time_ns) const {
        const double at = (static_cast<double>(time_ns) - static_cast<double>(first_)) / span_;
        return static_cast<std::size_t>(
            std::clamp(at * TrafficSeries::pieces, 0.0, TrafficSeries::pieces - 1.0));
    }
    double piece_s() const { return span_ / 1e9 / TrafficSeries::pieces; }
    double duration_s() const { return span_ / 1e9; }
    // The middle of a piece, from the first packet of the file on.
    double middle_s(std::size_t piece) const {
        return (static_cast<double>(first_) - static_cast<double>(zero_)) / 1e9 +
               (static_cast<double>(piece) + 0.5) * piece_s();
    }

private:
    std::int64_t first_, zero_;
    double span_;
};

using Pieces = std::array<double, TrafficSeries::pieces>;

bool has_time(const PacketRecord& record) {
    return (record.flags & PacketRecord::no_time) == 0;
}

std::optional<Times> times_of(const CaptureFile& file, std::size_t size) {
    std::int64_t first = std::numeric_limits<std::int64_t>::max(),
                 last = std::numeric_limits<std::int64_t>::min();
    std::optional<std::int64_t> zero; // of the first packet that has a time
    for (std::size_t i = 0; i < size; ++i) {
        if (const PacketRecord& record = file.record(i); has_time(record)) {
            zero = zero.value_or(record.time_ns);
            first = std::min(first, record.time_ns);
            last = std::max(last, record.time_ns);
        }
    }
    return zero ? std::optional(Times(first, last, *zero)) : std::nullopt;
}

TrafficLine line_of(std::string name, const Pieces& pieces, const Times& times) {
    TrafficLine line{std::move(name), {}};
    line.points.reserve(pieces.size());
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        line.points.emplace_back(times.middle_s(i), pieces[i]);
    }
    return line;
}

double weight_of(const PacketRecord& record, SeriesKind kind) {
    switch (kind) {
    case SeriesKind::throughput:
        return 8.0 * record.original;
    case SeriesKind::retransmissions:
        return (record.analysis & tcp_finding::any_retransmission) != 0 ? 1 : 0;
    default:
        return 1;
    }
}

void add_rates(const CaptureFile& file, const SeriesWanted& wanted, std::size_t size, const Times& times,
               const std::atomic<bool>* cancelled, TrafficSeries& into) {
    std::map<std::uint32_t, Pieces> sums; // by interface; or one, 0. A file may number them as it likes
    const std::size_t count = wanted.packets ? wanted.packets->size() : size;
    for (std::size_t n = 0; n < count; ++n) {
        if (n % check_every == 0 && cancelled != nullptr && *cancelled) {
            return;
        }
        const std::size_t i = wanted.packets ? (*wanted.packets)[n] : n;
        if (i >= size || !has_time(file.record(i))) {
            continue;
        }
        const PacketRecord& record = file.record(i);
        sums[wanted.by_interface ? record.interface : 0][times.piece_of(record.time_ns)] +=
            weight_of(record, wanted.kind) / times.piece_s();
    }
    if (!wanted.by_interface) {
        into.lines.push_back(line_of({}, sums[0], times));
        return;
    }
    std::vector<std::pair<double, std::uint32_t>> busiest;
    for (const auto& [interface, pieces] : sums) {
        double all = 0;
        for (const double value : pieces) {
            all += value;
        }
        if (all > 0) {
            busiest.emplace_back(-all, interface);
        }
    }
    std::sort(busiest.begin(), busiest.end());
    Pieces rest{};
    const CaptureFile::Reading reading(file);
    for (std::size_t n = 0; n < busiest.size(); ++n) {
        const Pieces& pieces = sums[busiest[n].second];
        if (n < TrafficSeries::most_lines || busiest.size() == TrafficSeries::most_lines + 1) {
            const auto& name = reading.interfaces()[busiest[n].second].name;
            into.lines.push_back(
                line_of(name.empty() ? '#' + std::to_string(busiest[n].second) : name, pieces, times));
            continue;
        }
        ++into.others;
        std::transform(rest.begin(), rest.end(), pieces.begin(), rest.begin(), std::plus<>());
    }
    if (into.others > 0) {
        into.lines.push_back(line_of({}, rest, times));
    }
}

// The nearest-rank percentiles of what fell into each piece; pieces in which nothing did have no point.
void add_percentiles(std::vector<std::pair<std::int64_t, double>> samples, const Times& times,
                     TrafficSeries& into) {
    std::vector<std::vector<double>> by_piece(TrafficSeries::pieces);
    for (const auto& [time_ns, value] : samples) {
        by_piece[times.piece_of(time_ns)].push_back(value);
    }
    for (auto& values : by_piece) {
        std::sort(values.begin(), values.end());
    }
    for (const auto& [name, share] :
         {std::pair{"p50", 0.50}, std::pair{"p90", 0.90}, std::pair{"p99", 0.99}}) {
        TrafficLine line{name, {}};
        for (std::size_t i = 0; i < by_piece.size(); ++i) {
            if (const auto& values = by_piece[i]; !values.empty()) {
                const auto rank =
                    static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
                line.points.emplace_back(times.middle_s(i), values[std::max<std::size_t>(rank, 1) - 1]);
            }
        }
        into.lines.push_back(std::move(line));
    }
}

std::vector<std::pair<std::int64_t, double>> latencies(const CaptureFile& file,
                                                       const std::atomic<bool>* cancelled) {
    std::vector<std::pair<std::int64_t, double>> samples;
    for (const HttpExchange& exchange : find_exchanges(file, cancelled)) {
        if (exchange.waited_ns) {
            samples.emplace_back(exchange.began_ns, static_cast<double>(*exchange.waited_ns) / 1e6);
        }
    }
    return samples;
}

std::vector<std::pair<std::int64_t, double>> round_trips(const CaptureFile& file) {
    std::vector<std::pair<std::int64_t, double>> samples;
    for (std::size_t next = 0;;) {
        const CaptureFile::Reading reading(file);
        const auto& streams = reading.index().tcp();
        const std::size_t stop = std::min(streams.size(), next + streams_at_once);
        if (next == stop) {
            return samples;
        }
        for (; next < stop; ++next) {
            if (streams[next].round_trip_ns > 0) {
                samples.emplace_back(streams[next].syn_ns,
                                     static_cast<double>(streams[next].round_trip_ns) / 1e6);
            }
        }
    }
}

void add_flows(const CaptureFile& file, const Times& times, TrafficSeries& into) {
    for (const auto& [kind, name] :
         {std::pair{ConversationKind::tcp, "TCP"}, std::pair{ConversationKind::udp, "UDP"}}) {
        std::array<double, TrafficSeries::pieces + 1> steps{};
        std::size_t next = 0;
        while (true) {
            const CaptureFile::Reading reading(file);
            const auto& talks = reading.index().conversations(kind);
            const std::size_t stop = std::min(talks.size(), next + streams_at_once);
            if (next == stop) {
                break;
            }
            for (; next < stop; ++next) {
                if (!talks[next].has_frames()) {
                    continue; // only quoted by ICMP errors
                }
                steps[times.piece_of(talks[next].first_ns)] += 1;
                steps[times.piece_of(talks[next].last_ns) + 1] -= 1;
            }
        }
        if (next == 0) {
            continue;
        }
        Pieces open{};
        double now = 0;
        for (std::size_t i = 0; i < open.size(); ++i) {
            now += steps[i];
            open[i] = now;
        }
        into.lines.push_back(line_of(name, open, times));
    }
}

} // namespace

TrafficSeries make_series(const CaptureFile& file, const SeriesWanted& wanted,
                          const std::atomic<bool>* cancelled) {
    TrafficSeries series;
    const std::size_t size = file.size();
    const auto times = times_of(file, size);
    if (!times) {
        return series;
    }
    series.duration_s = times->duration_s();
    series.piece_s = times->piece_s();
    switch (wanted.kind) {
    case SeriesKind::throughput:
    case SeriesKind::packets:
    case SeriesKind::retransmissions:
        add_rates(file, wanted, size, *times, cancelled, series);
        break;
    case SeriesKind::latency:
        add_percentiles(latencies(file, cancelled), *times, series);
        break;
    case SeriesKind::round_trip:
        add_percentiles(round_trips(file), *times, series);
        break;
    case SeriesKind::flows:
        add_flows(file, *times, series);
        break;
    }
    return series;
}

} // namespace fulcrum::capture
