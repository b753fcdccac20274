// What the rules look at, made once per check: the drawing as drawn and with every address given, and its
// network, services and routes; and where they put what they find.
#pragma once

#include <unordered_map>

#include "designer/checks/checks.h"
#include "designer/plan/routing.h"

namespace fulcrum::designer {

struct Inspection {
    explicit Inspection(const Document& document);

    const Document& drawn;
    const Document filled; // same ids, same order, addresses given
    const Network network; // of `filled`, as are the following
    const ServiceMap services;
    const Routing routing;
};

// Collects the problems of one rule after another.
class Findings {
public:
    // What follows belongs to this rule.
    void begin(std::string_view id, Severity severity, bool has_fix);
    // `why` and `fix` are sentences without a full stop; `fixable` false: this one must be mended by hand.
    void add(std::vector<Id> items, std::string why, std::string fix, bool fixable = true);
    // The same as a note, whatever the rule's severity.
    void add_note(std::vector<Id> items, std::string why, std::string fix);

    std::vector<Problem> take() { return std::move(problems_); }

private:
    std::string id_;
    Severity severity_ = Severity::error;
    bool has_fix_ = false;
    std::vector<Problem> problems_;
};

} // namespace fulcrum::designer
