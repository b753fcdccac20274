// Turns the counters of successive snapshots into rates: bits per second on every link of the drawing,
// connections and throughput of every server, processor time and requests of every engine.
#pragma once

#include <QHash>
#include <QString>
#include <unordered_map>
#include <vector>

#include "app/window/lab/lab_snapshot.h"
#include "designer/canvas/canvas_view.h"

namespace fulcrum::window {

struct ServerRate {
    QString name;
    double connections_per_s = 0;
    double bits_per_s = 0; // both directions, at the server's own interfaces: true in DSR too
    std::uint64_t connections = 0, active = 0; // all SEs together
    bool up = false;                           // some SE sees it up
    QString why;
};

struct EngineRate {
    QString name;
    double cpu_percent = 0;    // of one core
    double requests_per_s = 0; // layer 7
};

struct Rates {
    std::vector<std::pair<designer::Id, designer::LinkTraffic>> links;
    std::vector<ServerRate> servers; // in the order of the drawing
    std::vector<EngineRate> engines; // in the order of their names; those that answered
};

class RateTracker {
public:
    // A new lab, made from `drawing`.
    void reset(const designer::Document& drawing);
    // Rates are 0 for what was not there before, and where a counter started again (its node was restarted).
    Rates update(const LabSnapshot& now);

private:
    // Per second since the same counter was last seen.
    double rate(const std::string& key, std::uint64_t value, double time_s);

    struct CountedEnd { // the end of a link that is an interface of a node
        designer::Id link;
        std::string interface; // "client1:eth0"
        bool is_a = false;
    };
    struct Seen {
        std::uint64_t value = 0;
        double time_s = 0;
    };
    std::vector<CountedEnd> ends_;
    std::vector<std::string> servers_; // names, in the order of the drawing
    std::unordered_map<std::string, Seen> before_;
};

} // namespace fulcrum::window
