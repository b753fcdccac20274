// Places for items that have none: everything placed, nothing on top of anything.
#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "designer/document/auto_layout.h"
#include "designer/document/file.h"
#include "designer/document/segments.h"
#include "designer/templates/generate.h"
#include "designer/templates/templates.h"
#include "tests/unit/document/cpu_time.h"

using namespace fulcrum;
using namespace fulcrum::designer;

namespace {

struct Box {
    Id id;
    double left, right, top, bottom;
};

// What an item covers: a node with its name, a bar, a VIP's diamond.
std::vector<Box> boxes_of(const Document& d, const Layout& layout) {
    std::vector<Box> boxes;
    for (const Node& node : d.nodes) {
        const Placement& p = layout.at(node.id);
        const bool bar = node.kind == NodeKind::segment;
        const double half = bar ? p.width / 2 : 35;
        boxes.push_back({node.id, p.x - half, p.x + half, p.y - (bar ? 10 : 32), p.y + (bar ? 10 : 60)});
    }
    return boxes;
}

std::string overlap_in(const Document& d, const Layout& layout) {
    const std::vector<Box> boxes = boxes_of(d, layout);
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        for (std::size_t j = i + 1; j < boxes.size(); ++j) {
            if (boxes[i].left < boxes[j].right && boxes[j].left < boxes[i].right &&
                boxes[i].top < boxes[j].bottom && boxes[j].top < boxes[i].bottom) {
                return boxes[i].id + " and " + boxes[j].id;
            }
        }
    }
    // A VIP lies on its bar, off the links and the other VIPs.
    for (const Service& service : d.services) {
        const Node* segment = vip_segment(d, service);
        const Placement& p = layout.at(service.id);
        if (segment == nullptr) {
            continue;
        }
        const Placement& bar = layout.at(segment->id);
        if (p.y != bar.y || std::abs(p.x - bar.x) > bar.width / 2) {
            return service.id + " is off its bar";
        }
        for (const Link& link : d.links) {
            if (link.b.node == segment->id && std::abs(layout.at(link.a.node).x - p.x) < 30) {
                return service.id + " and " + link.id;
            }
        }
    }
    return {};
}

void expect_readable(const Document& d, const Layout& layout) {
    for (const Node& node : d.nodes) {
        ASSERT_TRUE(layout.contains(node.id)) << node.id;
    }
    for (const Service& service : d.services) {
        ASSERT_TRUE(layout.contains(service.id)) << service.id;
    }
    for (const Note& note : d.notes) {
        ASSERT_TRUE(layout.contains(note.id)) << note.id;
    }
    EXPECT_EQ(overlap_in(d, layout), "");
}

TEST(Layout, TemplatesAreDrawnWithoutOverlap) {
    for (const TemplateInfo& info : templates()) {
        const Document d = *make_template(info.id);
        SCOPED_TRACE(info.id);
        expect_readable(d, d.layout);
    }
}

TEST(Layout, GivenToAFileWithout) {
    for (const TemplateInfo& info : templates()) {
        Document d = *make_template(info.id);
        d.layout.clear();
        d.notes = {{"note1", "a"}, {"note2", "b"}};
        SCOPED_TRACE(info.id);
        expect_readable(d, auto_layout(d));
        EXPECT_EQ(complete_layout(d), auto_layout(d));
        const Layout layout = auto_layout(d);
        EXPECT_LT(layout.at("client1").y, layout.at("segment1").y);
        EXPECT_LT(layout.at("segment1").y, layout.at("server1").y);
    }
}

TEST(Layout, OfManyItems) {
    Document d = add_ses(add_servers(*make_template("two-arm"), "segment2", 60), "segment1", 30);
    expect_readable(d, d.layout);
    d.layout.clear();
    expect_readable(d, auto_layout(d));
    expect_readable(make_star(300), make_star(300).layout);
}

TEST(Layout, NothingConnectedIsPlacedToo) {
    Document d;
    for (int i = 0; i < 40; ++i) {
        Node node;
        node.id = node.name = fmt::format("n{}", i);
        node.kind = static_cast<NodeKind>(i % 5);
        d.nodes.push_back(node);
    }
    Link dangling;
    dangling.id = "l";
    dangling.a.node = "n1";
    dangling.b.node = "nobody";
    d.links = {dangling};
    expect_readable(d, auto_layout(d));
    EXPECT_TRUE(auto_layout(Document{}).empty());
}

TEST(Layout, WhatIsPlacedStays) {
    const Document whole = *make_template("l2-dsr");
    for (const auto& [id, placement] : whole.layout) {
        Document d = whole;
        d.layout.erase(id);
        const Layout layout = complete_layout(d);
        SCOPED_TRACE(id);
        expect_readable(d, layout);
        for (const auto& [other, was] : d.layout) {
            EXPECT_EQ(layout.at(other), was) << other;
        }
    }
    Document d = whole; // only one left
    d.layout = {{"server1", {1000, -500}}};
    EXPECT_EQ(complete_layout(d).at("server1"), (Placement{1000, -500}));
    EXPECT_EQ(complete_layout(d).size(), whole.layout.size());
}

TEST(Layout, OfTenThousandItemsIsQuick) {
    Document d = make_star(10'000);
    EXPECT_LT(cpu_time_of([&] { auto_layout(d); }), std::chrono::seconds(2));
    d.layout = {{"segment1", {0, 0, 600}}};
    EXPECT_LT(cpu_time_of([&] { EXPECT_EQ(complete_layout(d).size(), d.nodes.size()); }),
              std::chrono::seconds(5));
}

} // namespace
