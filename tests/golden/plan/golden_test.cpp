// Drawing in, plan out, compared with the texts kept beside this file. After a change that was meant, and
// only after reading the differences: FULCRUM_UPDATE_GOLDEN=1 golden_plan
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "designer/plan/plan.h"
#include "designer/templates/templates.h"
#include "tests/golden/plan/drawings.h"

namespace fulcrum::designer {
namespace {

const std::string folder = FULCRUM_SOURCE_DIR "/tests/golden/plan/expected/";

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string first_difference(const std::string& expected, const std::string& actual) {
    std::istringstream a(expected), b(actual);
    std::string line_a, line_b;
    for (int number = 1;; ++number) {
        const bool more_a = static_cast<bool>(std::getline(a, line_a));
        const bool more_b = static_cast<bool>(std::getline(b, line_b));
        if (!more_a && !more_b) {
            return "no line differs";
        }
        if (more_a != more_b || line_a != line_b) {
            return "line " + std::to_string(number) + "\n  expected: " + (more_a ? line_a : "(end)") +
                   "\n  actual:   " + (more_b ? line_b : "(end)");
        }
    }
}

void compare(const std::string& name, const std::string& actual) {
    const std::string path = folder + name;
    if (std::getenv("FULCRUM_UPDATE_GOLDEN") != nullptr) {
        std::ofstream(path, std::ios::binary) << actual;
        return;
    }
    const std::string expected = read(path);
    EXPECT_TRUE(expected == actual) << name << ": " << first_difference(expected, actual);
}

class Golden : public ::testing::TestWithParam<testing::NamedDrawing> {};

TEST_P(Golden, plan_is_as_kept) {
    Result<Plan> plan = make_plan(GetParam().document);
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    EXPECT_TRUE(netns::problems_of(plan->lab).empty()) << netns::problems_of(plan->lab).front();
    for (const auto& [id, config] : plan->engines) {
        const auto parsed = engine::parse_config(engine::emit_config(config));
        EXPECT_TRUE(parsed.has_value()) << id << ": " << parsed.error().message;
    }
    compare(GetParam().name + ".routes", plan_as_routes(*plan));
    compare(GetParam().name + ".sh", plan_as_script(*plan));
    // The drawing and the engines' inputs stand in it a second time, as text; once is enough to read.
    plan->lab.document.clear();
    for (netns::NodePlan& node : plan->lab.nodes) {
        for (netns::ProcessPlan& process : node.processes) {
            process.input.clear();
        }
    }
    compare(GetParam().name + ".json", plan_as_json(*plan));
}

std::vector<testing::NamedDrawing> all() {
    std::vector<testing::NamedDrawing> list = testing::drawings();
    for (const TemplateInfo& info : templates()) {
        list.push_back({info.id, *make_template(info.id)});
    }
    return list;
}

INSTANTIATE_TEST_SUITE_P(All, Golden, ::testing::ValuesIn(all()), [](const auto& one) {
    std::string name = one.param.name;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

} // namespace
} // namespace fulcrum::designer
