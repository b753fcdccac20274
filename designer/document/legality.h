// What makes a document unreadable as a file: ids that are not unique, references into nothing, values
// outside their rules. Reading refuses such a file, and saving refuses such a document, so that what was
// saved can always be opened.
#pragma once

#include <optional>

#include "designer/document/document.h"
#include "designer/document/json_tree.h"

namespace fulcrum::designer {

struct Illegal {
    Path path;
    std::string reason;
};

// Linear in the size of the document. The first finding in document order.
std::optional<Illegal> illegal_value(const Document& document); // texts, numbers, prefixes
std::optional<Illegal>
illegal_reference(const Document& document); // ids, references, keys of another kind of node

} // namespace fulcrum::designer
