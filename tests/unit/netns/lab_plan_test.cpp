// A plan as text and back, what parsing refuses and where, and which problems a plan can have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "netns/lab_plan.h"

namespace fulcrum::netns {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Every member has a value of its own.
constexpr const char* whole =
    R"({"name":"lab","offload":false,"nodes":[{"name":"se1","kind":"se","interfaces":[{"name":"eth0",)"
    R"("mac":"02:00:00:00:00:01","mtu_bytes":9000,"addresses":["10.0.0.1/24","10.0.0.3/24"],"arp":false}],)"
    R"("loopback":["192.0.2.1/32"],"routes":[{"destination":"0.0.0.0/0","gateways":["10.0.0.254","10.0.0.253"],)"
    R"("interface":"eth0","source":"10.0.0.1"}],"rules":[{"from":"10.0.0.0/24","interface":"eth0","table":7,"routes":)"
    R"([{"destination":"10.9.0.0/16","interface":"eth0"}]}],"sysctls":[{"key":"net/ipv4/ip_forward","value":"1"}],)"
    R"("processes":[{"name":"engine","argv":["fulcrum-se","-v"],"input":"{}","signals_ready":true}],)"
    R"("notes":["stands by"]},{"name":"b","interfaces":[{"name":"eth0"},{"name":"eth1"}]},)"
    R"({"name":"c","interfaces":[{"name":"eth0"}]}],)"
    R"("segments":[{"name":"lan","ports":[{"node":"se1","interface":"eth0"}],"trunks":["wan"]},)"
    R"({"name":"wan","ports":[{"node":"b","interface":"eth0"}]}],)"
    R"("wires":[{"a":{"node":"b","interface":"eth1"},"b":{"node":"c","interface":"eth0"}}],)"
    R"("hosts":{"vip":"10.0.0.100"},"document":"the drawing"})";

std::string refusal_of(const std::string& text) {
    const auto plan = parse_lab_plan(text);
    EXPECT_FALSE(plan) << text;
    EXPECT_EQ(plan.error().kind, ErrorKind::bad_input);
    return plan ? "" : plan.error().message;
}

TEST(LabPlanJson, RoundTripKeepsEveryMember) {
    const auto plan = parse_lab_plan(whole);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(emit_lab_plan(*plan), whole);
    EXPECT_THAT(problems_of(*plan), IsEmpty());
    const NodePlan& se = plan->nodes[0];
    EXPECT_EQ(se.interfaces[0].mtu_bytes, 9000U);
    EXPECT_EQ(se.interfaces[0].addresses[1].text(), "10.0.0.3/24");
    EXPECT_EQ(se.routes[0].source->text(), "10.0.0.1");
    EXPECT_EQ(se.processes[0].input, "{}");
    EXPECT_EQ(plan->hosts.at("vip").text(), "10.0.0.100");
}

TEST(LabPlanJson, RefusalNamesThePath) {
    EXPECT_EQ(refusal_of(R"({"nodes":[{"name":"a"},{"name":"b","colour":1}]})"),
              "nodes[1].colour: unknown key");
    EXPECT_EQ(refusal_of(R"({"nodes":[{}]})"), "nodes[0].name: missing");
    EXPECT_EQ(refusal_of(R"({"nodes":{}})"), "nodes: a list is expected, not object");
    EXPECT_EQ(refusal_of(R"({"nodes":[{"name":"a","interfaces":[{"name":"eth0","mtu_bytes":67}]}]})"),
              "nodes[0].interfaces[0].mtu_bytes: a whole number from 68 to 65535 is expected");
    EXPECT_EQ(refusal_of(R"({"nodes":[{"name":"a","interfaces":[{"name":"eth0","mac":"02:00"}]}]})"),
              "nodes[0].interfaces[0].mac: \"02:00\" is no MAC address");
    EXPECT_EQ(refusal_of(R"({"nodes":[{"name":"a","routes":[{"destination":"10.0.0.0/33"}]}]})"),
              "nodes[0].routes[0].destination: \"10.0.0.0/33\" is no address with a prefix length");
    EXPECT_EQ(
        refusal_of(R"({"nodes":[{"name":"a","routes":[{"destination":"10.0.0.0/8","gateways":["x"]}]}]})"),
        "nodes[0].routes[0].gateways[0]: \"x\" is no address");
    EXPECT_EQ(refusal_of(R"({"wires":[{"a":{"node":"x","interface":"y"}}]})"), "wires[0].b: missing");
    EXPECT_EQ(refusal_of(R"({"hosts":{"v":"10.0.0.1/8"}})"), "hosts.v: an address is expected");
    EXPECT_EQ(refusal_of(R"({"offload":1})"), "offload: true or false is expected, not number");
    EXPECT_EQ(refusal_of("[]"), "document: an object is expected, not array");
    EXPECT_THAT(refusal_of("{\"name\":\n \"x"), HasSubstr("line 2"));
}

TEST(LabPlanJson, TextThatIsNoUtf8DoesNotThrow) {
    LabPlan plan;
    plan.name = "x";
    plan.document = "caf\xe9";
    EXPECT_TRUE(parse_lab_plan(emit_lab_plan(plan)));
}

// Two hosts on a wire, to be spoiled.
LabPlan good() {
    auto plan = parse_lab_plan(
        R"({"name":"lab","nodes":[{"name":"a","interfaces":[{"name":"eth0","addresses":["10.0.0.1/24"]}]},
            {"name":"b","interfaces":[{"name":"eth0","addresses":["10.0.0.2/24"]}]}],
            "wires":[{"a":{"node":"a","interface":"eth0"},"b":{"node":"b","interface":"eth0"}}]})");
    return plan.value();
}

RoutePlan route(const char* destination, const char* gateway, const char* interface = "") {
    return {
        IpPrefix::parse(destination).value(), {IpAddress::parse(gateway).value()}, interface, std::nullopt};
}

TEST(LabPlanProblems, GoodPlanHasNone) {
    EXPECT_THAT(problems_of(good()), IsEmpty());
}

TEST(LabPlanProblems, Names) {
    LabPlan plan = good();
    plan.name = "my lab";
    EXPECT_THAT(problems_of(plan), Contains(HasSubstr("lab name \"my lab\"")));
    plan = good();
    plan.nodes[1].name = "a";
    EXPECT_THAT(problems_of(plan), Contains("node a: the name is used twice"));
    plan = good();
    plan.nodes[0].name = std::string(64, 'x');
    EXPECT_THAT(problems_of(plan), Contains(HasSubstr("1 to 63 bytes")));
    plan = good();
    plan.nodes[0].name = plan.wires[0].a.node = "服务器1";
    EXPECT_THAT(problems_of(plan), IsEmpty());
    plan = good();
    plan.nodes[0].interfaces[0].name = plan.wires[0].a.interface = "sixteen-bytes-xx";
    EXPECT_THAT(problems_of(plan), ElementsAre(HasSubstr("1 to 15 letters")));
}

TEST(LabPlanProblems, Ends) {
    LabPlan plan = good();
    plan.wires[0].b.node = "c";
    EXPECT_THAT(problems_of(plan),
                ElementsAre("wire a:eth0 – c:eth0: no node c", "b:eth0: connected to nothing"));
    plan = good();
    plan.segments.push_back({"lan", {{"a", "eth0"}}, {}});
    EXPECT_THAT(problems_of(plan), Contains(HasSubstr("a:eth0 is connected twice")));
}

TEST(LabPlanProblems, TrunksThatCloseALoopOrLeadNowhere) {
    LabPlan plan = good();
    plan.segments = {{"x", {}, {"y"}}, {"y", {}, {"z"}}, {"z", {}, {"x"}}};
    EXPECT_THAT(problems_of(plan), ElementsAre("segment z: trunk to x: closes a loop"));
    plan.segments = {{"x", {}, {"x"}}, {"y", {}, {"nowhere"}}};
    EXPECT_THAT(problems_of(plan), ElementsAre("segment x: trunk to x: closes a loop",
                                               "segment y: trunk to nowhere: no such segment"));
}

TEST(LabPlanProblems, Routes) {
    LabPlan plan = good();
    plan.nodes[0].routes = {route("10.9.0.0/16", "10.0.0.2"), route("10.8.0.0/16", "10.7.0.1"),
                            route("10.6.0.1/16", "10.0.0.2"), route("10.9.0.0/16", "10.0.0.2", "eth4"),
                            route("2001:db8::/32", "10.0.0.2")};
    EXPECT_THAT(problems_of(plan),
                ElementsAre("a: route 10.8.0.0/16: gateway 10.7.0.1 is in no subnet of a",
                            "a: route 10.6.0.1/16: host bits are set",
                            "a: route 10.9.0.0/16: the destination is given twice",
                            "a: route 10.9.0.0/16: no interface eth4 in the node",
                            "a: route 10.9.0.0/16: gateway 10.0.0.2 is in no subnet of a:eth4",
                            "a: route 2001:db8::/32: gateway 10.0.0.2 is of another address family"));
    // A gateway behind a route on link is a neighbour.
    plan.nodes[0].routes = {
        {IpPrefix::parse("10.7.0.0/16").value(), {}, "eth0", IpAddress::parse("10.0.0.1")},
        route("10.8.0.0/16", "10.7.0.1")};
    EXPECT_THAT(problems_of(plan), IsEmpty());
    plan.nodes[0].routes[0].source = IpAddress::parse("10.0.0.9");
    EXPECT_THAT(problems_of(plan), ElementsAre(HasSubstr("source 10.0.0.9 is no address of the node")));
}

TEST(LabPlanProblems, SysctlsAndProcesses) {
    LabPlan plan = good();
    plan.nodes[0].sysctls = {{"kernel/hostname", "x"}, {"net/../kernel/panic", "1"}};
    plan.nodes[0].processes = {{"p", {}, "", false}, {"p", {"x"}, "", false}};
    EXPECT_THAT(problems_of(plan),
                ElementsAre(HasSubstr("sysctl \"kernel/hostname\""), HasSubstr("net/../kernel/panic"),
                            "a: process p: no program", HasSubstr("a name of its own")));
}

} // namespace
} // namespace fulcrum::netns
