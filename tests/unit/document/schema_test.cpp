// resources/schema/drawing.schema.json says what the reader does: the same keys, and for drawings that are
// right and drawings that are wrong the same verdict, by a validator that is not ours.
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <sys/wait.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "designer/document/file.h"
#include "designer/templates/templates.h"
#include "full_drawing.h"

using namespace fulcrum;
using namespace fulcrum::designer;
using nlohmann::json;

namespace {

const std::string schema_file = FULCRUM_SOURCE_DIR "/resources/schema/drawing.schema.json";

json schema() {
    return json::parse(std::ifstream(schema_file));
}

const json& resolve(const json& root, const json& part) {
    const auto ref = part.find("$ref");
    return ref == part.end() ? part : root.at(json::json_pointer(ref->get<std::string>().substr(1)));
}

void collect(const json& root, const json& part, const std::string& prefix, std::set<std::string>& out) {
    const json& type = resolve(root, part);
    if (const auto properties = type.find("properties"); properties != type.end()) {
        EXPECT_EQ(type.at("additionalProperties"), false) << prefix;
        for (const auto& [key, value] : properties->items()) {
            const std::string path = prefix.empty() ? key : prefix + "." + key;
            out.insert(path);
            EXPECT_TRUE(value.contains("description")) << path << " is not described";
            collect(root, value, path, out);
        }
    } else if (const auto items = type.find("items"); items != type.end()) {
        collect(root, *items, prefix + "[]", out);
    } else if (const auto more = type.find("additionalProperties"); more != type.end()) {
        collect(root, *more, prefix + "{}", out);
    }
}

TEST(Schema, NamesTheKeysThatTheReaderKnows) {
    const json root = schema();
    std::set<std::string> described;
    collect(root, root, "", described);
    const std::vector<std::string> keys = format_keys();
    EXPECT_EQ(described, std::set<std::string>(keys.begin(), keys.end()));
}

TEST(Schema, NamesTheDefaultsThatAreLeftOut) {
    // A drawing with every default written out is the drawing without.
    const json root = schema();
    json minimal = json::parse(
        R"({"fulcrum": 1, "nodes": [{"id": "n", "kind": "server"}, {"id": "s", "kind": "se", "source_ports": {}}],
        "links": [{"id": "l", "a": {"node": "n"}, "b": {"node": "s"}, "a_to_b": {}}], "groups": [{"id": "g"}],
        "pools": [{"id": "p", "members": [{"server": "n"}], "health": [{"kind": "http"}]}],
        "services": [{"id": "v", "mode": "in-line", "ports": [{"protocol": "tcp", "port": 1}], "limits": {},
                      "rules": [{"pool": "p"}]}], "layout": {"n": {"x": 0, "y": 0}}})");
    json written = minimal;
    const std::function<void(const json&, json&)> fill = [&](const json& part, json& value) {
        const json& type = resolve(root, part);
        if (value.is_array()) {
            for (json& element : value) {
                fill(type.at("items"), element);
            }
        } else if (value.is_object()) {
            if (type.contains("properties")) {
                for (const auto& [key, property] : type.at("properties").items()) {
                    if (property.contains("default")) {
                        value[key] = property.at("default");
                    } else if (value.contains(key)) {
                        fill(property, value[key]);
                    }
                }
            } else {
                for (auto& [key, element] : value.items()) {
                    fill(type.at("additionalProperties"), element);
                }
            }
        }
    };
    fill(root, written);
    ASSERT_GT(written.dump().size(), 2 * minimal.dump().size());
    const auto a = parse_document(minimal.dump());
    const auto b = parse_document(written.dump());
    ASSERT_TRUE(a) << a.error().message;
    ASSERT_TRUE(b) << b.error().message;
    EXPECT_EQ(*a, *b);
}

template <class F>
void each_value(const json& value, const json::json_pointer& pointer, F f) {
    f(pointer);
    if (value.is_object()) {
        for (const auto& [key, part] : value.items()) {
            each_value(part, pointer / key, f);
        }
    } else if (value.is_array()) {
        for (std::size_t i = 0; i < value.size(); ++i) {
            each_value(value[i], pointer / i, f);
        }
    }
}

// Values that are wrong in themselves, not because of what they refer to.
std::vector<std::pair<std::string, json>> cases() {
    std::vector<std::pair<std::string, json>> out;
    for (const TemplateInfo& info : templates()) {
        out.emplace_back(info.id, json::parse(emit_document(*make_template(info.id))));
    }
    const json full = json::parse(emit_document(full_drawing()));
    out.emplace_back("full drawing", full);
    out.emplace_back("nothing", json::object());
    out.emplace_back("a list", json::array());
    each_value(full, json::json_pointer(), [&](const json::json_pointer& at) {
        const json& was = full.at(at);
        if (at.empty()) {
            return;
        }
        const auto with = [&](const json& other) {
            json changed = full;
            changed.at(at) = other;
            out.emplace_back(fmt::format("{} = {}", at.to_string(), other.dump()), std::move(changed));
        };
        with(nullptr);
        with(was.is_string() ? json(7) : json("7"));
        if (was.is_number()) {
            for (const json& other :
                 {json(-1), json(0), json(67), json(256), json(600), json(1001), json(65536), json(3'600'001),
                  json(4294967296), json(0.5), json(1.0), json(2e7), json(1e30)}) {
                with(other);
            }
        }
        if (was.is_string()) {
            for (const char* other :
                 {"\n", "\x07", "#12345", "#1234567", "10.1.1.1/33", "10.1.1", "fe80::1/129", "x y"}) {
                const bool is_name = at.back() == "id" || at.back() == "name";
                if (!is_name || std::string(other) == "\n" || std::string(other) == "\x07") {
                    with(other);
                }
            }
        }
        if (was.is_object()) {
            json changed = full;
            changed.at(at)["unknown"] = 1;
            out.emplace_back(at.to_string() + " with an unknown key", std::move(changed));
        }
        const json& parent = full.at(at.parent_pointer());
        if (parent.is_object()) {
            json changed = full;
            changed.at(at.parent_pointer()).erase(at.back());
            out.emplace_back(at.to_string() + " missing", std::move(changed));
        }
    });
    return out;
}

// Refusals that a schema cannot express: references, ids, and the properties of other kinds of nodes.
bool is_about_meaning(const std::string& message) {
    for (const char* words : {"nothing has the id", "nothing has this id", "is taken by", "no such property",
                              " is a ", "does not come after", "has bits behind", "a link joins nodes"}) {
        if (message.find(words) != std::string::npos) {
            return true;
        }
    }
    return false;
}

TEST(Schema, JudgesAsTheReaderDoes) {
    std::string path = (std::filesystem::temp_directory_path() / "fulcrum-schema-test-XXXXXX").string();
    const int fd = ::mkstemp(path.data());
    ASSERT_GE(fd, 0);
    ::close(fd);
    std::size_t legal = 0, illegal = 0;
    {
        std::ofstream file(path);
        for (const auto& [what, drawing] : cases()) {
            const auto read = parse_document(drawing.dump());
            if (!read && is_about_meaning(read.error().message)) {
                continue;
            }
            ++(read ? legal : illegal);
            file << json{{"what", what}, {"legal", read.has_value()}, {"drawing", drawing}}.dump() << "\n";
        }
    }
    EXPECT_GT(legal, 100U);
    EXPECT_GT(illegal, 500U);
    const std::string command = fmt::format("python3 {}/tests/unit/document/validate_drawings.py {} {} 2>&1",
                                            FULCRUM_SOURCE_DIR, schema_file, path);
    FILE* pipe = ::popen(command.c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    std::string output;
    std::array<char, 4096> chunk{};
    while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), pipe)) {
        output.append(chunk.data(), got);
    }
    const int status = ::pclose(pipe);
    std::filesystem::remove(path);
    if (WIFEXITED(status) && (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127)) {
        GTEST_SKIP() << "python3-jsonschema is not installed: no independent validator";
    }
    EXPECT_EQ(output, fmt::format("judged {}\n", legal + illegal));
}

// docs/file-format.md names every key, and its example is what the program itself would write.
TEST(Page, SaysWhatTheReaderDoes) {
    std::ifstream in(FULCRUM_SOURCE_DIR "/docs/file-format.md");
    const std::string page{std::istreambuf_iterator<char>(in), {}};
    for (const std::string& key : format_keys()) {
        const std::string last = key.substr(key.rfind('.') + 1); // npos + 1 is 0: the whole of it
        EXPECT_THAT(page, testing::HasSubstr("`" + last + "`")) << key;
    }
    const std::string fence = "```json\n";
    const std::size_t begin = page.find(fence) + fence.size();
    const std::string example = page.substr(begin, page.find("```", begin) - begin);
    const auto read = parse_document(example);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(emit_document(*read), example);
}

} // namespace
