// What it takes to bring a lab from one plan to another, and that the wiring of what stays stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "netns/lab_change.h"
#include "netns/supervisor/wiring.h"

namespace fulcrum::netns {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

NodePlan node(const std::string& name, const std::string& address, bool arp = true) {
    NodePlan node;
    node.name = name;
    node.kind = arp ? "server" : "se";
    InterfacePlan interface;
    interface.name = "eth0";
    interface.arp = arp;
    interface.addresses.push_back(*IpPrefix::parse(address));
    node.interfaces.push_back(interface);
    ProcessPlan process;
    process.name = "program";
    process.argv = {"fulcrum-server", "--name", name};
    process.input = "one";
    node.processes.push_back(process);
    return node;
}

// An engine and two servers on a segment.
LabPlan small_lab() {
    LabPlan plan;
    plan.name = "lab";
    plan.nodes = {node("se1", "10.0.0.1/24", false), node("server1", "10.0.0.11/24"),
                  node("server2", "10.0.0.12/24")};
    plan.segments = {{"lan", {{"se1", "eth0"}, {"server1", "eth0"}, {"server2", "eth0"}}, {}}};
    return plan;
}

const NodeChange& change_of(const LabChange& change, const std::string& node) {
    const auto found = std::find_if(change.nodes.begin(), change.nodes.end(),
                                    [&](const NodeChange& each) { return each.node == node; });
    EXPECT_NE(found, change.nodes.end()) << node;
    return *found;
}

TEST(LabChange, TheSamePlanIsNoChange) {
    EXPECT_TRUE(change_between(small_lab(), small_lab(), {}).empty());
}

TEST(LabChange, NodesComeAndGoWithTheirLinks) {
    const LabPlan before = small_lab();
    LabPlan after = before;
    after.nodes[1] = node("server3", "10.0.0.13/24");
    after.segments[0].ports[1].node = "server3";
    const LabChange change = change_between(before, after, {});
    ASSERT_EQ(change.nodes.size(), 2U);
    EXPECT_EQ(change_of(change, "server1").kind, NodeChange::Kind::removed);
    EXPECT_EQ(change_of(change, "server3").kind, NodeChange::Kind::added);
    EXPECT_THAT(change.others, ElementsAre("link server1:eth0 – segment lan is gone",
                                           "link server3:eth0 – segment lan is new"));
}

TEST(LabChange, AnAddressIsChangedLive) {
    LabPlan after = small_lab();
    after.nodes[1].interfaces[0].addresses = {*IpPrefix::parse("10.0.0.77/24")};
    const LabChange change = change_between(small_lab(), after, {});
    EXPECT_THAT(change_of(change, "server1").what,
                ElementsAre("eth0: address 10.0.0.11/24 is gone", "eth0: address 10.0.0.77/24 is new"));
    EXPECT_EQ(change_of(change, "server1").restart, "");
}

TEST(LabChange, AProgramIsStartedAgainUnlessItIsTold) {
    LabPlan after = small_lab();
    after.nodes[0].processes[0].input = "two";
    EXPECT_THAT(change_of(change_between(small_lab(), after, {}), "se1").restart, HasSubstr("configuration"));
    EXPECT_EQ(change_of(change_between(small_lab(), after, {"se1"}), "se1").restart, "");
    after.nodes[0].processes[0].argv.push_back("--more");
    EXPECT_THAT(change_of(change_between(small_lab(), after, {"se1"}), "se1").restart,
                HasSubstr("arguments"));
}

TEST(LabChange, AnEngineWhoseInterfaceIsMadeAnewIsStartedAgain) {
    LabPlan after = small_lab();
    after.segments.push_back({"other", {{"se1", "eth0"}, {"server1", "eth0"}}, {}});
    after.segments[0].ports = {{"server2", "eth0"}};
    const LabChange change = change_between(small_lab(), after, {"se1"});
    EXPECT_THAT(change_of(change, "se1").restart, HasSubstr("made anew"));
    EXPECT_EQ(change_of(change, "server1").restart, ""); // its kernel does not mind
    EXPECT_THAT(change.others, Contains("segment other is new"));
}

TEST(LabChange, WhatNoRunningLabCanBecomeIsRefused) {
    LabPlan after = small_lab();
    after.offload = false;
    EXPECT_FALSE(check_change(small_lab(), after));
    after = small_lab();
    after.name = "another";
    EXPECT_FALSE(check_change(small_lab(), after));
    after = small_lab();
    after.nodes[1].name = "server2";
    ASSERT_FALSE(check_change(small_lab(), after));
    EXPECT_EQ(check_change(small_lab(), after).error().kind, ErrorKind::bad_input);
    EXPECT_TRUE(check_change(small_lab(), small_lab()));
}

TEST(Rewiring, WhatStaysKeepsItsIndexesWhateverStandsBeforeIt) {
    const LabPlan before = small_lab();
    const Wiring old = make_wiring(before);
    LabPlan after = before;
    after.nodes.insert(after.nodes.begin(), node("new", "10.0.0.9/24"));
    after.segments.insert(after.segments.begin(), {"first", {{"new", "eth0"}}, {}});
    after.nodes.erase(after.nodes.begin() + 2); // server1
    after.segments[1].ports.erase(after.segments[1].ports.begin() + 1);
    const Wiring next = make_wiring(after, &old);
    for (const PairPlan& pair : next.pairs) {
        const auto known = std::find_if(old.pairs.begin(), old.pairs.end(),
                                        [&](const PairPlan& each) { return each.what == pair.what; });
        if (known == old.pairs.end()) {
            EXPECT_GE(pair.first.index, old.next_index) << pair.what;
        } else {
            EXPECT_EQ(pair.first.index, known->first.index) << pair.what;
            EXPECT_EQ(pair.first.master, known->first.master) << pair.what;
        }
    }
    EXPECT_EQ(next.pairs.size(), 3U);
}

TEST(Rewiring, ALinkThatStandsKeepsItsShape) {
    const LabPlan before = small_lab();
    const Wiring old = make_wiring(before);
    LabPlan after = before;
    LinkPlan impaired;
    impaired.end = {"server1", "eth0"};
    impaired.out.loss = 0.5;
    after.links = {impaired};
    EXPECT_THAT(make_wiring(after, &old).relays, IsEmpty()); // it is opened up live instead
    EXPECT_EQ(make_wiring(after).relays.size(), 1U);
    const Wiring with = make_wiring(after);
    EXPECT_EQ(make_wiring(before, &with).relays.size(), 1U); // and its process stays
}

} // namespace
} // namespace fulcrum::netns
