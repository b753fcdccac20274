// What will not work in a drawing, and why. Each problem is a value with a stable id, so that tests,
// documents and fixes can name it. The list of ids with their sentences: docs/checks.md.
#pragma once

#include "designer/document/document.h"

namespace fulcrum::designer {

enum class Severity { error, warning, note }; // an error refuses to launch
std::string_view name_of(Severity);

struct Problem {
    std::string id; // "duplicate-address"
    Severity severity = Severity::error;
    std::vector<Id> items; // what the canvas points at, first the most to blame
    std::string why;       // one sentence, names not ids
    std::string fix;       // what to do
    bool fixable = false;  // apply_fix does it
};

std::vector<Problem> check(const Document& document); // errors first, then in document order
// The document with the problem mended in the way `fix` says; unchanged when it is not fixable.
Document apply_fix(const Document& document, const Problem& problem);

// Why a lab of this drawing would be refused: its errors, and what is drawn and planned but not yet built
// ("not-available-yet" above a note). Empty: it can be launched. Whoever launches asks this first.
std::vector<Problem> launch_blockers(const Document& document);

} // namespace fulcrum::designer
