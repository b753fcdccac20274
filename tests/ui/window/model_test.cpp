// What the window works out, without a window: ways of requests, rates, flows, reports of the load generator,
// counters of engines, drawings for a comparison.
#include <gtest/gtest.h>

#include "app/window/compare/address_way.h"
#include "app/window/lab/engine_history.h"
#include "app/window/lab/latency.h"
#include "app/window/lab/rate_tracker.h"
#include "app/window/lab/request_path.h"
#include "app/window/lab/request_runner.h"
#include "app/window/panels/flows_model.h"
#include "designer/templates/templates.h"

using namespace fulcrum;
using namespace fulcrum::designer;
using namespace fulcrum::window;

namespace {

Id id_of(const Document& document, const std::string& name) {
    for (const Node& node : document.nodes) {
        if (node.name == name) {
            return node.id;
        }
    }
    ADD_FAILURE() << name;
    return {};
}

// The nodes that a leg passes, in order, without segments.
std::vector<std::string> nodes_of(const Document& document, const PathLeg& leg) {
    std::vector<std::string> names{document.node(leg.from)->name};
    Id here = leg.from;
    for (const Id& id : leg.links) {
        const Link* link = document.link(id);
        EXPECT_TRUE(link->a.node == here || link->b.node == here) << "legs do not jump";
        here = link->a.node == here ? link->b.node : link->a.node;
        if (document.node(here)->kind != NodeKind::segment) {
            names.push_back(document.node(here)->name);
        }
    }
    return names;
}

using Names = std::vector<std::string>;

} // namespace

TEST(RequestPath, InLineReturnsThroughTheEngine) {
    const Document drawing = *make_template("in-line");
    const auto legs = request_path(drawing, {.client = id_of(drawing, "client1"),
                                             .se = id_of(drawing, "se1"),
                                             .server = id_of(drawing, "server2"),
                                             .mode = Mode::in_line});
    ASSERT_EQ(legs.size(), 4U);
    EXPECT_EQ(nodes_of(drawing, legs[0]), (Names{"client1", "router1", "se1"}));
    EXPECT_EQ(nodes_of(drawing, legs[1]), (Names{"se1", "server2"}));
    EXPECT_EQ(nodes_of(drawing, legs[2]), (Names{"server2", "se1"}));
    EXPECT_EQ(nodes_of(drawing, legs[3]), (Names{"se1", "router1", "client1"}));
    EXPECT_FALSE(legs[1].is_return);
    EXPECT_TRUE(legs[2].is_return);
}

TEST(RequestPath, L2DsrIsATriangle) {
    const Document drawing = *make_template("l2-dsr");
    const auto legs = request_path(drawing, {.client = id_of(drawing, "client1"),
                                             .se = id_of(drawing, "se2"),
                                             .server = id_of(drawing, "server1"),
                                             .mode = Mode::l2_dsr});
    ASSERT_EQ(legs.size(), 3U);
    EXPECT_EQ(nodes_of(drawing, legs[1]), (Names{"se2", "server1"}));
    EXPECT_EQ(nodes_of(drawing, legs[2]), (Names{"server1", "router1", "client1"})) << "never through the SE";
    EXPECT_TRUE(legs[2].is_return);
}

TEST(RequestPath, NoWayIsNoPath) {
    Document drawing = *make_template("in-line");
    drawing.links.clear();
    EXPECT_TRUE(request_path(drawing, {.client = id_of(drawing, "client1"),
                                       .se = id_of(drawing, "se1"),
                                       .server = id_of(drawing, "server1"),
                                       .mode = Mode::in_line})
                    .empty());
}

TEST(RateTracker, RatesAreDifferencesPerSecondSeenFromEndA) {
    const Document drawing = *make_template("in-line");
    const Id client = id_of(drawing, "client1");
    const Link* link = links_of(drawing, client).front().link;
    RateTracker tracker;
    tracker.reset(drawing);
    LabSnapshot snapshot;
    snapshot.time_s = 10;
    snapshot.interfaces = {
        {.node = "client1", .interface = "eth0", .up = true, .rx_bytes = 1000, .tx_bytes = 500}};
    EXPECT_EQ(tracker.update(snapshot).links.at(0).second.a_to_b_bps, 0) << "one sample is no rate";
    snapshot.time_s = 12;
    snapshot.interfaces[0].rx_bytes += 250'000; // 1 Mbit/s
    snapshot.interfaces[0].tx_bytes += 2'500;   // 10 kbit/s
    const auto links = tracker.update(snapshot).links;
    ASSERT_EQ(links.size(), 1U);
    EXPECT_EQ(links[0].first, link->id);
    const bool client_is_a = link->a.node == client;
    EXPECT_DOUBLE_EQ(links[0].second.a_to_b_bps, client_is_a ? 10'000 : 1'000'000);
    EXPECT_DOUBLE_EQ(links[0].second.b_to_a_bps, client_is_a ? 1'000'000 : 10'000);
    snapshot.time_s = 13;
    snapshot.interfaces[0].rx_bytes = 10; // the node was restarted
    snapshot.interfaces[0].up = false;
    const auto after = tracker.update(snapshot).links;
    EXPECT_EQ(after[0].second.a_to_b_bps, 0);
    EXPECT_EQ(after[0].second.b_to_a_bps, 0);
    EXPECT_FALSE(after[0].second.up);
}

TEST(RateTracker, EnginesHaveProcessorTimeAndRequestsPerSecond) {
    RateTracker tracker;
    tracker.reset(*make_template("two-arm"));
    LabSnapshot snapshot;
    snapshot.time_s = 10;
    snapshot.engines["se1"].report.cpu_us = 5'000'000;
    snapshot.engines["se1"].report.proxy.requests = 100;
    EXPECT_EQ(tracker.update(snapshot).engines.at(0).cpu_percent, 0) << "one sample is no rate";
    snapshot.time_s = 12;
    snapshot.engines["se1"].report.cpu_us = 5'500'000;
    snapshot.engines["se1"].report.proxy.requests = 700;
    const auto engines = tracker.update(snapshot).engines;
    ASSERT_EQ(engines.size(), 1U);
    EXPECT_EQ(engines[0].name, "se1");
    EXPECT_DOUBLE_EQ(engines[0].cpu_percent, 25);
    EXPECT_DOUBLE_EQ(engines[0].requests_per_s, 300);
}

TEST(FlowsModel, FlowsAreKeptUpToDateAndWhatHasEndedStaysEnded) {
    engine::FlowReport flow;
    flow.id = 7;
    flow.started_ns = 1'000'000'000;
    flow.client = *IpAddress::parse("172.16.1.10");
    flow.client_port = 40000;
    flow.state = engine::FlowState::established;
    FlowsModel model;
    LabSnapshot snapshot;
    snapshot.engines["se1"].live = {flow};
    model.update(snapshot);
    ASSERT_EQ(model.rowCount(), 1);
    flow.state = engine::FlowState::closed;
    flow.bytes_in = 1234;
    snapshot.engines["se1"].logged = {flow};
    model.update(snapshot); // logged as closed, and still in the older list of live ones
    ASSERT_EQ(model.rowCount(), 1);
    EXPECT_EQ(model.row(0).flow.state, engine::FlowState::closed);
    EXPECT_EQ(model.row(0).flow.bytes_in, 1234U);
    EXPECT_TRUE(model.find_client("172.16.1.10:40000"));
    EXPECT_FALSE(model.find_client("172.16.1.10:40001"));
    // Another engine counts its flows from 1 as well.
    snapshot.engines["se2"].live = {flow};
    model.update(snapshot);
    EXPECT_EQ(model.rowCount(), 2);
}

TEST(FlowsModel, OldFlowsGoFirst) {
    FlowsModel model;
    LabSnapshot snapshot;
    for (std::uint64_t id = 1; id <= FlowsModel::most_rows + 50; ++id) {
        engine::FlowReport flow;
        flow.id = id;
        flow.started_ns = id;
        snapshot.engines["se1"].logged.push_back(flow);
    }
    model.update(snapshot);
    ASSERT_EQ(model.rowCount(), static_cast<int>(FlowsModel::most_rows));
    EXPECT_EQ(model.row(0).flow.id, 51U);
}

TEST(LoadReport, TellsWhoAnsweredAndWhomItSaw) {
    const auto report = parse_load_report(
        R"({"url":"http://10.1.1.100/","requests":1,"failed":0,"errors":{},"seconds":0.01,"requests_per_second":100,
            "connections":1,"connections_per_second":100,"bytes":80,"latency_ms":{"p50":1.5,"p99":1.5,"max":1.5},
            "servers":{"server2":1},"answers":[{"status":200,"ms":1.5,"local":"172.16.1.10:40112",
            "body":"{\"server\":\"server2\",\"peer\":\"172.16.1.10:40112\"}"}]})");
    ASSERT_TRUE(report && report->answer);
    EXPECT_EQ(report->answer->server, "server2");
    EXPECT_EQ(report->answer->peer, "172.16.1.10:40112");
    EXPECT_EQ(report->answer->local, "172.16.1.10:40112");
    EXPECT_EQ(report->servers.value("server2"), 1);
    EXPECT_FALSE(parse_load_report("nonsense"));
    EXPECT_FALSE(parse_load_report("[]"));
}

TEST(LoadReport, TellsEveryAnswerWithTheHeadersThatNameTheClient) {
    const auto report = parse_load_report(
        R"({"url":"http://10.1.1.100/","requests":2,"failed":0,"errors":{},"seconds":0.01,"requests_per_second":100,
            "connections":2,"connections_per_second":100,"bytes":80,
            "latency_ms":{"p50":1.5,"p90":2.5,"p99":3.5,"max":4.5},"servers":{"server1":1,"server2":1},"answers":[
            {"status":200,"ms":1.5,"local":"172.16.1.10:40112","body":"{\"server\":\"server1\",\"peer\":\"10.1.1.2:5000\",
             \"headers\":{\"Host\":\"x\",\"x-forwarded-for\":\"172.16.1.10\"},\"proxy\":null}"},
            {"status":200,"ms":1.5,"local":"172.16.1.10:40113","body":"{\"server\":\"server2\",\"peer\":\"10.1.1.2:5001\",
             \"headers\":{},\"proxy\":{\"version\":2,\"command\":\"proxy\",\"source\":\"172.16.1.10:40113\",
             \"destination\":\"10.1.1.100:80\"}}"}]})");
    ASSERT_TRUE(report);
    EXPECT_EQ(report->p90_ms, 2.5);
    ASSERT_EQ(report->answers.size(), 2U);
    EXPECT_EQ(report->answers[0].forwarded_for, "172.16.1.10");
    EXPECT_EQ(report->answers[0].proxy, "");
    EXPECT_EQ(report->answers[1].forwarded_for, "");
    EXPECT_EQ(report->answers[1].proxy, "172.16.1.10:40113 (v2)");
    EXPECT_EQ(report->answers[1].peer, "10.1.1.2:5001");
}

TEST(LatencyOfRequests, PercentilesAreValuesThatWereMeasured) {
    LabSnapshot snapshot;
    EXPECT_FALSE(latencies_of(snapshot));
    auto& requests = snapshot.engines["se1"].requests;
    for (std::uint64_t i = 1; i <= 100; ++i) {
        engine::RequestReport request;
        request.answered_us = i * 1000;
        requests.push_back(request);
    }
    engine::RequestReport refused; // it was never answered
    requests.push_back(refused);
    const auto latency = latencies_of(snapshot);
    ASSERT_TRUE(latency);
    EXPECT_DOUBLE_EQ(latency->p50_ms, 50);
    EXPECT_DOUBLE_EQ(latency->p90_ms, 90);
    EXPECT_DOUBLE_EQ(latency->p99_ms, 99);
}

namespace {

const EngineCounter* counter(const std::vector<EngineCounter>& counters, const QString& name) {
    for (const EngineCounter& one : counters) {
        if (one.name == name) {
            return &one;
        }
    }
    return nullptr;
}

} // namespace

TEST(EngineHistory, CountersAreValuesRatesAndLevels) {
    EngineHistory history;
    engine::EngineReport report;
    report.uptime_ms = 1000;
    report.max_flows = 100;
    history.add(10, report);
    EXPECT_EQ(counter(history.counters(), "Handshakes"), nullptr) << "nothing of full proxy without one";
    engine::ServiceReport service;
    service.mode = Mode::full_proxy;
    report.services = {service};
    report.interfaces = {{.name = "eth0", .rx_bytes = 1000}};
    report.proxy.buffer_limit_bytes = 1000;
    history.add(11, report);
    report.uptime_ms = 3000;
    report.proxy.handshakes = 40;
    report.proxy.cookies_sent = 6;
    report.proxy.buffer_bytes = 250;
    report.drops = {{"limit", 3}, {"closed-port", 5}, {"land", 0}};
    report.interfaces[0].rx_bytes += 250'000;
    history.add(13, report);
    const auto counters = history.counters();
    const EngineCounter* handshakes = counter(counters, "Handshakes");
    ASSERT_NE(handshakes, nullptr);
    EXPECT_EQ(handshakes->value, "40");
    EXPECT_EQ(handshakes->detail, "20 /s");
    EXPECT_FALSE(handshakes->is_trouble);
    EXPECT_TRUE(counter(counters, "SYN cookies")->is_trouble) << "they are being sent now";
    EXPECT_EQ(counter(counters, "Buffers")->level, 0.25);
    EXPECT_EQ(counter(counters, "Packets dropped")->value, "8");
    EXPECT_EQ(counter(counters, "Limits hit")->value, "3");
    EXPECT_TRUE(counter(counters, "Limits hit")->is_trouble);
    EXPECT_EQ(counter(counters, "Requests"), nullptr) << "no layer 7, no requests";
    ASSERT_EQ(history.interfaces().size(), 1U);
    EXPECT_DOUBLE_EQ(history.interfaces()[0].in_bps, 1'000'000);
    const auto drops = history.drops();
    ASSERT_EQ(drops.size(), 2U);
    EXPECT_EQ(drops[0].first, "closed-port");

    report.uptime_ms = 100; // it was killed and started again
    report.proxy.handshakes = 1;
    history.add(14, report);
    EXPECT_EQ(counter(history.counters(), "Handshakes")->detail, "") << "one report is no rate";
}

TEST(AddressWays, EveryWayOfADrawingCanBeLaunchedOrSaysWhyNot) {
    const Document drawing = *make_template("one-arm");
    const Id service = drawing.services.front().id;
    EXPECT_EQ(AddressWays::way_of(drawing.services.front()), AddressWay::none);
    for (const AddressWay way : all_address_ways) {
        const auto changed = AddressWays::drawing_for(drawing, service, way);
        ASSERT_TRUE(changed) << changed.error().message;
        EXPECT_EQ(AddressWays::way_of(*changed->service(service)), way);
    }
    const auto header = AddressWays::drawing_for(drawing, service, AddressWay::forwarded_for);
    EXPECT_TRUE(header->service(service)->layer7);
    const auto routed = AddressWays::drawing_for(drawing, service, AddressWay::in_line);
    EXPECT_EQ(routed->groups.front().ha, HaMode::active_standby);
    EXPECT_FALSE(AddressWays::drawing_for(drawing, "no such service", AddressWay::none));
    // Servers that can only answer through the SE cannot answer past it.
    const Document two_arm = *make_template("two-arm");
    const auto direct =
        AddressWays::drawing_for(two_arm, two_arm.services.front().id, AddressWay::direct_return);
    ASSERT_FALSE(direct);
    EXPECT_FALSE(direct.error().message.empty());
}

TEST(AddressWays, OtherServicesStayOut) {
    const Document drawing = *make_template("topology-1");
    ASSERT_GT(drawing.services.size(), 1U);
    const auto alone = AddressWays::drawing_for(drawing, drawing.services.back().id, AddressWay::none);
    ASSERT_TRUE(alone) << alone.error().message;
    ASSERT_EQ(alone->services.size(), 1U);
    EXPECT_EQ(alone->services.front().id, drawing.services.back().id);
}
