// Configurations in and out: what is written is read back, and what is wrong is refused with its place.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "engine/control/config.h"

namespace fulcrum::engine {
namespace {

constexpr std::string_view good = R"({
  "name": "se1", "role": "standby", "max_flows": 5000,
  "interfaces": [
    {"name": "eth0", "mac": "02:00:00:00:00:01", "addresses": ["10.1.1.2/24"], "floating": ["10.1.1.1"]},
    {"name": "eth1", "mac": "02:00:00:00:00:02", "vrf": "blue", "mtu_bytes": 9000, "addresses": ["10.1.1.2/24"]}],
  "routes": [{"destination": "0.0.0.0/0", "gateway": "10.1.1.254"},
             {"vrf": "blue", "destination": "10.9.0.0/16", "gateway": "10.1.1.9", "interface": "eth1"}],
  "pools": [{"name": "p", "algorithm": "maglev", "persistence": "source-ip", "persistence_timeout_ms": 1000,
    "health": [{"kind": "http", "interval_ms": 500, "timeout_ms": 400, "rise": 2, "fall": 3, "port": 8080,
                "method": "HEAD", "path": "/up", "host": "h", "expect_status": 204, "expect_body": "ok"},
               {"kind": "ping"}],
    "servers": [{"name": "s1", "address": "10.1.1.10", "port": 8080, "weight": 5, "drain": true},
                {"name": "s2", "address": "10.1.1.11", "enabled": false}]}],
  "services": [{"name": "web", "vip": "10.1.1.100", "pool": "p", "mode": "in-line",
    "ports": [{"port": 80, "server_port": 8080}, {"protocol": "udp", "port": 53}], "closed_ports": "refuse",
    "ping_reply": false, "tcp_idle_timeout_ms": 60000, "udp_idle_timeout_ms": 5000, "enabled": false}]
})";

std::string replaced(std::string_view from, std::string_view to) {
    std::string text(good);
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Config, every_value_is_read) {
    const auto parsed = parse_config(good);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->name, "se1");
    EXPECT_EQ(parsed->role, Role::standby);
    EXPECT_EQ(parsed->max_flows, 5000U);
    ASSERT_EQ(parsed->interfaces.size(), 2U);
    EXPECT_EQ(parsed->interfaces[0].mac.text(), "02:00:00:00:00:01");
    EXPECT_EQ(parsed->interfaces[0].vrf, "global");
    EXPECT_EQ(parsed->interfaces[0].mtu_bytes, 1500);
    EXPECT_EQ(parsed->interfaces[0].floating.at(0).text(), "10.1.1.1");
    EXPECT_EQ(parsed->interfaces[1].addresses.at(0).text(), "10.1.1.2/24");
    EXPECT_EQ(parsed->routes[1].interface, "eth1");
    const PoolConfig& pool = parsed->pools.at(0);
    EXPECT_EQ(pool.algorithm, Algorithm::maglev);
    EXPECT_EQ(pool.persistence_timeout, milliseconds(1000));
    EXPECT_EQ(pool.health[0].kind, HealthKind::http);
    EXPECT_EQ(pool.health[0].expect_status, 204);
    EXPECT_EQ(pool.health[1].interval, milliseconds(1000));
    EXPECT_EQ(pool.servers[0].weight, 5);
    EXPECT_TRUE(pool.servers[0].drain);
    EXPECT_FALSE(pool.servers[1].enabled);
    const ServiceConfig& service = parsed->services.at(0);
    EXPECT_EQ(service.ports[0].server_port, 8080);
    EXPECT_EQ(service.ports[1].protocol, Protocol::udp);
    EXPECT_EQ(service.closed_ports, ClosedPort::refuse);
    EXPECT_EQ(service.udp_idle_timeout, milliseconds(5000));
}

TEST(Config, what_is_emitted_is_read_back_and_emitted_the_same) {
    const auto parsed = parse_config(good);
    ASSERT_TRUE(parsed);
    const std::string text = emit_config(*parsed);
    const auto again = parse_config(text);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(emit_config(*again), text);
    EXPECT_EQ(again->pools[0].health[0].path, "/up");
    EXPECT_EQ(again->routes[0].gateway->text(), "10.1.1.254");
    EXPECT_LT(text.find("\"interfaces\""), text.find("\"services\"")) << "in the order of the declarations";
}

TEST(Config, a_shorter_interval_shortens_the_default_timeout) {
    const auto parsed =
        parse_config(replaced(R"({"kind": "ping"})", R"({"kind": "ping", "interval_ms": 200})"));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->pools[0].health[1].timeout, milliseconds(200));
}

struct Refusal {
    std::string from, to, told;
};

TEST(Config, what_is_wrong_is_refused_with_its_place) {
    const std::vector<Refusal> cases{
        {R"("name": "se1")", R"("nam": "se1")", "name: is missing"},
        {R"("role": "standby")", R"("role": "stand by")", "role: 'stand by' is not a known word here"},
        {R"("max_flows": 5000)", R"("max_flows": 0)", "max_flows: 0 is not 1 to 16000000"},
        {R"("max_flows": 5000)", R"("max_flows": -1)", "max_flows: -1 is not 1 to 16000000"},
        {R"("max_flows": 5000)", R"("max_flows": 5.5)", "max_flows: is number, not a whole number"},
        {R"("max_flows": 5000)", R"("max_flow": 5000)", "max_flow: is not a known key"},
        {R"("max_flows": 5000)", R"("max_flows": 5000, "name": "x")", "key 'name' appears twice"},
        {R"("name": "eth0")", R"("name": "a-name-too-long-for-linux")",
         "interfaces[0].name: is 25 bytes long"},
        {R"("name": "eth0")", R"("name": "")", "interfaces[0].name: is empty"},
        {R"("name": "eth1")", R"("name": "eth0")", "interfaces[1].name: 'eth0' is used twice"},
        {"02:00:00:00:00:01", "02:00:00:00:00", "interfaces[0].mac: '02:00:00:00:00' is not a MAC address"},
        {"02:00:00:00:00:01", "03:00:00:00:00:01", "interfaces[0].mac: 03:00:00:00:00:01 cannot be"},
        {R"("mtu_bytes": 9000)", R"("mtu_bytes": 67)", "interfaces[1].mtu_bytes: 67 is not 68 to 65535"},
        {R"("10.1.1.2/24"], "f)", R"("10.1.1.2/33"], "f)", "interfaces[0].addresses[0]: is not an address"},
        {R"("10.1.1.2/24"], "f)", R"("224.0.0.1/24"], "f)",
         "interfaces[0].addresses[0]: 224.0.0.1/24 cannot be"},
        {R"(["10.1.1.1"])", R"(["10.1.2.1"])",
         "interfaces[0].floating[0]: 10.1.2.1 is outside the subnets of eth0"},
        {R"(["10.1.1.1"])", R"(["10.1.1.2"])", "interfaces[0].floating[0]: 10.1.1.2 is already used by"},
        {R"("0.0.0.0/0")", R"("10.0.0.1/8")", "routes[0].destination: 10.0.0.1/8 has bits set beyond"},
        {R"("gateway": "10.1.1.254")", R"("gateway": "10.1.2.254")",
         "routes[0].gateway: 10.1.2.254 is outside every"},
        {R"("gateway": "10.1.1.254")", R"("interface": "eth7")", "routes[0].interface: no interface 'eth7'"},
        {R"("interface": "eth1")", R"("interface": "eth0")",
         "routes[1].interface: no interface 'eth0' in VRF 'blue'"},
        {R"(, "gateway": "10.1.1.254")", "", "routes[0]: needs a gateway or an interface"},
        {R"("maglev")", R"("magnet")", "pools[0].algorithm: 'magnet'"},
        {R"("timeout_ms": 400)", R"("timeout_ms": 501)",
         "pools[0].health[0].timeout_ms: is longer than the interval"},
        {R"("rise": 2)", R"("rise": 0)", "pools[0].health[0].rise: 0 is not 1 to 255"},
        {R"({"kind": "ping"})", R"({"kind": "pong"})", "pools[0].health[1].kind: 'pong'"},
        {R"({"kind": "ping"})", R"("ping")", "pools[0].health[1]: is string, not an object"},
        {R"("name": "s2")", R"("name": "s1")", "pools[0].servers[1].name: 's1' is used twice in pool 'p'"},
        {R"("10.1.1.11")", R"("10.1.1.300")",
         "pools[0].servers[1].address: '10.1.1.300' is not an IP address"},
        {R"("10.1.1.11")", R"("0.0.0.0")", "pools[0].servers[1].address: 0.0.0.0 cannot be"},
        {R"("weight": 5)", R"("weight": 0)", "pools[0].servers[0].weight: 0 is not 1 to 65535"},
        {R"("drain": true)", R"("drain": 1)", "pools[0].servers[0].drain: is number, not true or false"},
        {R"("pool": "p")", R"("pool": "q")", "services[0].pool: no pool is named 'q'"},
        {R"("vip": "10.1.1.100")", R"("vip": "10.2.1.100")",
         "services[0].vip: 10.2.1.100 is outside every interface"},
        {R"("vip": "10.1.1.100")", R"("vip": "10.1.1.1")",
         "services[0].vip: 10.1.1.1 is already used by interfaces[0]"},
        {R"("vip": "10.1.1.100")", R"("vip": "10.1.1.100", "vrf": "red")",
         "services[0].vrf: no interface is in VRF 'red'"},
        {R"({"port": 80, "server_port": 8080}, {"protocol": "udp", "port": 53})", "",
         "services[0].ports: is empty"},
        {R"({"protocol": "udp", "port": 53})", R"({"port": 80})",
         "services[0].ports[1]: 10.1.1.100:80 tcp is served twice"},
        {R"("port": 53)", R"("port": 65536)", "services[0].ports[1].port: 65536 is not 1 to 65535"},
        {R"("mode": "in-line")", R"("mode": "l2-dsr")",
         "services[0].ports[0].server_port: l2-dsr leaves the packet untouched"},
    };
    for (const Refusal& c : cases) {
        const auto parsed = parse_config(replaced(c.from, c.to));
        ASSERT_FALSE(parsed) << c.to;
        EXPECT_EQ(parsed.error().kind, ErrorKind::bad_input);
        EXPECT_NE(parsed.error().message.find(c.told), std::string::npos)
            << "said: " << parsed.error().message << "\nwanted: " << c.told;
    }
}

TEST(Config, an_l2_dsr_server_must_be_on_a_segment_of_the_engine) {
    std::string text = replaced(R"("mode": "in-line")", R"("mode": "l2-dsr")");
    text.replace(text.find(R"(, "server_port": 8080)"), 21, "");
    text.replace(text.find("10.1.1.11"), 9, "10.7.1.11");
    const auto parsed = parse_config(text);
    ASSERT_FALSE(parsed);
    EXPECT_NE(parsed.error().message.find("10.7.1.11 (s2) is outside every interface"), std::string::npos)
        << parsed.error().message;
}

TEST(Config, a_vip_outside_every_segment_is_fine_when_routes_lead_to_it) {
    const auto parsed = parse_config(
        replaced(R"("vip": "10.1.1.100")", R"("vip": "10.50.0.11", "attachment": "static-route")"));
    EXPECT_TRUE(parsed) << parsed.error().message;
}

TEST(Config, text_that_is_no_document_is_refused) {
    for (const std::string& text :
         {std::string(), std::string("{"), std::string("[]"), std::string("null"), std::string("{} x"),
          std::string("{\"name\": \"\xff\"}"), std::string(100000, '['),
          std::string("{\"a\":") + std::string(50, '[')}) {
        const auto parsed = parse_config(text);
        ASSERT_FALSE(parsed);
        EXPECT_EQ(parsed.error().kind, ErrorKind::bad_input);
        EXPECT_LT(parsed.error().message.size(), 400U);
    }
}

TEST(Config, too_large_a_document_is_refused_before_it_is_read) {
    const auto parsed = parse_config(std::string((16U << 20) + 1, ' '));
    ASSERT_FALSE(parsed);
    EXPECT_NE(parsed.error().message.find("more than the"), std::string::npos);
}

TEST(Words, every_word_is_read_back) {
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(parse_mode(name_of(static_cast<Mode>(i))), static_cast<Mode>(i));
        EXPECT_EQ(parse_health_kind(name_of(static_cast<HealthKind>(i))), static_cast<HealthKind>(i));
    }
    for (int i = 0; i < 6; ++i) {
        EXPECT_EQ(parse_algorithm(name_of(static_cast<Algorithm>(i))), static_cast<Algorithm>(i));
    }
    EXPECT_EQ(name_of(Mode::l3_dsr_gre), "l3-dsr-gre");
    EXPECT_EQ(name_of(Attachment::static_route), "static-route");
    EXPECT_EQ(parse_mode("In-Line"), std::nullopt);
    EXPECT_EQ(parse_protocol(""), std::nullopt);
}

} // namespace
} // namespace fulcrum::engine
