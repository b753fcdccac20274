#include "tests/unit/checks/rule_cases.h"

namespace fulcrum::designer::testing {

const std::vector<RuleCase>& rule_cases() {
    static const std::vector<RuleCase> all = [] {
        std::vector<RuleCase> list;
        for (auto theme :
             {name_cases(), link_cases(), address_cases(), subnet_cases(), gateway_cases(), service_cases(),
              content_rule_cases(), pool_cases(), in_line_cases(), dsr_cases(), availability_cases()}) {
            list.insert(list.end(), theme.begin(), theme.end());
        }
        return list;
    }();
    return all;
}

} // namespace fulcrum::designer::testing
