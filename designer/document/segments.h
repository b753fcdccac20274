// What lies on which segment.
#pragma once

#include "designer/document/document.h"

namespace fulcrum::designer {

// The segment itself and all that are joined to it by links between segments: one broadcast domain.
std::vector<Id> joined_segments(const Document& document, const Id& segment);

// The subnet of the segment, or of the first joined one that has a subnet.
std::optional<IpPrefix> subnet_of(const Document& document, const Id& segment);

// Nodes of that kind linked to the segment or to one joined to it, in document order, each once.
std::vector<Id> nodes_on(const Document& document, const Id& segment, NodeKind kind);

// The segment a VIP lies on: of the service's VRF, with a subnet around the address. Null: outside every
// segment.
const Node* vip_segment(const Document& document, const Service& service);

} // namespace fulcrum::designer
