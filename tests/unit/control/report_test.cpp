// Reports as JSON and back.
#include <gtest/gtest.h>

#include "engine/control/report_json.h"
#include "engine/control/request_json.h"

namespace fulcrum::engine {
namespace {

FlowReport a_flow() {
    FlowReport f;
    f.id = 18446744073709551615ULL;
    f.service = "web \"quoted\\\n";
    f.vrf = "global";
    f.server = "s1";
    f.why = "least-connections: 3 active";
    f.mode = Mode::l2_dsr;
    f.protocol = Protocol::udp;
    f.state = FlowState::timed_out;
    f.client = *IpAddress::parse("172.16.1.10");
    f.client_port = 40000;
    f.vip = *IpAddress::parse("10.1.1.100");
    f.vip_port = 80;
    f.server_address = *IpAddress::parse("10.1.1.10");
    f.server_port = 8080;
    f.source = f.client;
    f.source_port = 40000;
    f.client_mac = *Mac::parse("02:00:00:00:00:fe");
    f.server_mac = *Mac::parse("02:00:00:00:00:0a");
    f.packets_in = 1;
    f.bytes_in = 2;
    f.packets_out = 3;
    f.bytes_out = 4;
    f.started_ns = 1'700'000'000'000'000'000ULL;
    f.last_ns = f.started_ns + 5;
    return f;
}

TEST(Report, flows_come_back_as_they_were) {
    const std::vector<FlowReport> flows{a_flow(), FlowReport{}};
    const std::string text = emit_flows(flows);
    EXPECT_EQ(text.find('\n'), std::string::npos) << "one line on the socket";
    const auto again = parse_flows(text);
    ASSERT_TRUE(again) << again.error().message;
    ASSERT_EQ(again->size(), 2U);
    EXPECT_EQ(emit_flows(*again), text);
    const FlowReport& f = (*again)[0];
    EXPECT_EQ(f.id, a_flow().id);
    EXPECT_EQ(f.service, a_flow().service);
    EXPECT_EQ(f.state, FlowState::timed_out);
    EXPECT_EQ(f.server_mac, a_flow().server_mac);
    EXPECT_EQ(f.started_ns, a_flow().started_ns);
}

TEST(Report, an_engine_report_comes_back_as_it_was) {
    EngineReport r;
    r.name = "se1";
    r.role = Role::standby;
    r.uptime_ms = 1234;
    r.cpu_us = 5678;
    r.interfaces.push_back({.name = "eth0",
                            .mac = *Mac::parse("02:00:00:00:00:01"),
                            .rx_frames = 1,
                            .rx_bytes = 2,
                            .tx_frames = 3,
                            .tx_bytes = 4,
                            .largest_rx_bytes = 65226,
                            .largest_tx_bytes = 6,
                            .kernel_drops = 7});
    ServiceReport s;
    s.name = "web";
    s.vrf = "global";
    s.vip = *IpAddress::parse("10.1.1.100");
    s.port = 80;
    s.mode = Mode::in_line;
    s.placed = true;
    s.connections = 9;
    s.servers.push_back({.name = "s1",
                         .address = *IpAddress::parse("10.1.1.10"),
                         .port = 80,
                         .up = true,
                         .draining = true,
                         .why = "ping: answers",
                         .connections = 9,
                         .active = 1,
                         .bytes_in = 10,
                         .bytes_out = 11});
    r.services.push_back(s);
    r.drops = {{"land", 3}, {"closed-port", 4}};
    r.flows = 1;
    r.max_flows = 2;
    r.flow_bytes = 208;
    r.flow_log_lost = 5;
    const std::string text = emit_report(r);
    const auto again = parse_report(text);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(emit_report(*again), text);
    EXPECT_EQ(again->cpu_us, 5678U);
    EXPECT_EQ(again->drops, r.drops);
    EXPECT_EQ(again->services[0].servers[0].why, "ping: answers");
    EXPECT_TRUE(again->services[0].placed);
    EXPECT_EQ(again->interfaces[0].largest_rx_bytes, 65226U);
}

TEST(Report, every_counter_of_the_proxy_comes_back) {
    EngineReport r;
    std::uint64_t value = 100;
    for (const ProxyField& field : proxy_fields()) {
        r.proxy.*field.value = ++value;
    }
    EXPECT_EQ(proxy_fields().size() * sizeof(std::uint64_t), sizeof(ProxyReport)) << "a field is not listed";
    const auto again = parse_report(emit_report(r));
    ASSERT_TRUE(again) << again.error().message;
    value = 100;
    for (const ProxyField& field : proxy_fields()) {
        EXPECT_EQ(again->proxy.*field.value, ++value) << field.name;
    }
}

TEST(Report, requests_come_back_as_they_were) {
    RequestReport r;
    r.service = "web";
    r.pool = "pool \"1\"";
    r.server = "s1";
    r.method = "GET";
    r.host = "shop.example";
    r.path = "/a?b=\"c\\";
    r.end = "complete";
    r.reason = "because";
    r.status = 200;
    r.server_reused = true;
    r.retries = 2;
    r.client = *IpAddress::parse("172.16.1.10");
    r.client_port = 40000;
    r.vip = *IpAddress::parse("10.1.1.100");
    r.vip_port = 80;
    r.bytes_from_client = 1;
    r.bytes_to_client = 18446744073709551615ULL;
    r.began_ns = 1'700'000'000'000'000'000ULL;
    r.head_us = 2;
    r.sent_us = 3;
    r.answered_us = 4;
    r.total_us = 5;
    const std::vector<RequestReport> requests{r, RequestReport{}};
    const std::string text = emit_requests(requests);
    EXPECT_EQ(text.find('\n'), std::string::npos) << "one line on the socket";
    const auto again = parse_reply(R"({"ok":true,"requests":)" + text + R"(,"cursor":7})");
    ASSERT_TRUE(again) << again.error().message;
    ASSERT_EQ(again->requests.size(), 2U);
    EXPECT_EQ(again->cursor, 7U);
    EXPECT_EQ(emit_requests(again->requests), text);
    EXPECT_EQ(again->requests[0].path, r.path);
    EXPECT_EQ(again->requests[0].pool, r.pool);
    EXPECT_EQ(again->requests[0].bytes_to_client, r.bytes_to_client);
    EXPECT_TRUE(again->requests[0].server_reused);
}

TEST(Report, whatever_a_stranger_asked_for_is_valid_json) {
    std::vector<RequestReport> requests(1);
    for (int byte = 0; byte < 256; ++byte) {
        requests[0].path.push_back(static_cast<char>(byte));
    }
    requests[0].host = "\xff\xfe";
    const auto again = parse_reply(R"({"ok":true,"requests":)" + emit_requests(requests) + "}");
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->requests[0].host, "%FF%FE");
    EXPECT_EQ(again->requests[0].path.substr(0, 6), "%00%01");
}

TEST(Report, a_refusal_comes_back_as_an_error_with_its_kind) {
    const auto failed = parse_reply(R"({"ok": false, "error": "no room"})");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message, "no room");
    EXPECT_EQ(failed.error().kind, ErrorKind::failed);
    const auto refused = parse_reply(R"({"ok": false, "error": "x", "kind": "bad-input"})");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::bad_input);
    EXPECT_FALSE(parse_reply("{}"));
    EXPECT_FALSE(parse_reply("junk"));
    EXPECT_FALSE(parse_reply(R"({"ok": true, "surprise": 1})"));
    EXPECT_TRUE(parse_reply(R"({"ok": true})"));
}

} // namespace
} // namespace fulcrum::engine
