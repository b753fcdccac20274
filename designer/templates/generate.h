// Many of a kind at once: "twenty servers here" (SPEC D5).
#pragma once

#include "designer/document/document.h"

namespace fulcrum::designer {

// `count` new nodes linked to the segment, named on from what is there, with free addresses of its subnet,
// placed in rows beside the bar; servers join the pool, and engines the group, that the segment's service
// has, when there is exactly one. The document unchanged when `segment` is not a segment or its subnet has
// not enough room.
Document add_servers(const Document& document, const Id& segment, std::size_t count,
                     std::vector<Id>* created = nullptr);
Document add_ses(const Document& document, const Id& segment, std::size_t count,
                 std::vector<Id>* created = nullptr);
Document add_clients(const Document& document, const Id& segment, std::size_t count,
                     std::vector<Id>* created = nullptr);

} // namespace fulcrum::designer
