// Where to put what a drawing has no placement for: a file without layout, or with a few items written by
// hand.
#pragma once

#include "designer/document/layout_ground.h"

namespace fulcrum::designer {

// A fresh place for every node, service and note; `document.layout` is not looked at. Clients on top, then
// what is further from them: routers, segments as bars, service engines, servers at the bottom. Nothing
// overlaps.
Layout auto_layout(const Document& document);

// The document's own placements, and a free place near its neighbours for every item that has none.
Layout complete_layout(const Document& document);

// `count` free places in rows above or below a segment's bar, nearest rows first; the rows are as long as the
// bar, and longer when there are many. Empty when the segment has no placement.
std::vector<Placement> rows_beside(const Document& document, const Id& segment, Side side, std::size_t count);

} // namespace fulcrum::designer
