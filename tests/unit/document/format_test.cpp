// The file format: what is written is read back equal, in the same bytes, one entity a line.
#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "designer/document/file.h"
#include "designer/templates/templates.h"
#include "full_drawing.h"

using namespace fulcrum;
using namespace fulcrum::designer;
using nlohmann::json;
using testing::HasSubstr;

namespace {

// The paths of everything that is written, as format_keys() names them.
void collect(const json& value, const std::string& prefix, std::set<std::string>& out) {
    if (value.is_array()) {
        for (const json& part : value) {
            collect(part, prefix + "[]", out);
        }
    } else if (value.is_object()) {
        for (const auto& [key, part] : value.items()) {
            if (prefix == "layout") { // its keys are ids
                collect(part, "layout{}", out);
                continue;
            }
            const std::string path = prefix.empty() ? key : prefix + "." + key;
            out.insert(path);
            collect(part, path, out);
        }
    }
}

TEST(Format, EveryKeyIsReadBackEqual) {
    const Document d = full_drawing();
    const std::string text = emit_document(d);
    const auto read = parse_document(text);
    ASSERT_TRUE(read) << read.error().message << "\n" << text;
    EXPECT_EQ(*read, d);
    EXPECT_EQ(emit_document(*read), text);

    std::set<std::string> written;
    collect(json::parse(text), "", written);
    const std::vector<std::string> keys = format_keys();
    for (const std::string& key : keys) {
        EXPECT_TRUE(written.contains(key)) << "full_drawing() misses " << key;
    }
    EXPECT_EQ(written.size(), keys.size());
}

TEST(Format, AnEmptyDrawingIsItsVersion) {
    EXPECT_EQ(emit_document(Document{}), "{\n  \"fulcrum\": 1\n}\n");
    const auto read = parse_document(R"({"fulcrum": 1})");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, Document{});
}

TEST(Format, DefaultsAreLeftOut) {
    Document d;
    Node node;
    node.id = node.name = "client1";
    d.nodes = {node};
    Service service;
    service.id = service.name = "service1";
    d.services = {service};
    EXPECT_THAT(emit_document(d), HasSubstr("    {\"id\": \"client1\", \"kind\": \"client\"}\n"));
    EXPECT_THAT(emit_document(d), HasSubstr("    {\"id\": \"service1\", \"mode\": \"full-proxy\"}\n"));
}

TEST(Format, KeysStandInTheOrderThePageGives) {
    const std::string text = emit_document(full_drawing());
    std::size_t last = 0;
    for (const char* key : {"fulcrum", "name", "description", "offload", "nodes", "links", "groups", "vrfs",
                            "pools", "services", "address_pools", "notes", "layout"}) {
        const std::size_t at = text.find(fmt::format("\n  \"{}\": ", key));
        ASSERT_NE(at, std::string::npos) << key;
        EXPECT_GT(at, last) << key;
        last = at;
    }
}

TEST(Format, OneChangedEntityIsOneChangedLine) {
    const auto lines_of = [](const Document& d) {
        std::vector<std::string> lines;
        const std::string text = emit_document(d);
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = text.find('\n', at);
            lines.push_back(text.substr(at, end - at));
            at = end + 1;
        }
        return lines;
    };
    for (const TemplateInfo& info : templates()) {
        Document d = *make_template(info.id);
        const auto before = lines_of(d);
        d.links[2].up = false;
        d.layout["se1"].x += 5;
        d.pools[0].members[1].weight = 7;
        const auto after = lines_of(d);
        ASSERT_EQ(before.size(), after.size());
        std::size_t changed = 0;
        for (std::size_t i = 0; i < before.size(); ++i) {
            changed += before[i] != after[i] ? 1U : 0U;
        }
        EXPECT_EQ(changed, 3U) << info.id;
        for (const std::string& line : after) {
            EXPECT_TRUE(line.size() <= 160 || line.find("description") != std::string::npos) << line;
        }
    }
}

TEST(Format, NameIsTheIdUnlessWritten) {
    const auto read = parse_document(R"({"fulcrum": 1, "nodes": [
        {"id": "a", "kind": "client"}, {"id": "b", "kind": "client", "name": "B"}]})");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->nodes[0].name, "a");
    EXPECT_EQ(read->nodes[1].name, "B");
}

TEST(Format, KeyOrderAndSpacingDoNotMatter) {
    const Document d = full_drawing();
    for (const int indent : {-1, 0, 4}) {
        const auto read = parse_document(json::parse(emit_document(d)).dump(indent)); // keys sorted
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(*read, d);
    }
}

TEST(Format, ALinkMayDangle) {
    const auto read = parse_document(
        R"({"fulcrum": 1, "links": [{"id": "l", "a": {"node": "nobody"}, "b": {"node": ""}}]})");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->links[0].a.node, "nobody");
    EXPECT_EQ(emit_document(*parse_document(emit_document(*read))), emit_document(*read));
}

TEST(Format, NumbersReadBackExactly) {
    Document d = full_drawing();
    for (const double x : {0.1, 1.0 / 3, 123456.789, -1e-9, 1e6, 0.30000000000000004}) {
        d.layout["client1"].x = x;
        const auto read = parse_document(emit_document(d));
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(read->layout.at("client1").x, x);
    }
}

TEST(Format, LinksOfGivesInterfacesInOrder) {
    const Document d = *make_template("two-arm");
    const auto attached = links_of(d, "se1");
    ASSERT_EQ(attached.size(), 2U);
    EXPECT_EQ(attached[0].far->node, "segment1");
    EXPECT_EQ(attached[1].far->node, "segment2");
    EXPECT_EQ(attached[1].near->address->text(), "10.10.10.101/24");
    EXPECT_EQ(attached[1].index, 1U);
}

} // namespace
