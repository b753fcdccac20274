// A display filter as a tree: what was said, before anybody asks whether it makes sense.
#pragma once

#include <memory>

#include "capture/filter/field.h"
#include "capture/filter/lexer.h"

namespace fulcrum::capture {

enum class Relation : std::uint8_t {
    present,
    equal,
    not_equal,
    any_not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    contains,
    matches,
    in,
    bits,
};
std::string_view name_of(Relation relation);

struct SyntaxNode {
    enum class Kind : std::uint8_t { all, any, none, test } kind = Kind::test;
    std::unique_ptr<SyntaxNode> left, right; // all (and), any (or): both; none (not): left

    // test
    const Field* field = nullptr;
    Token field_token;
    Relation relation = Relation::present;
    struct Operand {
        Token low, high; // high.kind is `end` unless it is a range
    };
    std::vector<Operand> operands; // one, but for `in`
};

// or < and < not < test. Fails at the first word that does not fit, unknown fields included.
Filtered<std::unique_ptr<SyntaxNode>> parse_filter(std::string_view text);

} // namespace fulcrum::capture
