// Drawing in, plan out: the parts of a plan that a route table does not show.
#include <gmock/gmock.h>

#include "designer/document/file.h"
#include "designer/plan/host_name.h"
#include "designer/plan/plan.h"
#include "designer/templates/templates.h"
#include "tests/unit/plan/drawing.h"

namespace fulcrum::designer {
namespace {

using testing::Drawing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Plan plan_of(const Drawing& d) {
    Result<Plan> plan = make_plan(d.document);
    EXPECT_TRUE(plan.has_value()) << plan.error().message;
    return plan.value_or(Plan{});
}

const netns::NodePlan& node(const Plan& plan, const std::string& name) {
    for (const netns::NodePlan& one : plan.lab.nodes) {
        if (one.name == name) {
            return one;
        }
    }
    throw std::runtime_error("no node " + name);
}

std::string sysctl(const netns::NodePlan& node, const std::string& key) {
    for (const netns::SysctlPlan& one : node.sysctls) {
        if (one.key == "net/ipv4/" + key) {
            return one.value;
        }
    }
    return "unset";
}

TEST(Plan, every_template_makes_a_lab_that_the_lab_accepts) {
    for (const TemplateInfo& info : templates()) {
        const Result<Plan> plan = make_plan(*make_template(info.id));
        ASSERT_TRUE(plan.has_value()) << info.id << ": " << plan.error().message;
        EXPECT_THAT(netns::problems_of(plan->lab), IsEmpty()) << info.id;
        for (const auto& [id, config] : plan->engines) {
            const auto parsed = engine::parse_config(engine::emit_config(config));
            EXPECT_TRUE(parsed.has_value()) << info.id << " " << id << ": " << parsed.error().message;
        }
    }
}

TEST(Plan, is_the_same_for_the_same_document) {
    for (const TemplateInfo& info : templates()) {
        const Document document = *make_template(info.id);
        EXPECT_EQ(plan_as_json(*make_plan(document)), plan_as_json(*make_plan(document))) << info.id;
    }
}

TEST(Plan, refuses_a_drawing_with_an_error_and_names_it) {
    Drawing d = testing::in_line();
    d.document.links[5].a.address = d.document.links[4].a.address;
    const Result<Plan> plan = make_plan(d.document);
    ASSERT_FALSE(plan.has_value());
    EXPECT_EQ(plan.error().kind, ErrorKind::bad_input);
    EXPECT_THAT(plan.error().message,
                HasSubstr("duplicate-address: server1:eth0 and server2:eth0 both have 10.1.1.10"));
}

TEST(Plan, se_interfaces_are_left_to_the_engine) {
    const Plan plan = plan_of(testing::in_line());
    const netns::InterfacePlan& kernel = node(plan, "se1").interfaces.at(0);
    EXPECT_FALSE(kernel.mac.has_value());
    EXPECT_FALSE(kernel.arp);
    EXPECT_THAT(kernel.addresses, IsEmpty());
    EXPECT_THAT(node(plan, "se1").routes, IsEmpty());

    const engine::EngineConfig& config = plan.engines.at("se1");
    EXPECT_EQ(config.interfaces.at(0).addresses.at(0).text(), "10.1.1.2/24");
    EXPECT_EQ(config.interfaces.at(0).mac.bytes[0], 0x02);
    EXPECT_THAT(config.interfaces.at(0).floating, ElementsAre(*IpAddress::parse("10.1.1.1")));
    EXPECT_EQ(node(plan, "se1").processes.at(0).input, engine::emit_config(config));
    EXPECT_TRUE(node(plan, "se1").processes.at(0).signals_ready);
}

TEST(Plan, redirects_and_source_ports_reach_the_engine) {
    Drawing d = testing::two_arm(Mode::full_proxy);
    d.document.services[0].layer7 = true;
    d.document.services[0].rules = {{"old.example", "/", {}, "https://new.example", 308, true},
                                    {"", "/img", "pool1"}};
    d.document.node("se1")->source_ports = {30000, 30099};
    const engine::EngineConfig config = plan_of(d).engines.at("se1");
    EXPECT_EQ(config.source_ports, (engine::PortRange{30000, 30099}));
    ASSERT_EQ(config.services[0].rules.size(), 2U);
    const engine::ContentRule& redirect = config.services[0].rules[0];
    EXPECT_EQ(redirect.host, "old.example");
    EXPECT_EQ(redirect.path_prefix, "/");
    EXPECT_EQ(redirect.pool, "");
    EXPECT_EQ(redirect.redirect, "https://new.example");
    EXPECT_EQ(redirect.redirect_status, 308);
    EXPECT_TRUE(redirect.redirect_keeps_path);
    EXPECT_EQ(config.services[0].rules[1].pool, "pool1");
    EXPECT_TRUE(engine::parse_config(engine::emit_config(config))) << "an engine takes it";
}

TEST(Plan, the_first_of_a_group_owns_the_others_stand_by_and_say_so) {
    const Plan plan = plan_of(testing::in_line());
    EXPECT_EQ(plan.engines.at("se1").role, engine::Role::active);
    EXPECT_EQ(plan.engines.at("se2").role, engine::Role::standby);
    EXPECT_THAT(plan.engines.at("se2").interfaces.at(0).floating, IsEmpty());
    EXPECT_EQ(plan.engines.at("se2").services.size(), 1U) << "it knows what it may take over";
    EXPECT_THAT(
        node(plan, "se2").notes,
        ElementsAre("stands by: takes over when failover is built; se1 owns vip1 (10.1.1.100), 10.1.1.1"));
    EXPECT_THAT(node(plan, "se1").notes, IsEmpty());
}

TEST(Plan, an_se_that_is_first_in_one_group_only_carries_that_ones_services) {
    Drawing d = testing::in_line();
    d.group("group2", {"se2", "se1"}, HaMode::active_standby);
    d.service("vip2", "10.1.1.101", Mode::in_line, "group2", "pool1");
    d.floating("lan", "10.1.1.5");
    const Plan plan = plan_of(d);
    ASSERT_EQ(plan.engines.at("se1").services.size(), 1U);
    EXPECT_EQ(plan.engines.at("se1").services[0].name, "vip1");
    ASSERT_EQ(plan.engines.at("se2").services.size(), 1U);
    EXPECT_EQ(plan.engines.at("se2").services[0].name, "vip2");
    EXPECT_THAT(plan.engines.at("se2").interfaces.at(0).floating, ElementsAre(*IpAddress::parse("10.1.1.5")));
    EXPECT_THAT(node(plan, "se1").notes, ::testing::Contains(HasSubstr("leaves vip2 (10.1.1.101) to se2")));
}

TEST(Plan, routers_forward_and_send_no_redirects_hosts_do_neither) {
    const Plan plan = plan_of(testing::in_line());
    const netns::NodePlan& router = node(plan, "router1");
    EXPECT_EQ(router.sysctls.at(0).key, "net/ipv4/ip_forward") << "first: writing it resets others";
    EXPECT_EQ(sysctl(router, "ip_forward"), "1");
    EXPECT_EQ(sysctl(router, "conf/all/send_redirects"), "0");
    EXPECT_EQ(sysctl(router, "conf/default/send_redirects"), "0");
    EXPECT_EQ(sysctl(router, "conf/all/rp_filter"), "0")
        << "what has no way back from here may have one elsewhere";
    EXPECT_EQ(sysctl(router, "conf/default/rp_filter"), "0");
    const netns::NodePlan& server = node(plan, "server1");
    EXPECT_EQ(sysctl(server, "ip_forward"), "0") << "a host that forwards hands its setting down";
    EXPECT_EQ(sysctl(server, "conf/all/accept_redirects"), "0");
    EXPECT_EQ(sysctl(server, "conf/default/accept_redirects"), "0");
    EXPECT_EQ(sysctl(server, "conf/all/arp_ignore"), "unset");
}

TEST(Plan, M3_dsr_servers_own_the_vip_and_keep_silent_about_it) {
    Drawing d = testing::l2_dsr();
    const Plan plan = plan_of(d);
    const netns::NodePlan& server = node(plan, "server1");
    ASSERT_EQ(server.loopback.size(), 1U);
    EXPECT_EQ(server.loopback[0].text(), "10.1.1.100/32");
    EXPECT_EQ(sysctl(server, "conf/all/arp_ignore"), "1");
    EXPECT_EQ(sysctl(server, "conf/all/arp_announce"), "2");
    EXPECT_EQ(sysctl(server, "conf/all/rp_filter"), "2");
    EXPECT_THAT(node(plan, "router1").loopback, IsEmpty());

    d.document.node("server1")->arp_for_loopback = true; // drawn wrong on purpose, to be shown
    const Plan wrong = plan_of(d);
    EXPECT_EQ(sysctl(node(wrong, "server1"), "conf/all/arp_ignore"), "unset");
    EXPECT_EQ(sysctl(node(wrong, "server2"), "conf/all/arp_ignore"), "1");
}

TEST(Plan, servers_listen_where_their_pools_ask) {
    Drawing d = testing::in_line();
    d.document.services[0].ports = {{Protocol::tcp, 443, 8443}, {Protocol::udp, 53, 0}};
    d.document.pools[0].members[1].port = 9000;
    d.node("server3", NodeKind::server).link("server3", "lan");
    const Plan plan = plan_of(d);
    EXPECT_THAT(node(plan, "server1").processes.at(0).argv,
                ElementsAre("fulcrum-server", "--name", "server1", "--tcp", "8443", "--udp", "53"));
    EXPECT_THAT(node(plan, "server2").processes.at(0).argv,
                ElementsAre("fulcrum-server", "--name", "server2", "--tcp", "9000", "--udp", "9000"));
    EXPECT_THAT(node(plan, "server3").processes.at(0).argv,
                ElementsAre("fulcrum-server", "--name", "server3", "--tcp", "80", "--udp", "80"));
}

TEST(Plan, programs_of_the_drawing_run_after_the_built_in_ones) {
    Drawing d = testing::in_line();
    d.document.node("server1")->programs.push_back({"web", {"nginx", "-g", "daemon off;"}});
    d.document.node("server2")->built_in_server = false;
    const Plan plan = plan_of(d);
    ASSERT_EQ(node(plan, "server1").processes.size(), 2U);
    EXPECT_THAT(node(plan, "server1").processes[1].argv, ElementsAre("nginx", "-g", "daemon off;"));
    EXPECT_THAT(node(plan, "server2").processes, IsEmpty());
}

TEST(Plan, segments_have_ports_wires_have_none_and_trunks_are_named_once) {
    Drawing d = testing::in_line();
    d.segment("annex", "").link("lan", "annex").node("server3", NodeKind::server).link("server3", "annex");
    const Plan plan = plan_of(d);
    ASSERT_EQ(plan.lab.wires.size(), 1U);
    EXPECT_EQ(plan.lab.wires[0].a.node + ":" + plan.lab.wires[0].a.interface, "client1:eth0");
    EXPECT_EQ(plan.lab.wires[0].b.node + ":" + plan.lab.wires[0].b.interface, "router1:eth0");
    ASSERT_EQ(plan.lab.segments.size(), 2U);
    EXPECT_EQ(plan.lab.segments[0].ports.size(), 5U);
    EXPECT_EQ(plan.lab.segments[1].ports.size(), 1U);
    EXPECT_EQ(plan.lab.segments[0].trunks.size() + plan.lab.segments[1].trunks.size(), 1U);
    EXPECT_EQ(node(plan, "server3").interfaces[0].addresses.at(0).network().text(), "10.1.1.0/24");
    EXPECT_THAT(netns::problems_of(plan.lab), IsEmpty());
}

TEST(Plan, names_services_in_hosts_unless_a_node_has_the_name) {
    Drawing d = testing::in_line();
    d.service("client1", "10.1.1.101", Mode::in_line, "group1", "pool1");
    d.service("not a name", "10.1.1.102", Mode::in_line, "group1", "pool1");
    const Plan plan = plan_of(d);
    ASSERT_EQ(plan.lab.hosts.size(), 1U);
    EXPECT_EQ(plan.lab.hosts.at("vip1").text(), "10.1.1.100");
}

TEST(Plan, carries_the_drawing_and_its_lab_name) {
    Drawing d = testing::in_line();
    d.document.name = "My lab: übung #1";
    const Plan plan = plan_of(d);
    EXPECT_EQ(plan.lab.name, "My-lab-bung-1");
    EXPECT_EQ(plan.lab.document, emit_document(d.document));
    EXPECT_EQ(lab_name("负载均衡"), "lab");
    EXPECT_EQ(lab_name("-x-"), "x");
}

TEST(Plan, pool_members_of_one_server_have_names_of_their_own) {
    Drawing d = testing::in_line();
    d.document.pools[0].members.push_back(d.document.pools[0].members[0]);
    d.document.pools[0].members.back().port = 8080;
    const Plan plan = plan_of(d);
    const auto& servers = plan.engines.at("se1").pools.at(0).servers;
    ASSERT_EQ(servers.size(), 3U);
    EXPECT_EQ(servers[0].name, "server1");
    EXPECT_EQ(servers[2].name, "server1 10.1.1.10:8080");
    EXPECT_TRUE(engine::parse_config(engine::emit_config(plan.engines.at("se1"))).has_value());
}

TEST(Plan, a_server_is_asked_on_its_address_nearest_to_the_se) {
    Drawing d = testing::two_arm(Mode::full_proxy);
    d.segment("admin", "10.200.0.0/24");
    d.document.links.insert(d.document.links.begin(), Link{});
    Link& first = d.document.links.front();
    first.id = "admin-link";
    first.a.node = "server1";
    first.a.address = *IpPrefix::parse("10.200.0.5/24");
    first.b.node = "admin";
    const Plan plan = plan_of(d);
    EXPECT_EQ(plan.engines.at("se1").pools.at(0).servers.at(0).address.text(), "10.10.10.11");
}

TEST(Plan, policy_routes_become_rules_with_tables_of_their_own) {
    Drawing d;
    d.node("client1", NodeKind::client).node("router1", NodeKind::router).node("se1", NodeKind::se);
    d.node("server1", NodeKind::server).node("server2", NodeKind::server);
    d.segment("front", "172.16.1.0/24").segment("a", "172.16.10.0/24").segment("b", "172.16.20.0/24");
    d.link("client1", "router1").link("router1", "front").link("router1", "a").link("router1", "b");
    d.link("se1", "front").link("server1", "a").link("server2", "b");
    d.group("group1", {"se1"}, HaMode::active_standby).pool("pool1", {"server1", "server2"});
    d.service("vip1", "172.16.1.100", Mode::in_line, "group1", "pool1");
    const Plan plan = plan_of(d);
    const auto& rules = node(plan, "router1").rules;
    ASSERT_EQ(rules.size(), 2U);
    EXPECT_EQ(rules[0].from.text(), "172.16.10.0/24");
    EXPECT_EQ(rules[0].table, 100U);
    EXPECT_EQ(rules[1].from.text(), "172.16.20.0/24");
    EXPECT_EQ(rules[1].table, 101U);
    EXPECT_EQ(rules[0].routes.back().gateways.at(0).text(), "172.16.1.2");
    EXPECT_THAT(netns::problems_of(plan.lab), IsEmpty());
}

} // namespace
} // namespace fulcrum::designer
