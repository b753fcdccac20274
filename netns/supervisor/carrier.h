// Waiting until links carry.
//
// When the second end of a veth pair comes up, both have carrier. But the end that came up first gets its
// transmit queue, and the bridge it is a port of hears of it, only when the kernel's "linkwatch" worker comes
// round: usually at once, but it takes 200 links at a time and then rests for up to a second. A frame sent
// before is lost.
#pragma once

#include <vector>

#include "engine/base/clock.h"
#include "netns/kernel/link.h"

namespace fulcrum::netns {

struct LinkEnd {
    NetlinkConnection* connection = nullptr;
    int index = 0;
};

// Looks at each once and returns those that do not carry, or as bridge ports do not forward. To look at a
// single interface makes the kernel do what linkwatch would (rtnl_getlink() since 6.9).
Result<std::vector<LinkEnd>> settle(const std::vector<LinkEnd>& ends);

// Returns when all carry; fails naming one that does not in time. `fabric`: any namespace of ours, in which
// older kernels are given something urgent to look at now and then, which brings linkwatch round.
Result<> wait_for_carrier(std::vector<LinkEnd> ends, NetlinkConnection& fabric, Duration longest);

} // namespace fulcrum::netns
