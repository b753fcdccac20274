// The table of checks. One rule, one id, one function; the functions stand in files by theme.
#pragma once

#include <span>

#include "designer/checks/inspection.h"

namespace fulcrum::designer {

struct Rule {
    std::string_view id;
    Severity severity;
    void (*check)(const Inspection&, Findings&);
    // Mends one problem of this rule in the document, which is the one that was checked; none: by hand only.
    void (*fix)(Document&, const Problem&) = nullptr;
};

std::span<const Rule> rules();

// By theme; rules() joins them.
std::span<const Rule> name_rules();
std::span<const Rule> link_rules();
std::span<const Rule> address_rules();
std::span<const Rule> subnet_rules();
std::span<const Rule> gateway_rules();
std::span<const Rule> route_rules();
std::span<const Rule> service_rules();
std::span<const Rule> content_rule_rules();
std::span<const Rule> source_port_rules();
std::span<const Rule> pool_rules();
std::span<const Rule> in_line_rules();
std::span<const Rule> dsr_rules();
std::span<const Rule> availability_rules();

} // namespace fulcrum::designer
