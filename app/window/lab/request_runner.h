// Real requests from inside a node of a running lab: the built-in load generator run there through the
// supervisor, and its report.
#pragma once

#include <QHash>
#include <QObject>
#include <QStringList>
#include <functional>
#include <optional>
#include <vector>

#include "app/window/programs.h"

namespace fulcrum::window {

struct RequestOrder {
    QString lab;
    QString client;      // the node that sends, by name
    QString url;         // "http://10.1.1.100:80/" or "udp://10.1.1.100:53"
    int connections = 1; // at once
    int requests = 1;    // in all; 0: as many as fit into `seconds`
    int seconds = 0;
    bool keep_alive = true;
    int answers = 1; // how many of the first answers are brought back
};

// One answer of the built-in server: who answered, and whom it saw. Texts are empty when some other program
// answered.
struct RequestAnswer {
    int status = 0;
    QString server, peer;
    QString forwarded_for; // the X-Forwarded-For header that the server got; empty: none
    QString proxy;         // "192.168.1.101:40112 (v2)": the PROXY header; empty: none
    QString local;         // the client's own address and port
    QString body;          // its first 4 KB
    double milliseconds = 0;
};

struct RequestReport {
    std::optional<RequestAnswer> answer; // of the first request
    std::vector<RequestAnswer> answers;  // as many as were asked for, the first among them
    int requests = 0, failed = 0, connections = 0;
    double requests_per_s = 0, connections_per_s = 0, seconds = 0;
    double bytes = 0;
    double p50_ms = 0, p90_ms = 0, p99_ms = 0, max_ms = 0; // from the request to its answer, at the client
    QHash<QString, int> servers;                           // how often each answered
    QStringList errors;                                    // "12 × timed out"
};

struct RequestOutcome {
    std::optional<RequestReport> report;
    QString error; // when there is none
};

// Blocks until the requests have been sent and answered, or have failed.
RequestOutcome run_requests(const Programs& programs, const RequestOrder& order);

// Runs the order on another thread; `done` is called on the thread of `context`, unless that is gone by then.
// It gets either a report or the reason why there is none.
void send_requests(const Programs& programs, const RequestOrder& order, QObject* context,
                   std::function<void(const std::optional<RequestReport>&, const QString& error)> done);

// What fulcrum-load --json writes; none when it is something else.
std::optional<RequestReport> parse_load_report(const QByteArray& json);

} // namespace fulcrum::window
