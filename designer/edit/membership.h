// Who belongs to a service by where it is linked: what makes a drawing work without filling in lists.
#pragma once

#include <span>

#include "designer/document/document.h"

namespace fulcrum::designer {

// Servers that were just linked to a segment join the pool served there, and service engines the group that
// works there, when they belong to none yet and there is exactly one. An active-standby group takes two
// members. A service on the segment that has no group yet gets one.
void join_services(Document& document, std::span<const Id> nodes, const Id& segment);

// The group that works on a segment: the first with a member there; empty when there is none.
Id group_on(const Document& document, const Id& segment);

} // namespace fulcrum::designer
