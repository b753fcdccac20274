// Nodes in rows by their distance from the clients.
#pragma once

#include "designer/document/document.h"

namespace fulcrum::designer {

// A place for every node. `document.layout` is not looked at.
Layout layered_layout(const Document& document);

} // namespace fulcrum::designer
