// The addresses that a new link gives to its ends.
#pragma once

#include "designer/document/free_addresses.h"

namespace fulcrum::designer {

// From the subnet of the segment at the other end; none when it has none left.
void give_address(LinkEnd& end, NodeKind kind, SegmentAddresses& addresses);

// A direct link is a network of its own; none when there is no free one.
void give_direct_addresses(Link& link, NodeKind a, NodeKind b, const std::optional<IpPrefix>& network);

} // namespace fulcrum::designer
