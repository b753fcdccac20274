#include "designer/checks/checks.h"

#include <algorithm>

#include "designer/checks/rules.h"
#include "designer/plan/plan.h"

namespace fulcrum::designer {

namespace {

// Where an item stands in the document, collections in the order of the format.
std::unordered_map<std::string_view, std::size_t> document_order(const Document& document) {
    std::unordered_map<std::string_view, std::size_t> order;
    const auto add = [&](const auto& collection) {
        for (const auto& entity : collection) {
            order.emplace(entity.id, order.size());
        }
    };
    add(document.nodes);
    add(document.links);
    add(document.groups);
    add(document.vrfs);
    add(document.pools);
    add(document.services);
    add(document.address_pools);
    return order;
}

const Rule* rule_named(std::string_view id) {
    for (const Rule& rule : rules()) {
        if (rule.id == id) {
            return &rule;
        }
    }
    return nullptr;
}

} // namespace

std::string_view name_of(Severity severity) {
    switch (severity) {
    case Severity::error:
        return "error";
    case Severity::warning:
        return "warning";
    case Severity::note:
        return "note";
    }
    return "?";
}

Inspection::Inspection(const Document& document)
    : drawn(document), filled(fill_addresses(document)), network(filled), services(network),
      routing(network, services) {}

void Findings::begin(std::string_view id, Severity severity, bool has_fix) {
    id_ = id;
    severity_ = severity;
    has_fix_ = has_fix;
}

void Findings::add(std::vector<Id> items, std::string why, std::string fix, bool fixable) {
    problems_.push_back(
        {id_, severity_, std::move(items), std::move(why), std::move(fix), fixable && has_fix_});
}

void Findings::add_note(std::vector<Id> items, std::string why, std::string fix) {
    problems_.push_back({id_, Severity::note, std::move(items), std::move(why), std::move(fix), false});
}

std::span<const Rule> rules() {
    static const std::vector<Rule> all = [] {
        std::vector<Rule> list;
        for (const auto theme : {name_rules(), link_rules(), address_rules(), subnet_rules(), gateway_rules(),
                                 route_rules(), service_rules(), content_rule_rules(), source_port_rules(),
                                 pool_rules(), in_line_rules(), dsr_rules(), availability_rules()}) {
            list.insert(list.end(), theme.begin(), theme.end());
        }
        return list;
    }();
    return all;
}

std::vector<Problem> check(const Document& document) {
    const Inspection inspection(document);
    Findings findings;
    for (const Rule& rule : rules()) {
        findings.begin(rule.id, rule.severity, rule.fix != nullptr);
        rule.check(inspection, findings);
    }
    std::vector<Problem> problems = findings.take();
    const auto order = document_order(document);
    const auto rank = [&](const Problem& problem) {
        const auto it = problem.items.empty() ? order.end() : order.find(problem.items.front());
        return std::pair(problem.severity, it == order.end() ? order.size() : it->second);
    };
    std::ranges::stable_sort(problems, {}, rank);
    return problems;
}

Document apply_fix(const Document& document, const Problem& problem) {
    Document mended = document;
    const Rule* rule = problem.fixable ? rule_named(problem.id) : nullptr;
    if (rule != nullptr && rule->fix != nullptr) {
        rule->fix(mended, problem);
    }
    return mended;
}

std::vector<Problem> launch_blockers(const Document& document) {
    std::vector<Problem> problems = check(document);
    std::erase_if(problems, [](const Problem& problem) {
        const bool blocks = problem.severity == Severity::error ||
                            (problem.id == "not-available-yet" && problem.severity == Severity::warning);
        return !blocks;
    });
    return problems;
}

} // namespace fulcrum::designer
