#include "capture/filter/filter_program.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace fulcrum::capture {
namespace {

int compare_bytes(std::string_view a, std::string_view b) {
    const auto common = std::memcmp(a.data(), b.data(), std::min(a.size(), b.size()));
    return common != 0 ? common : a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

int compare_numbers(std::uint64_t a, std::uint64_t b) {
    return a < b ? -1 : a > b ? 1 : 0;
}

// -1, 0 or 1: the value against the constant's low (or high) end; of addresses only the prefix counts.
int compare(FieldType type, const Value& value, const Constant& constant, bool with_high = false) {
    const auto number = with_high ? constant.high : constant.low;
    const auto& bytes = with_high ? constant.high_bytes : constant.bytes;
    switch (type) {
    case FieldType::number:
    case FieldType::boolean:
        return compare_numbers(value.number, number);
    case FieldType::seconds: {
        const auto a = static_cast<std::int64_t>(value.number), b = static_cast<std::int64_t>(number);
        return a < b ? -1 : a > b ? 1 : 0;
    }
    case FieldType::ipv4: {
        const auto bits = std::min(constant.prefix, 32U);
        const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
        return compare_numbers(value.number & mask, number & mask);
    }
    case FieldType::ipv6: {
        const auto whole = constant.prefix / 8;
        const auto common = std::memcmp(value.bytes.data(), bytes.data(), whole);
        if (common != 0 || constant.prefix % 8 == 0) {
            return common;
        }
        const auto mask = 0xffU << (8 - constant.prefix % 8) & 0xffU;
        return compare_numbers(static_cast<std::uint8_t>(value.bytes[whole]) & mask,
                               static_cast<std::uint8_t>(bytes[whole]) & mask);
    }
    default:
        return compare_bytes(value.bytes, bytes);
    }
}

} // namespace

Filtered<FilterProgram> FilterProgram::compile(const SyntaxNode* root) {
    FilterProgram program;
    if (root != nullptr) {
        const auto entry = program.add(*root, accept, reject);
        if (!entry) {
            return tl::unexpected(entry.error());
        }
        program.entry_ = *entry;
    }
    return program;
}

// Written from the end: where a test goes on to is there before it is. Returns where the node begins.
Filtered<std::uint16_t> FilterProgram::add(const SyntaxNode& node, std::uint16_t when_true,
                                           std::uint16_t when_false) {
    switch (node.kind) {
    case SyntaxNode::Kind::none:
        return add(*node.left, when_false, when_true);
    case SyntaxNode::Kind::all:
    case SyntaxNode::Kind::any: {
        const auto right = add(*node.right, when_true, when_false);
        if (!right) {
            return right;
        }
        return node.kind == SyntaxNode::Kind::all ? add(*node.left, *right, when_false)
                                                  : add(*node.left, when_true, *right);
    }
    case SyntaxNode::Kind::test:
        break;
    }
    Test test;
    test.field = node.field;
    test.relation = node.relation;
    test.first_constant = static_cast<std::uint32_t>(constants_.size());
    test.constants = static_cast<std::uint32_t>(node.operands.size());
    test.when_true = when_true;
    test.when_false = when_false;
    for (const auto& operand : node.operands) {
        auto constant = make_constant(*node.field, node.relation, operand);
        if (!constant) {
            return tl::unexpected(constant.error());
        }
        constants_.push_back(std::move(*constant));
    }
    tests_.push_back(test); // a filter's text is too short for 65,536 of them
    return static_cast<std::uint16_t>(tests_.size() - 1);
}

bool FilterProgram::asks_for_notes() const {
    return std::any_of(tests_.begin(), tests_.end(), [](const Test& test) {
        return test.field != nullptr && (test.field->name == "lab.request" || test.field->name == "lab.leg");
    });
}

bool FilterProgram::run(const PacketView& view, Values& scratch) const {
    auto at = entry_;
    while (at > reject) {
        const auto& test = tests_[at];
        at = holds(test, view, scratch) ? test.when_true : test.when_false;
    }
    return at == accept;
}

bool FilterProgram::holds(const Test& test, const PacketView& view, Values& scratch) const {
    const auto& field = *test.field;
    if (field.protocols != 0) {
        if ((view.record().protocols & field.protocols) == 0) {
            return false;
        }
        if (test.relation == Relation::present && field.type == FieldType::protocol) {
            return true;
        }
    }
    scratch.clear();
    collect(field, view, scratch);
    if (scratch.list().empty()) {
        return false;
    }
    if (test.relation == Relation::present) {
        return true;
    }
    const auto any = [&](auto&& holds_for) {
        for (const auto& value : scratch.list()) {
            if (holds_for(value)) {
                return true;
            }
        }
        return false;
    };
    if (test.relation == Relation::not_equal) { // none of them
        return !any([&](const Value& value) {
            return compare(field.type, value, constants_[test.first_constant]) == 0;
        });
    }
    return any([&](const Value& value) { return holds(test, value); });
}

bool FilterProgram::holds(const Test& test, const Value& value) const {
    const auto type = test.field->type;
    const auto& constant = constants_[test.first_constant];
    switch (test.relation) {
    case Relation::present:
    case Relation::not_equal:
        return false; // about all values: above
    case Relation::equal:
        return compare(type, value, constant) == 0;
    case Relation::any_not_equal:
        return compare(type, value, constant) != 0;
    case Relation::less:
        return compare(type, value, constant) < 0;
    case Relation::less_equal:
        return compare(type, value, constant) <= 0;
    case Relation::greater:
        return compare(type, value, constant) > 0;
    case Relation::greater_equal:
        return compare(type, value, constant) >= 0;
    case Relation::bits:
        return (value.number & constant.low) != 0;
    case Relation::contains:
        return constant.bytes.size() <= value.bytes.size() &&
               ::memmem(value.bytes.data(), value.bytes.size(), constant.bytes.data(),
                        constant.bytes.size()) != nullptr;
    case Relation::matches:
        return re2::RE2::PartialMatch(re2::StringPiece(value.bytes.data(), value.bytes.size()),
                                      *constant.pattern);
    case Relation::in:
        for (std::size_t i = 0; i < test.constants; ++i) {
            const auto& one = constants_[test.first_constant + i];
            const bool range = one.high != one.low || one.high_bytes != one.bytes;
            if (range ? compare(type, value, one) >= 0 && compare(type, value, one, true) <= 0
                      : compare(type, value, one) == 0) {
                return true;
            }
        }
        return false;
    }
    return false;
}

} // namespace fulcrum::capture
