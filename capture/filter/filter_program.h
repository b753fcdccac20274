// What a display filter is compiled to. Internal to this folder.
#pragma once

#include <memory>
#include <optional>
#include <re2/re2.h>

#include "capture/filter/syntax.h"

namespace fulcrum::capture {

// What a field is compared with, in the field's own type.
struct Constant {
    std::uint64_t low = 0, high = 0; // numbers; high: the end of a range, else as low
    std::string bytes, high_bytes;   // everything else
    unsigned prefix = 128;           // addresses: leading bits that count
    std::shared_ptr<const re2::RE2> pattern;
};

Filtered<Constant> make_constant(const Field& field, Relation relation, const SyntaxNode::Operand& operand);

class FilterProgram {
public:
    static Filtered<FilterProgram> compile(const SyntaxNode* root); // null: takes everything
    bool run(const PacketView& view, Values& scratch) const;
    bool asks_for_notes() const; // whether a field needs LabNotes

private:
    static constexpr std::uint16_t accept = 0, reject = 1; // the first two places

    struct Test {
        const Field* field = nullptr;
        Relation relation = Relation::present;
        std::uint32_t first_constant = 0, constants = 0;
        std::uint16_t when_true = accept, when_false = reject;
    };
    Filtered<std::uint16_t> add(const SyntaxNode& node, std::uint16_t when_true, std::uint16_t when_false);
    bool holds(const Test& test, const PacketView& view, Values& scratch) const;
    bool holds(const Test& test, const Value& value) const;

    std::vector<Test> tests_{2};
    std::vector<Constant> constants_;
    std::uint16_t entry_ = accept;
};

} // namespace fulcrum::capture
