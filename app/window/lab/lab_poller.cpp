#include "app/window/lab/lab_poller.h"

#include "app/window/qt_text.h"

namespace fulcrum::window {

namespace {

constexpr int interval_ms = 1000;
constexpr std::size_t live_flows_asked = 500;
constexpr std::size_t logged_requests_asked = 5000;
constexpr std::size_t logged_flows_asked = 5000; // what a busy engine logs beyond that is caught up next time

} // namespace

void LabPoller::start() {
    clock_.start();
    timer_ = new QTimer(this);
    connect(timer_, &QTimer::timeout, this, &LabPoller::poll);
    timer_->start(interval_ms);
    poll();
}

void LabPoller::poll() {
    if (timer_ == nullptr || !timer_->isActive()) {
        return;
    }
    auto snapshot = ask();
    if (!snapshot) {
        timer_->stop();
        emit lost(to_q(snapshot.error().message));
        return;
    }
    emit polled(std::make_shared<const LabSnapshot>(std::move(*snapshot)));
}

Result<LabSnapshot> LabPoller::ask() {
    if (!client_) {
        auto connected = netns::LabClient::connect(lab_);
        if (!connected) {
            return fail(connected.error(), "watch the lab");
        }
        client_.emplace(std::move(*connected));
    }
    LabSnapshot snapshot;
    auto status = client_->status();
    if (!status) {
        return fail(status.error(), "watch the lab");
    }
    snapshot.status = std::move(*status);
    auto interfaces = client_->interfaces();
    if (!interfaces) {
        return fail(interfaces.error(), "watch the lab");
    }
    snapshot.interfaces = std::move(*interfaces);
    snapshot.time_s = static_cast<double>(clock_.nsecsElapsed()) / 1e9;
    for (const netns::NodeStatus& node : snapshot.status.nodes) {
        if (node.kind != "se") {
            continue;
        }
        if (node.state != netns::NodeState::running) {
            engines_.erase(node.name);
        } else if (auto said = ask_engine(node.name)) {
            snapshot.engines.emplace(node.name, std::move(*said));
        }
    }
    return snapshot;
}

// None when the engine does not answer: it may be starting or dying, and is asked again next time.
std::optional<SeSnapshot> LabPoller::ask_engine(const std::string& node) {
    auto found = engines_.find(node);
    if (found == engines_.end()) {
        auto socket = client_->dial(node, std::string(engine::control_socket_name));
        if (!socket) {
            return std::nullopt;
        }
        found = engines_.emplace(node, Engine{engine::EngineClient(std::move(*socket))}).first;
    }
    Engine& engine = found->second;
    auto report = engine.client.stats();
    auto logged = engine.client.flow_log(engine.log_cursor, logged_flows_asked);
    auto live = engine.client.flows(live_flows_asked);
    auto requests = engine.client.requests(engine.request_cursor, logged_requests_asked);
    if (!report || !logged || !live || !requests) {
        engines_.erase(found);
        return std::nullopt;
    }
    return SeSnapshot{std::move(*report), std::move(*logged), std::move(*live), std::move(*requests)};
}

} // namespace fulcrum::window
