// Mending steps that several fixes share.
#pragma once

#include "designer/checks/checks.h"

namespace fulcrum::designer {

// The link end that items {node, link, …} point at; null when they do not.
LinkEnd* link_end_of(Document& document, const std::vector<Id>& items);

// Gives the end, which has no address, a free one in its subnet, as one by hand; leaves it without when there
// is none.
void give_address(Document& document, LinkEnd& end);

// Another free address for what items point at first: {node, link}, {group, segment?} with one floating
// address, or {service}.
void give_another_address(Document& document, const std::vector<Id>& items);

} // namespace fulcrum::designer
