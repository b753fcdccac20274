// For every rule: drawings that break it, each one edit away from one that does not.
#pragma once

#include <functional>

#include "designer/checks/checks.h"
#include "tests/unit/plan/drawing.h"

namespace fulcrum::designer::testing {

struct RuleCase {
    std::string rule;
    std::string name;                      // what is wrong, for the test's output
    std::function<Drawing()> right;        // has no problem of the rule
    std::function<void(Document&)> breaks; // the edit that makes it wrong
    std::vector<Id> items;                 // the problem's first items
    std::string says;                      // part of `why`
    bool fixable = true;
    Severity severity = Severity::error;
};

// By theme; rule_cases() joins them.
std::vector<RuleCase> name_cases();
std::vector<RuleCase> link_cases();
std::vector<RuleCase> address_cases();
std::vector<RuleCase> subnet_cases();
std::vector<RuleCase> gateway_cases();
std::vector<RuleCase> service_cases();
std::vector<RuleCase> content_rule_cases();
std::vector<RuleCase> pool_cases();
std::vector<RuleCase> in_line_cases();
std::vector<RuleCase> dsr_cases();
std::vector<RuleCase> availability_cases();

const std::vector<RuleCase>& rule_cases();

} // namespace fulcrum::designer::testing
