// What a proof says about the items of a drawing.
#pragma once

#include <unordered_map>
#include <vector>

#include "app/cli/prove_verdict.h"
#include "designer/document/document.h"

namespace fulcrum::window {

// The items that an expectation is about: its service, client and server; when a packet's way broke, the
// nodes and links of the hop that did not come about instead. Names that the drawing does not have are passed
// over.
std::vector<designer::Id> items_of(const designer::Document& drawing, const cli::Expectation& expectation);

// Services, clients and servers: whether everything expected of them holds. Links: whether every packet that
// was expected there crossed them.
std::unordered_map<designer::Id, bool> marks_of(const designer::Document& drawing,
                                                const std::vector<cli::Expectation>& list);

} // namespace fulcrum::window
