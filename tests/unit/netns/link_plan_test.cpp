// Bad links in plans and messages: what is refused, and that nothing gets lost on the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "netns/control_message.h"
#include "netns/link_message.h"

namespace fulcrum::netns {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

LinkFaults all_faults() {
    return {.rate_bps = 10'000'000,
            .queue_bytes = 50'000,
            .delay = 20ms,
            .jitter = 1500us,
            .loss = 0.01,
            .duplicate = 0.02,
            .reorder = 0.03,
            .seed = std::numeric_limits<std::uint64_t>::max()};
}

LabPlan plan_with(std::vector<LinkPlan> links) {
    LabPlan plan;
    plan.name = "lab";
    for (const char* name : {"a", "b"}) {
        NodePlan node;
        node.name = name;
        node.interfaces.push_back({.name = "eth0"});
        plan.nodes.push_back(node);
    }
    plan.wires.push_back({{"a", "eth0"}, {"b", "eth0"}});
    plan.links = std::move(links);
    return plan;
}

TEST(LinkPlan, RoundTripKeepsEveryMember) {
    const LabPlan plan = plan_with({{{"b", "eth0"}, false, all_faults(), {.delay = 1us}}});
    EXPECT_TRUE(problems_of(plan).empty());
    const auto back = parse_lab_plan(emit_lab_plan(plan));
    ASSERT_TRUE(back) << back.error().message;
    ASSERT_EQ(back->links.size(), 1U);
    EXPECT_EQ(back->links[0].end.node, "b");
    EXPECT_FALSE(back->links[0].up);
    EXPECT_EQ(back->links[0].out, all_faults());
    EXPECT_EQ(back->links[0].in, LinkFaults{.delay = 1us});
}

TEST(LinkPlan, UnusableFaultsAreRefusedWithThePath) {
    const auto refusal = [](const char* faults) {
        const auto plan =
            parse_lab_plan(std::string(R"({"links": [{"end": {"node": "a", "interface": "eth0"}, "out": )") +
                           faults + "}]}");
        return plan ? std::string("taken") : plan.error().message;
    };
    EXPECT_EQ(refusal("{}"), "taken");
    EXPECT_THAT(refusal(R"({"loss": 1.5})"), HasSubstr("links[0].out: loss"));
    EXPECT_THAT(refusal(R"({"reorder": -0.1})"), HasSubstr("links[0].out: loss, duplication and reordering"));
    EXPECT_THAT(refusal(R"({"delay_us": 3600000001})"), HasSubstr("links[0].out: delay"));
    EXPECT_THAT(refusal(R"({"jitter_us": 18446744073709551615})"), HasSubstr("links[0].out: delay"));
    EXPECT_THAT(refusal(R"({"rate_bps": 7})"), HasSubstr("links[0].out: a rate"));
    EXPECT_THAT(refusal(R"({"los": 0})"), HasSubstr("los"));
    EXPECT_FALSE(problem_of({.loss = std::numeric_limits<double>::quiet_NaN()}).empty());
}

TEST(LinkPlan, ALinkIsNamedOnceByAnEndThatThereIs) {
    EXPECT_THAT(problems_of(plan_with({{{"a", "eth1"}, true, {}, {}}})),
                ElementsAre("link a:eth1: no link ends there"));
    EXPECT_THAT(problems_of(plan_with({{{"a", "eth0"}, true, {}, {}}, {{"b", "eth0"}, true, {}, {}}})),
                ElementsAre("link b:eth0: the link is given twice"));
}

TEST(LinkFaults, ASeedAloneIsAPerfectWire) {
    EXPECT_TRUE((LinkFaults{.queue_bytes = 1, .seed = 3}).perfect());
    EXPECT_FALSE((LinkFaults{.jitter = 1us}).perfect());
}

TEST(LinkMessage, RoundTrips) {
    const auto request = parse_link_request(emit_link_request({true, all_faults(), {.loss = 1}, true}));
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_TRUE(request->set && request->reseed);
    EXPECT_EQ(request->a_to_b, all_faults());
    EXPECT_EQ(request->b_to_a, LinkFaults{.loss = 1});
    LinkReport report;
    report.a_to_b = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    report.b_to_a.passed = 10;
    const auto back = parse_link_report(emit_link_report(report));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->a_to_b, report.a_to_b);
    EXPECT_EQ(back->b_to_a, report.b_to_a);
    EXPECT_FALSE(parse_link_request("{\"set\": 1}"));
    EXPECT_FALSE(parse_link_report("[]"));
}

TEST(LinkStatus, RoundTripOnTheControlSocket) {
    LinkStatus link;
    link.node = "a";
    link.interface = "eth0";
    link.far = "b:eth0";
    link.relayed = true;
    link.broken = "its process exited";
    link.out = all_faults();
    link.in_counters.lost = 7;
    const auto back = parse_link_status(emit_link_status(link));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->far, "b:eth0");
    EXPECT_EQ(back->broken, link.broken);
    EXPECT_EQ(back->out, all_faults());
    EXPECT_EQ(back->in_counters, link.in_counters);
    ControlRequest request;
    request.operation = Operation::impair;
    request.node = "a";
    request.interface = "eth0";
    request.in = all_faults();
    request.reseed = true;
    const auto asked = parse_request(emit_request(request));
    ASSERT_TRUE(asked) << asked.error().message;
    EXPECT_EQ(asked->in, all_faults());
    EXPECT_TRUE(asked->reseed);
}

} // namespace
} // namespace fulcrum::netns
