// Finds out what servers see: asks the servers of a running lab, or makes a lab for each way of keeping the
// client's address, asks there, and takes it down again.
#pragma once

#include <QFuture>
#include <QObject>
#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "app/window/compare/address_way.h"
#include "app/window/lab/request_runner.h"

namespace fulcrum::window {

// What the servers of one lab saw of the same client.
struct WayReport {
    QString client;                     // the client's own address, as its socket says
    std::vector<RequestAnswer> servers; // one answer of each that answered, by name
    int requests = 0;                   // that the times are taken from
    double p50_ms = 0, p90_ms = 0, p99_ms = 0;
    double connections_per_s = 0; // rate_requests of them, rate_at_once at a time; 0: they failed
    double bulk_bps = 0;          // bulk_requests answers of bulk_bytes; 0: the servers do not serve that

    static constexpr int rate_requests = 400, rate_at_once = 16, bulk_requests = 4;
    static constexpr int bulk_bytes = 8'000'000;
};

struct WayQuestion {
    QString client;          // node that asks, by name
    QString url;             // of the service
    std::size_t servers = 0; // in its pool: how many may answer
};

class WayRunner : public QObject {
    Q_OBJECT
public:
    explicit WayRunner(Programs programs, QObject* parent = nullptr);
    ~WayRunner() override; // cancels, and waits until the lab at hand is gone

    bool is_running() const { return running_; }
    // One at a time; nothing happens while one runs.
    void ask_lab(const QString& lab, AddressWay way, const WayQuestion& question);
    void try_ways(const designer::Document& document, const designer::Id& service,
                  std::vector<AddressWay> ways, const WayQuestion& question);
    void cancel(); // `finished` follows once nothing is left of the lab at hand

signals:
    void began(fulcrum::window::AddressWay way, const QString& step);
    void answered(fulcrum::window::AddressWay way, const fulcrum::window::WayReport& report);
    void failed(fulcrum::window::AddressWay way, const QString& why);
    void finished();

private:
    void run(std::function<void()> work);
    void tell(std::function<void()> signal); // from the working thread

    Programs programs_;
    bool running_ = false;
    std::shared_ptr<std::atomic<bool>> cancelled_;
    QFuture<void> working_;
};

} // namespace fulcrum::window
