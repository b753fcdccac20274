// Files that are refused: one error each, one line long, that names the line and the path.
#include <regex>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "designer/document/file.h"
#include "designer/templates/templates.h"
#include "full_drawing.h"
#include "tests/unit/document/cpu_time.h"

using namespace fulcrum;
using namespace fulcrum::designer;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace {

// Everything that holds of any refusal.
void expect_refused(const std::string& text, const std::string& context) {
    const auto read = parse_document(text);
    ASSERT_FALSE(read) << context;
    const std::string& message = read.error().message;
    EXPECT_EQ(read.error().kind, ErrorKind::bad_input) << context;
    EXPECT_TRUE(std::regex_search(message, std::regex("^line [0-9]+(, [^\n]+)?: [^\n]+$")))
        << context << ": " << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_LT(message.size(), 600U) << message;
}

struct Case {
    const char* what;
    std::string text;
    const char* error;
};

class Refusal : public testing::TestWithParam<Case> {};

TEST_P(Refusal, NamesPlaceAndReason) {
    expect_refused(GetParam().text, GetParam().what);
    const auto read = parse_document(GetParam().text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().message, GetParam().error);
}

std::string drawing(const std::string& rest) {
    return "{\n\"fulcrum\": 1,\n" + rest + "\n}\n";
}

INSTANTIATE_TEST_SUITE_P(
    Table, Refusal,
    testing::Values(
        Case{"not an object", "[]", "line 1: a drawing is an object: {\"fulcrum\": 1, \"nodes\": […], …}"},
        Case{"no version", "\n{\"nodes\": []}",
             "line 2: not a Fulcrum drawing: the key \"fulcrum\" with the format version is missing"},
        Case{"newer version", "{\n\n\"fulcrum\": 2, \"hologram\": true}",
             "line 3, fulcrum: written by a newer Fulcrum: format version 2, and this program reads up to 1"},
        Case{"version zero", "{\"fulcrum\": 0}",
             "line 1, fulcrum: the format version is a whole number from 1"},
        Case{"version text", "{\"fulcrum\": \"1\"}",
             "line 1, fulcrum: the format version is a whole number from 1"},
        Case{"a misspelt word", drawing("\"nodes\": [\n{\"id\": \"a\",\n\"kind\": \"swtich\"}]"),
             "line 5, nodes[0].kind: \"swtich\" is not one of client, server, se, router, segment"},
        Case{"a misspelt key", drawing("\"nodes\": [\n{\"id\": \"a\",\n\"knd\": \"se\"}]"),
             "line 5, nodes[0].knd: unknown key; did you mean \"kind\"?"},
        Case{"an unknown key", drawing("\"weather\": {}"),
             "line 3, weather: unknown key; known here are fulcrum, name, description, offload, nodes, "
             "links, groups, vrfs, "
             "pools, services, address_pools, notes, layout"},
        Case{"a key twice", drawing("\"name\": \"a\",\n\"offload\": true,\n\"name\": \"b\""),
             "line 5, name: the key is written twice (first on line 3)"},
        Case{"a nested key twice", drawing("\"nodes\": [{\"id\": \"a\", \"kind\": \"se\",\n \"id\": \"b\"}]"),
             "line 4, nodes[0].id: the key is written twice (first on line 3)"},
        Case{"a missing key", drawing("\"nodes\": [\n{\"id\": \"a\"}]"),
             "line 4, nodes[0]: the key \"kind\" is missing"},
        Case{"null", drawing("\"nodes\": [{\"id\": \"a\", \"kind\": \"se\", \"note\": null}]"),
             "line 3, nodes[0].note: a text is wanted here, not null (leave the key out instead)"},
        Case{"a bad address",
             drawing("\"nodes\": [{\"id\": \"a\", \"kind\": \"server\",\n\"gateway\": \"10.1.1.256\"}]"),
             "line 4, nodes[0].gateway: \"10.1.1.256\" is not an IP address like \"10.1.1.2\""},
        Case{"an address without length",
             drawing("\"links\": [{\"id\": \"l\", \"a\": {\"node\": \"x\", \"address\": "
                     "\"10.1.1.2\"}, \"b\": {\"node\": \"y\"}}]"),
             "line 3, links[0].a.address: \"10.1.1.2\" is not an address with its prefix length, like "
             "\"10.1.1.2/24\""},
        Case{"a network with host bits",
             drawing("\"nodes\": [{\"id\": \"a\", \"kind\": \"segment\", \"subnet\": "
                     "\"10.1.1.7/24\"}]"),
             "line 3, nodes[0].subnet: 10.1.1.7/24 has bits behind its prefix length; the network is "
             "10.1.1.0/24"},
        Case{"a bad MAC", drawing("\"groups\": [{\"id\": \"g\", \"virtual_mac\": \"02:00\"}]"),
             "line 3, groups[0].virtual_mac: \"02:00\" is not a MAC address like \"02:00:0a:01:01:02\""},
        Case{"a port out of range",
             drawing("\"services\": [{\"id\": \"s\", \"mode\": \"in-line\", \"ports\": "
                     "[{\"protocol\": \"tcp\", \"port\": 65536}]}]"),
             "line 3, services[0].ports[0].port: 65536 is outside 1 to 65535"},
        Case{"a negative number", drawing("\"groups\": [{\"id\": \"g\", \"heartbeat_ms\": -1}]"),
             "line 3, groups[0].heartbeat_ms: -1 is outside 1 to 3600000"},
        Case{"a negative seed",
             drawing("\"links\": [{\"id\": \"l\", \"a\": {\"node\": \"x\"}, \"b\": {\"node\": "
                     "\"y\"}, \"a_to_b\": {\"seed\": -9223372036854775808}}]"),
             "line 3, links[0].a_to_b.seed: -9.223372036854776e+18 is outside 0 to 18446744073709551616"},
        Case{"a fraction", drawing("\"groups\": [{\"id\": \"g\", \"spares\": 1.5}]"),
             "line 3, groups[0].spares: 1.5 is not a whole number"},
        Case{"a huge number", drawing("\"groups\": [{\"id\": \"g\", \"spares\": 1e400}]"),
             "line 3, groups[0]: not JSON: a number too large for any use"},
        Case{"a huge whole number",
             drawing("\"groups\": [{\"id\": \"g\",\n \"spares\": 99999999999999999999}]"),
             "line 4, groups[0].spares: 1e+20 is outside 0 to 1000"},
        Case{"a share above one",
             drawing("\"links\": [{\"id\": \"l\", \"a\": {\"node\": \"x\"}, \"b\": {\"node\": "
                     "\"y\"}, \"b_to_a\": {\"loss\": 1.01}}]"),
             "line 3, links[0].b_to_a.loss: 1.01 is outside 0 to 1"},
        Case{"a bad colour", drawing("\"vrfs\": [{\"id\": \"v\", \"color\": \"red\"}]"),
             "line 3, vrfs[0].color: \"red\" is not a colour like \"#1f77b4\""},
        Case{"an empty id", drawing("\"vrfs\": [{\"id\": \"\"}]"), "line 3, vrfs[0].id: the text is empty"},
        Case{"an id twice",
             drawing("\"nodes\": [{\"id\": \"a\", \"kind\": \"se\"}],\n\"groups\": [\n{\"id\": \"a\"}]"),
             "line 5, groups[0].id: the id \"a\" is taken by nodes[0]"},
        Case{"a reference into nothing", drawing("\"groups\": [{\"id\": \"g\",\n\"members\": [\n\"se9\"]}]"),
             "line 5, groups[0].members[0]: nothing has the id \"se9\": the members of a group are service "
             "engines (kind "
             "\"se\")"},
        Case{"a group in a group",
             drawing("\"groups\": [{\"id\": \"g\", \"members\": [\"h\"]}, {\"id\": \"h\", "
                     "\"members\": [\"g\"]}]"),
             "line 3, groups[0].members[0]: \"h\" is a group: the members of a group are service engines "
             "(kind \"se\")"},
        Case{"a group in itself", drawing("\"groups\": [{\"id\": \"g\", \"members\": [\"g\"]}]"),
             "line 3, groups[0].members[0]: \"g\" is a group: the members of a group are service engines "
             "(kind \"se\")"},
        Case{"a pool in a pool",
             drawing("\"pools\": [{\"id\": \"p\", \"members\": [{\"server\": \"q\"}]}, {\"id\": "
                     "\"q\", \"members\": [{\"server\": \"p\"}]}]"),
             "line 3, pools[0].members[0].server: \"q\" is a pool: the members of a pool are servers"},
        Case{"a member twice",
             drawing("\"nodes\": [{\"id\": \"a\", \"kind\": \"se\"}],\n\"groups\": [{\"id\": \"g\",\n"
                     "\"members\": [\"a\",\n\"a\"]}]"),
             "line 6, groups[0].members[1]: \"a\" is already a member of this group"},
        Case{
            "a service without its pool",
            drawing("\"services\": [{\"id\": \"s\", \"mode\": \"l2-dsr\",\n\"pool\": "
                    "\"p\"}]"),
            "line 4, services[0].pool: nothing has the id \"p\": a service is served by a pool of \"pools\""},
        Case{"an address pool off a segment",
             drawing("\"address_pools\": [{\"id\": \"p\", \"segment\": \"x\", \"purpose\": "
                     "\"vip\", \"first\": \"10.0.0.1\", \"last\": \"10.0.0.2\"}]"),
             "line 3, address_pools[0].segment: nothing has the id \"x\": an address pool lies on a segment"},
        Case{"source ports backwards",
             drawing("\"nodes\": [{\"id\": \"a\", \"kind\": \"se\", \"source_ports\": {\"first\": 2000,\n"
                     "\"last\": 1999}}]"),
             "line 4, nodes[0].source_ports.last: 1999 does not come after 2000"},
        Case{
            "source ports of a client",
            drawing("\"nodes\": [{\"id\": \"a\", \"kind\": \"client\", \"source_ports\": {\"last\": 1999}}]"),
            "line 3, nodes[0].source_ports: a client has no such property; only a service engine has"},
        Case{"no such port",
             drawing("\"nodes\": [{\"id\": \"a\", \"kind\": \"se\", \"source_ports\": {\"last\": 65536}}]"),
             "line 3, nodes[0].source_ports.last: 65536 is outside 1 to 65535"},
        Case{"a status that redirects nobody",
             drawing("\"services\": [{\"id\": \"v\", \"mode\": \"full-proxy\", \"rules\": [{\"redirect\": "
                     "\"/a\",\n"
                     "\"redirect_status\": 304}]}]"),
             "line 4, services[0].rules[0].redirect_status: 304 sends nobody elsewhere: 301, 302, 303, 307 "
             "and 308 do"},
        Case{"a line feed in a redirect",
             drawing("\"services\": [{\"id\": \"v\", \"mode\": \"full-proxy\", \"rules\": [{\"redirect\": "
                     "\"/a\\r\\nSet-Cookie: b\"}]}]"),
             "line 3, services[0].rules[0].redirect: the text holds the control character U+000D"},
        Case{"a range backwards",
             drawing("\"address_pools\": [{\"id\": \"p\", \"purpose\": \"snat\", \"first\": "
                     "\"10.0.0.2\",\n\"last\": \"10.0.0.1\"}]"),
             "line 4, address_pools[0].last: 10.0.0.1 does not come after 10.0.0.2"},
        Case{"a link to a pool",
             drawing("\"pools\": [{\"id\": \"p\"}], \"links\": [{\"id\": \"l\", \"a\": {\"node\": "
                     "\"p\"}, \"b\": {\"node\": \"y\"}}]"),
             "line 3, links[0].a.node: \"p\" is a pool: a link joins nodes"},
        Case{"an address at a segment",
             drawing("\"nodes\": [{\"id\": \"s\", \"kind\": \"segment\"}],\n\"links\": [{\"id\": "
                     "\"l\", \"a\": {\"node\": \"s\",\n\"address\": \"10.0.0.1/24\"}, \"b\": "
                     "{\"node\": \"y\"}}]"),
             "line 5, links[0].a.address: \"s\" is a segment: its end of a link has no address of its own"},
        Case{"another kind's property",
             drawing("\"nodes\": [{\"id\": \"c\", \"kind\": \"client\",\n\"subnet\": "
                     "\"10.0.0.0/24\"}]"),
             "line 4, nodes[0].subnet: a client has no such property; only a segment has"},
        Case{"a program without words",
             drawing("\"nodes\": [{\"id\": \"c\", \"kind\": \"client\", \"programs\": [{\"name\": "
                     "\"x\"}]}]"),
             "line 3, nodes[0].programs[0].argv: a program needs at least its own name here"},
        Case{"a placement of nothing", drawing("\"layout\": {\n\"ghost one\": {\"x\": 0, \"y\": 0}}"),
             "line 4, layout[\"ghost one\"]: nothing has this id: a placement belongs to an item of the "
             "drawing"},
        Case{"a control character in a name",
             drawing("\"nodes\": [{\"id\": \"a\\u0007b\", \"kind\": \"se\"}]"),
             "line 3, nodes[0].id: the text holds the control character U+0007"},
        Case{"a C1 control in a name", drawing("\"nodes\": [{\"id\": \"a\\u0085b\", \"kind\": \"se\"}]"),
             "line 3, nodes[0].id: the text holds the control character U+0085"},
        Case{"an escaped NUL in a name", drawing("\"nodes\": [{\"id\": \"a\\u0000b\", \"kind\": \"se\"}]"),
             "line 3, nodes[0].id: the text holds the control character U+0000"},
        Case{"a line feed in a name", drawing("\"nodes\": [{\"id\": \"a\\nb\", \"kind\": \"se\"}]"),
             "line 3, nodes[0].id: the text holds the control character U+000A"},
        Case{"a name too long", drawing("\"vrfs\": [{\"id\": \"" + std::string(256, 'x') + "\"}]"),
             "line 3, vrfs[0].id: the text is 256 bytes long; at most 255 are allowed"},
        Case{"a NUL byte", drawing("") + std::string("\0more", 5), "line 5: not JSON: a NUL byte"},
        Case{"invalid UTF-8", drawing("\"name\":\n\"\xff\xfe\""),
             "line 4: not JSON: syntax error while parsing value - invalid string: ill-formed UTF-8 byte"},
        Case{"a surrogate alone", drawing("\"name\": \"\\ud800\""),
             "line 3: not JSON: syntax error while parsing value - invalid string: surrogate U+D800..U+DBFF "
             "must be "
             "followed by U+DC00..U+DFFF"},
        Case{"a comment", "{\n// hello\n\"fulcrum\": 1}",
             "line 2: not JSON: syntax error while parsing object key - invalid literal"},
        Case{"something behind the end", "{\"fulcrum\": 1}\n{}",
             "line 2: not JSON: syntax error while parsing value - unexpected '{'; expected end of input"},
        Case{"nothing", "", "line 1: the file is empty"},
        Case{"only white space", "\n \n", "line 3: the file is empty"}),
    [](const auto& param) {
        std::string name;
        for (const char c : std::string(param.param.what)) {
            name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
        }
        return name;
    });

TEST(RefusalOf, AFileCutOffAnywhere) {
    const std::string text = emit_document(*make_template("in-line"));
    for (std::size_t size = 0; size + 1 < text.size(); ++size) { // without the last line feed it is whole
        expect_refused(text.substr(0, size), fmt::format("cut after {} bytes", size));
        if (testing::Test::HasFailure()) {
            return;
        }
    }
}

// Calls f(pointer, path) for every value below the root, path as error messages write it.
template <class F>
void each_value(const json& value, const json::json_pointer& pointer, const std::string& path, F f) {
    if (!path.empty()) {
        f(pointer, path);
    }
    if (value.is_object()) {
        for (const auto& [key, part] : value.items()) {
            each_value(part, pointer / key, path.empty() ? key : path + "." + key, f);
        }
    } else if (value.is_array()) {
        for (std::size_t i = 0; i < value.size(); ++i) {
            each_value(value[i], pointer / i, fmt::format("{}[{}]", path, i), f);
        }
    }
}

TEST(RefusalOf, AWrongTypeAtAnyKey) {
    const json good = json::parse(emit_document(full_drawing()));
    std::size_t tried = 0;
    each_value(good, json::json_pointer(), "",
               [&](const json::json_pointer& pointer, const std::string& path) {
                   const json& was = good.at(pointer);
                   for (const json& other :
                        {json(nullptr), json(true), json(7), json("?"), json::array(), json::object()}) {
                       if (other.type() == was.type() || (other.is_number() && was.is_number())) {
                           continue;
                       }
                       json damaged = good;
                       damaged.at(pointer) = other;
                       const std::string text = damaged.dump(1);
                       expect_refused(text, path + " = " + other.dump());
                       const auto read = parse_document(text);
                       ASSERT_FALSE(read);
                       EXPECT_THAT(read.error().message, HasSubstr(", " + path + ": ")) << other.dump();
                       // The line is the one that holds the key (an element of a list: the value).
                       const auto line = std::stoul(read.error().message.substr(5));
                       std::size_t begin = 0;
                       for (std::size_t i = 1; i < line; ++i) {
                           begin = text.find('\n', begin) + 1;
                       }
                       const std::string content = text.substr(begin, text.find('\n', begin) - begin);
                       const std::string key = pointer.back();
                       const bool element = path.ends_with(']');
                       EXPECT_THAT(content, HasSubstr(element ? other.dump() : "\"" + key + "\": "))
                           << read.error().message;
                       ++tried;
                   }
               });
    EXPECT_GT(tried, 500U);
}

TEST(RefusalOf, AnUnknownKeyInAnyObject) {
    const json good = json::parse(emit_document(full_drawing()));
    each_value(
        good, json::json_pointer(), "", [&](const json::json_pointer& pointer, const std::string& path) {
            if (!good.at(pointer).is_object()) {
                return;
            }
            json damaged = good;
            damaged.at(pointer)["zzzz"] = 1;
            expect_refused(damaged.dump(1), path);
            EXPECT_THAT(parse_document(damaged.dump(1)).error().message, HasSubstr(path + ".zzzz: ")) << path;
        });
}

TEST(RefusalOf, DeepNesting) {
    for (const std::size_t depth : {33U, 1000U, 1'000'000U}) {
        for (const char* bracket : {"[", "{\"a\":"}) {
            std::string text = "{\"fulcrum\": 1, \"nodes\": ";
            for (std::size_t i = 0; i < depth; ++i) {
                text += bracket;
            }
            expect_refused(text, fmt::format("{} of {}", depth, bracket));
            EXPECT_THAT(parse_document(text).error().message, HasSubstr("nested deeper than 32"));
        }
    }
}

TEST(RefusalOf, HostileTextsStayOutOfTheMessage) {
    const std::string junk(1'000'000, 'x');
    expect_refused("{\"fulcrum\": 1, \"" + junk + "\": 1}", "a long key");
    expect_refused("{\"fulcrum\": 1, \"nodes\": [{\"id\": \"a\", \"kind\": \"" + junk + "\"}]}",
                   "a long word");
    expect_refused("{\"fulcrum\": 1, \"nodes\": \"" + junk, "a long string without end");
    expect_refused("{\"fulcrum\": " + std::string(1'000'000, '9') + "}", "a long number");
    expect_refused("{\"fulcrum\": 1, \"nodes\": [{\"id\": \"a\", \"kind\": \"a\\nb\\u001b[31m\"}]}",
                   "an escape sequence");
    expect_refused("{\"fulcrum\": 1, \"a\\nb\": 1}", "a line feed in a key");
    // Names like paths are no danger here: they never become one.
    const auto path_like =
        parse_document(R"({"fulcrum": 1, "nodes": [{"id": "../../etc/passwd", "kind": "se"}]})");
    EXPECT_TRUE(path_like) << path_like.error().message;
}

TEST(RefusalOf, AnErrorAtTheEndOfALargeFileKeepsItsLine) {
    std::string text = emit_document(make_star(10'000));
    const std::size_t at = text.find("{\"id\": \"client9999\", \"kind\": \"client\"}");
    ASSERT_NE(at, std::string::npos);
    text.replace(text.find("client\"}", at + 20), 6, "clinet");
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    const auto read = parse_document(text);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, StartsWith(fmt::format("line {}, nodes[9999].kind: ", line)));
}

TEST(LargeFiles, AreReadInLinearTime) {
    const std::string text = emit_document(make_star(10'000));
    Result<Document> read;
    const auto cost = cpu_time_of([&] { read = parse_document(text); });
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->nodes.size(), 10'001U);
    EXPECT_LT(cost, std::chrono::seconds(2)); // some 70 ms in an optimized build; sanitizers cost tenfold
}

TEST(LargeFiles, ManyKeysInOneObjectAreNoTrap) {
    std::string text = "{\"fulcrum\": 1, \"layout\": {";
    for (int i = 0; i < 100'000; ++i) {
        text += fmt::format("{}\"k{}\": {{\"x\": 0, \"y\": 0}}", i == 0 ? "" : ",", i);
    }
    text += "}}";
    EXPECT_LT(cpu_time_of([&] { expect_refused(text, "100,000 placements of nothing"); }),
              std::chrono::seconds(4));
}

} // namespace
