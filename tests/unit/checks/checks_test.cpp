#include "designer/checks/checks.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "designer/checks/rules.h"
#include "designer/templates/templates.h"
#include "tests/unit/checks/rule_cases.h"

namespace fulcrum::designer {
namespace {

using testing::Drawing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RuleCase;

std::string text(const std::vector<Problem>& problems) {
    std::string all;
    for (const Problem& problem : problems) {
        all += problem.id + ": " + problem.why + "\n";
    }
    return all;
}

std::vector<Problem> of_rule(const std::vector<Problem>& problems, const std::string& id) {
    std::vector<Problem> list;
    for (const Problem& problem : problems) {
        if (problem.id == id) {
            list.push_back(problem);
        }
    }
    return list;
}

class Rules : public ::testing::TestWithParam<RuleCase> {};

TEST_P(Rules, finds_what_is_wrong_and_only_then) {
    const RuleCase& one = GetParam();
    const Drawing right = one.right();
    std::vector<Problem> before = of_rule(check(right.document), one.rule);
    std::erase_if(before, [](const Problem& problem) { // notes on failover are in every drawing with two SEs
        return problem.id == "not-available-yet" && problem.severity == Severity::note;
    });
    EXPECT_THAT(text(before), IsEmpty()) << "a right drawing is blamed";

    Document wrong = right.document;
    one.breaks(wrong);
    const std::vector<Problem> all = check(wrong);
    const std::vector<Problem> found = of_rule(all, one.rule);
    const auto hit = std::ranges::find_if(
        found, [&](const Problem& problem) { return problem.why.find(one.says) != std::string::npos; });
    ASSERT_TRUE(hit != found.end()) << "expected \"" << one.says << "\" in\n" << text(all);
    EXPECT_EQ(hit->severity, one.severity);
    EXPECT_EQ(hit->fixable, one.fixable);
    ASSERT_GE(hit->items.size(), one.items.size());
    EXPECT_EQ(std::vector<Id>(hit->items.begin(),
                              hit->items.begin() + static_cast<std::ptrdiff_t>(one.items.size())),
              one.items);
    EXPECT_FALSE(hit->fix.empty());
    EXPECT_NE(hit->why.back(), '.') << "sentences stand without a full stop";
}

TEST_P(Rules, a_fix_mends_it_and_breaks_nothing_else) {
    const RuleCase& one = GetParam();
    Document wrong = one.right().document;
    const std::vector<Problem> first = check(wrong);
    const auto errors = [](const std::vector<Problem>& problems) {
        std::set<std::string> ids;
        for (const Problem& problem : problems) {
            if (problem.severity == Severity::error) {
                ids.insert(problem.id);
            }
        }
        return ids;
    };
    one.breaks(wrong);
    for (const Problem& problem : of_rule(check(wrong), one.rule)) {
        if (!problem.fixable) {
            EXPECT_TRUE(apply_fix(wrong, problem) == wrong) << "not fixable, and yet changed";
        }
    }
    if (!one.fixable) {
        return;
    }
    Document mended = wrong;
    for (int round = 0; round < 5 && !of_rule(check(mended), one.rule).empty(); ++round) {
        mended = apply_fix(mended, of_rule(check(mended), one.rule).front());
    }
    const std::vector<Problem> after = check(mended);
    EXPECT_THAT(text(of_rule(after, one.rule)), IsEmpty());
    EXPECT_EQ(errors(after), errors(first)) << text(after);
}

INSTANTIATE_TEST_SUITE_P(All, Rules, ::testing::ValuesIn(testing::rule_cases()), [](const auto& param) {
    std::string name = param.param.rule + "_" + std::to_string(param.index);
    std::ranges::replace(name, '-', '_');
    return name;
});

TEST(Checks, every_rule_has_a_case) {
    std::set<std::string> tested, known;
    for (const RuleCase& one : testing::rule_cases()) {
        tested.insert(one.rule);
    }
    for (const Rule& rule : rules()) {
        EXPECT_TRUE(known.insert(std::string(rule.id)).second) << rule.id << " stands twice in the table";
        EXPECT_TRUE(tested.contains(std::string(rule.id))) << rule.id;
    }
    EXPECT_EQ(tested, known);
}

TEST(Checks, redirects_that_lead_away_are_no_loops) {
    const auto found = [](std::vector<ContentRule> rules) {
        Drawing d = testing::two_arm(Mode::full_proxy);
        d.document.services[0].layer7 = true;
        d.document.services[0].rules = std::move(rules);
        return of_rule(check(d.document), "redirect-loop").size();
    };
    EXPECT_EQ(found({{"", "", {}, "https://192.168.2.100", 301, true}}), 0U) << "another port";
    EXPECT_EQ(found({{"", "", {}, "http://192.168.2.100:8080/"}}), 0U) << "no port of the service";
    EXPECT_EQ(found({{"", "/old", {}, "/new", 302, true}}), 0U) << "/new/old";
    EXPECT_EQ(found({{"a.example", "", {}, "http://b.example/", 302, true}}), 0U);
    EXPECT_EQ(found({{"", "/old/new", "pool1"}, {"", "/old", {}, "/old/new"}}), 0U) << "answered before";
    EXPECT_EQ(found({{"a.example", "", {}, "/x"}, {"", "", "pool1"}}), 1U) << "any path of that host";
}

TEST(Checks, templates_are_clean) {
    for (const TemplateInfo& info : templates()) {
        const Document document = *make_template(info.id);
        for (const Problem& problem : check(document)) {
            const bool tunnel_note =
                problem.id == "mtu-too-small-for-tunnel" && problem.severity == Severity::note;
            EXPECT_TRUE(tunnel_note || problem.id == "not-available-yet") << info.id << ": " << problem.why;
            EXPECT_NE(problem.severity, Severity::error) << info.id << ": " << problem.why;
        }
        EXPECT_EQ(launch_blockers(document).empty(), info.runs)
            << info.id << ": " << text(launch_blockers(document));
    }
}

TEST(Checks, a_vip_by_static_route_to_one_se_can_be_launched) {
    Document d = *make_template("two-arm");
    d.services[0].attachment = Attachment::static_route;
    d.services[0].vip = *IpAddress::parse("10.50.0.11");
    EXPECT_THAT(launch_blockers(d), IsEmpty()) << text(launch_blockers(d));
}

// Neither the SE's nor the server's own link is the narrow one.
TEST(Checks, a_tunnel_has_the_room_of_the_narrowest_link_on_its_way) {
    Document d = *make_template("l3-dsr-ipip");
    const auto narrow = std::ranges::find(d.links, "link7", &Link::id);
    ASSERT_EQ(narrow->a.node, "router2");
    narrow->mtu_bytes = 1280;
    std::string told;
    for (const Problem& problem : check(d)) {
        if (problem.id == "mtu-too-small-for-tunnel") {
            EXPECT_THAT(problem.items, ::testing::Contains("link7"));
            told += problem.why;
        }
    }
    EXPECT_THAT(told, HasSubstr("room for packets of 1260 bytes"));
}

TEST(Checks, an_empty_drawing_has_no_problem) {
    EXPECT_THAT(text(check(Document{})), IsEmpty());
}

TEST(Checks, errors_come_first_then_the_order_of_the_drawing) {
    Drawing d = testing::in_line();
    d.node("lonely2", NodeKind::client).node("lonely1", NodeKind::client);
    d.document.node("server2")->name = "a b";
    d.document.node("client1")->name = "c d";
    const std::vector<Problem> problems = check(d.document);
    std::vector<std::string> order;
    for (const Problem& problem : problems) {
        order.push_back(problem.items.front());
    }
    EXPECT_THAT(order, ::testing::ElementsAre("client1", "server2", "lonely2", "lonely1", "group1"));
}

TEST(Checks, launching_is_refused_for_errors_and_for_what_is_not_built) {
    Drawing d = testing::in_line();
    EXPECT_THAT(text(launch_blockers(d.document)), IsEmpty()) << "standby SEs are no reason";
    d.document.groups[0].ha = HaMode::n_plus_m;
    EXPECT_THAT(text(launch_blockers(d.document)), HasSubstr("N+M"));
    d.document.groups[0].ha = HaMode::active_standby;
    d.document.pools[0].members.clear();
    EXPECT_THAT(text(launch_blockers(d.document)), HasSubstr("empty-pool"));
}

// The article's picture of topology 4 gives SEs and servers the same addresses, segment by segment.
TEST(Checks, the_trap_of_topology_4_names_every_pair_of_owners) {
    Drawing d;
    d.node("router1", NodeKind::router).node("client1", NodeKind::client);
    d.link("client1", "router1", "192.168.1.101/24", "192.168.1.1/24");
    for (const std::string net : {"1", "2", "3"}) {
        d.segment("lan" + net, "172.16." + net + ".0/24")
            .link("router1", "lan" + net, "172.16." + net + ".1/24");
        d.pool("pool" + net, {});
        for (const std::string host : {"10", "11", "12"}) {
            const std::string name = "server" + net + "-" + host;
            d.node(name, NodeKind::server).link(name, "lan" + net, "172.16." + net + "." + host + "/24");
            d.document.pools.back().members.push_back({});
            d.document.pools.back().members.back().server = name;
        }
    }
    for (const std::string host : {"10", "11", "12"}) {
        d.node("se" + host, NodeKind::se);
        for (const std::string net : {"1", "2", "3"}) {
            d.link("se" + host, "lan" + net, "172.16." + net + "." + host + "/24");
        }
    }
    d.group("group1", {"se10", "se11", "se12"}, HaMode::active_active);
    d.service("vip1", "172.16.1.21", Mode::full_proxy, "group1", "pool1");
    const std::vector<Problem> found = of_rule(check(d.document), "duplicate-address");
    EXPECT_EQ(found.size(), 9U);
    EXPECT_THAT(text(found), HasSubstr("server1-10:eth0 and se10:eth0 both have 172.16.1.10"));
    EXPECT_THAT(text(found), HasSubstr("server3-12:eth0 and se12:eth2 both have 172.16.3.12"));
    EXPECT_THAT(found[0].items, ::testing::Contains("server1-10"));
    EXPECT_THAT(found[0].items, ::testing::Contains("se10"));
}

TEST(Checks, the_same_address_in_two_zones_is_no_duplicate) {
    Drawing d;
    d.vrf("inside").vrf("dmz").node("se1", NodeKind::se);
    for (const std::string zone : {"inside", "dmz"}) {
        d.segment("lan-" + zone, "172.16.10.0/24", zone).link("se1", "lan-" + zone, "172.16.10.10/24");
        d.node("server-" + zone, NodeKind::server).link("server-" + zone, "lan-" + zone, "172.16.10.101/24");
    }
    EXPECT_THAT(text(of_rule(check(d.document), "duplicate-address")), IsEmpty());
    EXPECT_THAT(text(of_rule(check(d.document), "overlapping-subnets")), IsEmpty());
    d.node("router1", NodeKind::router).link("router1", "lan-inside").link("router1", "lan-dmz");
    EXPECT_THAT(text(check(d.document)), HasSubstr("overlap")) << "a router between them sees both";
}

TEST(Checks, services_of_one_group_may_share_a_vip) {
    Drawing d = testing::in_line();
    d.service("vip2", "10.1.1.100", Mode::in_line, "group1", "pool1");
    d.document.services[1].ports[0].port = 443;
    EXPECT_THAT(text(of_rule(check(d.document), "duplicate-address")), IsEmpty());
    EXPECT_THAT(text(of_rule(check(d.document), "duplicate-service-port")), IsEmpty());
}

TEST(Checks, servers_that_fail_alike_are_one_problem) {
    Drawing d = testing::in_line();
    d.document.node("server1")->gateway = *IpAddress::parse("10.1.1.254");
    d.document.node("server2")->gateway = *IpAddress::parse("10.1.1.254");
    const std::vector<Problem> found = of_rule(check(d.document), "in-line-return-bypasses-se");
    ASSERT_EQ(found.size(), 1U) << text(found);
    EXPECT_THAT(found[0].why, HasSubstr("answers of server1 and server2"));
    const Document mended = apply_fix(d.document, found[0]);
    EXPECT_FALSE(mended.node("server1")->gateway.has_value());
    EXPECT_FALSE(mended.node("server2")->gateway.has_value());
}

TEST(Checks, a_dsr_servers_route_through_the_se_that_no_answer_takes_is_its_own_affair) {
    Drawing d = testing::l2_dsr();
    d.document.node("server1")->routes = {{*IpPrefix::parse("192.0.2.0/24"), *IpAddress::parse("10.1.1.2")}};
    EXPECT_THAT(text(of_rule(check(d.document), "dsr-gateway-is-se")), IsEmpty());
}

TEST(Checks, an_se_takes_packets_for_its_vip_on_every_nic) {
    Drawing d = testing::two_arm(Mode::full_proxy);
    d.node("client2", NodeKind::client).link("client2", "back");
    d.document.node("client2")->gateway = *IpAddress::parse("10.10.10.101");
    EXPECT_THAT(text(check(d.document)), IsEmpty());
}

TEST(Checks, a_fix_of_an_unknown_problem_changes_nothing) {
    const Drawing d = testing::in_line();
    Problem made_up{"no-such-rule", Severity::error, {"server1"}, "", "", true};
    EXPECT_TRUE(apply_fix(d.document, made_up) == d.document);
    made_up.id = "duplicate-address";
    made_up.items = {"gone"};
    EXPECT_TRUE(apply_fix(d.document, made_up) == d.document);
}

} // namespace
} // namespace fulcrum::designer
