// The last two minutes of a lab: connections a second and throughput of every server, the processor time of
// every engine, and how the connections were shared out; where engines read HTTP, also requests a second and
// how long answers took. A server keeps its colour everywhere.
#pragma once

#include <QWidget>

#include "app/window/lab/latency.h"
#include "app/window/lab/rate_tracker.h"

class QLabel;
class QStackedLayout;

namespace fulcrum::window {

class LiveChart;
class ShareBars;
class Theme;
class WrappingGrid;

class ChartsPanel : public QWidget {
    Q_OBJECT
public:
    // More lines than that cannot be told apart; the rest are one line.
    static constexpr std::size_t most_servers = 12;

    explicit ChartsPanel(const Theme* theme, QWidget* parent = nullptr);

    void add(double time_s, const Rates& rates, const std::optional<Latency>& latency);
    void clear();
    const LiveChart* cpu() const { return cpu_; }
    const LiveChart* requests() const { return requests_; }

private:
    QColor color_of(QStringList& names, const QString& name); // by the order in which they were first seen
    void draw_shares();

    const Theme* theme_;
    bool reads_http_ = false; // some request was logged
    QStringList server_names_, engine_names_;
    std::vector<ServerRate> servers_; // the newest
    LiveChart *connections_, *throughput_, *cpu_, *requests_, *latency_;
    ShareBars* shares_;
    QLabel* empty_;
    WrappingGrid* charts_;
    QStackedLayout* pages_;
};

} // namespace fulcrum::window
