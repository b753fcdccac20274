// Undo and redo: a difference and its reverse are exact, to the byte.
#include <algorithm>

#include <gtest/gtest.h>

#include "designer/document/file.h"
#include "designer/document/legality.h"
#include "designer/edit/edit.h"
#include "designer/templates/generate.h"
#include "designer/templates/templates.h"
#include "random_edit.h"
#include "tests/unit/document/cpu_time.h"

using namespace fulcrum;
using namespace fulcrum::designer;

namespace {

Document nodes(const std::vector<Id>& ids) {
    Document d;
    for (const Id& id : ids) {
        Node node;
        node.id = node.name = id;
        d.nodes.push_back(node);
    }
    return d;
}

void expect_exact(const Document& before, const Document& after) {
    const Change change = difference(before, after);
    Document d = before;
    apply(d, change);
    EXPECT_EQ(d, after);
    apply(d, change.reversed());
    EXPECT_EQ(d, before);
    EXPECT_EQ(change.empty(), before == after);
}

TEST(Difference, OfOrders) {
    const std::vector<std::vector<Id>> lists{{},
                                             {"a"},
                                             {"a", "b", "c"},
                                             {"c", "b", "a"},
                                             {"b", "c", "a"},
                                             {"x", "a", "y", "c", "z"},
                                             {"c", "x", "b"},
                                             {"d", "e", "f", "a", "b", "c"}};
    for (const auto& before : lists) {
        for (const auto& after : lists) {
            expect_exact(nodes(before), nodes(after));
        }
    }
}

TEST(Difference, OfEveryPermutationOfFive) {
    std::vector<Id> ids{"a", "b", "c", "d", "e"};
    const Document before = nodes(ids);
    do {
        expect_exact(before, nodes(ids));
        Document changed = nodes(ids);
        changed.nodes[2].note = "changed";
        changed.nodes.erase(changed.nodes.begin());
        expect_exact(before, changed);
    } while (std::next_permutation(ids.begin(), ids.end()));
}

TEST(Difference, NamesOnlyWhatChanged) {
    const Document before = *make_template("in-line");
    Document after = before;
    after.nodes[3].note = "new";
    const Change change = difference(before, after);
    EXPECT_EQ(change.nodes.size(), 1U);
    EXPECT_EQ(change.nodes[0].id, after.nodes[3].id);
    EXPECT_FALSE(change.only_moves());

    Document one_gone = before;
    one_gone.links.erase(one_gone.links.begin());
    EXPECT_EQ(difference(before, one_gone).links.size(), 1U) << "those behind it did not move";
    Document one_moved = before;
    std::rotate(one_moved.nodes.begin(), one_moved.nodes.begin() + 1, one_moved.nodes.end());
    EXPECT_EQ(difference(before, one_moved).nodes.size(), 1U) << "one node went to the end";
}

TEST(Difference, KnowsMovesAndTheHeader) {
    const Document before = *make_template("in-line");
    Document after = before;
    EXPECT_TRUE(difference(before, after).empty());
    EXPECT_FALSE(difference(before, after).only_moves());
    after.layout["se1"].x += 10;
    after.layout.erase("se2");
    after.layout["new"] = {1, 2};
    EXPECT_TRUE(difference(before, after).only_moves());
    expect_exact(before, after);
    after.name = "other";
    after.offload = false;
    const Change change = difference(before, after);
    EXPECT_FALSE(change.only_moves());
    ASSERT_TRUE(change.header);
    EXPECT_TRUE(change.header->first.nodes.empty());
    expect_exact(before, after);
}

// D2: everything can be undone and done again, and every state on the way can be saved.
TEST(RandomEdits, UndoAndRedoAreExact) {
    for (unsigned seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        RandomEdits edits(seed);
        Document d = seed % 3 == 0 ? *make_template("two-arm") : Document{};
        std::vector<std::string> states{emit_document(d)};
        std::vector<Change> stack;
        for (int i = 0; i < 60; ++i) {
            const Document next = edits.next(d);
            const auto bad_value = illegal_value(next);
            const auto bad_reference = illegal_reference(next);
            ASSERT_FALSE(bad_value) << text_of(bad_value->path) << ": " << bad_value->reason;
            ASSERT_FALSE(bad_reference) << text_of(bad_reference->path) << ": " << bad_reference->reason;
            stack.push_back(difference(d, next));
            apply(d, stack.back());
            ASSERT_EQ(d, next);
            states.push_back(emit_document(d));
            ASSERT_EQ(*parse_document(states.back()), d);
            if (d.nodes.size() > 150) { // copies of copies
                break;
            }
        }
        for (std::size_t i = stack.size(); i > 0; --i) {
            apply(d, stack[i - 1].reversed());
            ASSERT_EQ(emit_document(d), states[i - 1]);
        }
        for (std::size_t i = 0; i < stack.size(); ++i) {
            apply(d, stack[i]);
            ASSERT_EQ(emit_document(d), states[i + 1]);
        }
    }
}

TEST(EditSpeed, OfAThousandNodes) {
    Document d = add_servers(*make_template("in-line"), "segment1", 200);
    const Document big = make_star(1000);
    // A few milliseconds in an optimized build; sanitizers and busy machines get their share on top.
    const auto limit = std::chrono::milliseconds(100);
    Document after;
    EXPECT_LT(cpu_time_of([&] { after = add_node(big, NodeKind::server, {}); }), limit);
    EXPECT_LT(cpu_time_of([&] { after = add_link(after, "server1", "segment1"); }), limit);
    EXPECT_LT(cpu_time_of([&] { after = remove_items(big, {"client500", "client1"}); }), limit);
    EXPECT_LT(cpu_time_of([&] { after = rename(big, "segment1", "lan"); }), limit);
    EXPECT_LT(cpu_time_of([&] { after = add_service(d, "segment1", {}); }), limit);
    EXPECT_LT(cpu_time_of([&] {
                  const Change change = difference(big, after);
                  Document copy = big;
                  apply(copy, change);
              }),
              limit);
    std::vector<Id> all;
    for (const Node& node : big.nodes) {
        all.push_back(node.id);
    }
    EXPECT_LT(cpu_time_of([&] { after = duplicate(big, all, 10, 10); }), 5 * limit);
    EXPECT_EQ(after.nodes.size(), 2 * big.nodes.size());
}

} // namespace
