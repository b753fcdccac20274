#include "app/window/panels/charts_panel.h"

#include <QLabel>
#include <QStackedLayout>
#include <algorithm>

#include "app/window/panels/live_chart.h"
#include "app/window/panels/share_bars.h"
#include "app/window/panels/wrapping_grid.h"
#include "app/window/theme.h"

namespace fulcrum::window {

namespace {
constexpr QSize smallest_chart{205, 125};
const QStringList percentiles{"p50", "p90", "p99"};
} // namespace

ChartsPanel::ChartsPanel(const Theme* theme, QWidget* parent)
    : QWidget(parent), theme_(theme), shares_(new ShareBars(tr("Connections so far"), theme, this)),
      empty_(new QLabel(tr("Charts fill while a lab runs."), this)),
      charts_(new WrappingGrid(smallest_chart, this)), pages_(new QStackedLayout(this)) {
    const auto of_server = [this](const QString& name) { return color_of(server_names_, name); };
    const auto of_engine = [this](const QString& name) { return color_of(engine_names_, name); };
    const auto of_percentile = [this](const QString& name) {
        return theme_->colors().series[std::max<qsizetype>(0, percentiles.indexOf(name))];
    };
    using Unit = LiveChart::Unit;
    connections_ = new LiveChart(tr("New connections/s"), Unit::plain, of_server, theme, this);
    throughput_ = new LiveChart(tr("Throughput"), Unit::bits_per_s, of_server, theme, this);
    cpu_ = new LiveChart(tr("Processor, %"), Unit::plain, of_engine, theme, this);
    requests_ = new LiveChart(tr("Requests/s"), Unit::plain, of_engine, theme, this);
    latency_ = new LiveChart(tr("Answer time, ms"), Unit::plain, of_percentile, theme, this);
    cpu_->setToolTip(tr("What each service engine's process takes of one core"));
    requests_->setToolTip(tr("Layer-7 requests that have ended, by service engine"));
    latency_->setToolTip(
        tr("Of layer-7 requests, from their first byte at the engine until the answer begins"));
    // Which colour is whose server stands beside the bars; a legend would take the height of the curves.
    latency_->show_legend(true);
    for (QWidget* chart :
         std::initializer_list<QWidget*>{connections_, throughput_, requests_, latency_, cpu_, shares_}) {
        charts_->add(chart);
    }
    charts_->set_shown(requests_, false);
    charts_->set_shown(latency_, false);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setForegroundRole(QPalette::PlaceholderText);
    pages_->addWidget(empty_);
    pages_->addWidget(charts_);
    connect(theme_, &Theme::changed, this, &ChartsPanel::draw_shares);
}

QColor ChartsPanel::color_of(QStringList& names, const QString& name) {
    qsizetype at = names.indexOf(name);
    if (at < 0) {
        at = names.size();
        names << name;
    }
    const auto& series = theme_->colors().series;
    return series[at % series.size()];
}

void ChartsPanel::add(double time_s, const Rates& rates, const std::optional<Latency>& latency) {
    servers_ = rates.servers;
    if (servers_.size() > most_servers) {
        ServerRate rest{.name =
                            tr("%n other(s)", nullptr, static_cast<int>(servers_.size() - most_servers) + 1)};
        for (std::size_t i = most_servers - 1; i < servers_.size(); ++i) {
            rest.connections_per_s += servers_[i].connections_per_s;
            rest.bits_per_s += servers_[i].bits_per_s;
            rest.connections += servers_[i].connections;
        }
        servers_.resize(most_servers - 1);
        servers_.push_back(rest);
    }
    std::vector<std::pair<QString, double>> connections, throughput, cpu, requests;
    for (const ServerRate& server : servers_) {
        connections.emplace_back(server.name, server.connections_per_s);
        throughput.emplace_back(server.name, server.bits_per_s);
    }
    for (const EngineRate& engine : rates.engines) {
        cpu.emplace_back(engine.name, engine.cpu_percent);
        requests.emplace_back(engine.name, engine.requests_per_s);
        reads_http_ = reads_http_ || engine.requests_per_s > 0;
    }
    reads_http_ = reads_http_ || latency;
    connections_->add(time_s, connections);
    throughput_->add(time_s, throughput);
    cpu_->add(time_s, cpu);
    cpu_->show_legend(cpu.size() > 1);
    requests_->add(time_s, requests);
    requests_->show_legend(requests.size() > 1);
    if (latency) {
        latency_->add(time_s, {{percentiles[0], latency->p50_ms},
                               {percentiles[1], latency->p90_ms},
                               {percentiles[2], latency->p99_ms}});
    } else {
        latency_->add(time_s, {});
    }
    charts_->set_shown(requests_, reads_http_);
    charts_->set_shown(latency_, reads_http_);
    pages_->setCurrentWidget(charts_);
    draw_shares();
}

void ChartsPanel::draw_shares() {
    std::vector<ShareBars::Row> rows;
    for (const ServerRate& server : servers_) {
        rows.push_back(
            {server.name, static_cast<double>(server.connections), color_of(server_names_, server.name)});
    }
    shares_->show_rows(std::move(rows));
}

void ChartsPanel::clear() {
    servers_.clear();
    server_names_.clear();
    engine_names_.clear();
    reads_http_ = false;
    for (LiveChart* chart : {connections_, throughput_, cpu_, requests_, latency_}) {
        chart->clear();
    }
    draw_shares();
    pages_->setCurrentWidget(empty_);
}

} // namespace fulcrum::window
