// P2: what sharkd says about a packet, whatever that may be.
#include <gtest/gtest.h>

#include "capture/decode/sharkd_answer.h"

namespace fulcrum::capture {
namespace {

TEST(SharkdAnswers, AreReadWithinBounds) {
    EXPECT_TRUE(parse_sharkd_tree("no JSON").empty());
    EXPECT_TRUE(parse_sharkd_tree(R"({"id":1,"result":{"status":"OK"}})").empty());
    const auto nodes = parse_sharkd_tree(
        R"({"id":2,"result":{"tree":[7,{"l":"TTL: 64","f":"ip.ttl == 64","h":[22,1],"s":"Note"},)"
        R"({"l":5,"h":[-1,99999999999999]},{"l":"elsewhere","h":[0,2],"ds":1}]}})");
    ASSERT_EQ(nodes.size(), 3U);
    EXPECT_EQ(nodes[0].name, "ip.ttl");
    EXPECT_EQ(nodes[0].value, "64");
    EXPECT_EQ(nodes[0].offset, 22U);
    EXPECT_EQ(nodes[0].mark, TreeNode::Mark::note);
    EXPECT_EQ(nodes[1].length, 0U);
    EXPECT_EQ(nodes[2].length, 0U) << "not bytes of the packet";
    std::string deep = R"({"result":{"tree":)";
    for (int i = 0; i < 1000; ++i) {
        deep += R"([{"l":"x","n":)";
    }
    deep += "[]";
    for (int i = 0; i < 1000; ++i) {
        deep += "}]";
    }
    int depth = 0;
    const auto tree = parse_sharkd_tree(deep + "}}");
    for (const auto* node = tree.empty() ? nullptr : &tree.front(); node != nullptr;
         node = node->children.empty() ? nullptr : &node->children.front()) {
        ++depth;
    }
    EXPECT_GT(depth, 10);
    EXPECT_LT(depth, 100);
}

} // namespace
} // namespace fulcrum::capture
