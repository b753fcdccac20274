// Waiting until links carry.
//
// When the second end of a veth pair comes up, both have carrier. But the end that came up first gets its
// transmit queue, and the bridge it is a port of hears of it, only when the kernel's "linkwatch" worker comes
// round (net/core/link_watch.c): usually at once, but it takes 200 links at a time and then rests for up to a
// second; and on a busy machine it waits for its turn like everyone. A frame sent before is lost.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "netns/kernel/link.h"

namespace fulcrum::netns {

struct LinkEnd {
    NetlinkConnection* connection = nullptr; // in the end's namespace
    int index = 0;
    std::string what; // names it in an error: "link se1:eth1 – server2:eth0"
};

struct CarrierWait {
    NetlinkConnection* fabric = nullptr; // any namespace of ours, see wait_for_carrier
    Duration longest_standstill{};       // how long not a single end may come to carry
    std::function<bool()> go_on;         // asked now and then; false abandons the wait
};

// Returns when all ends carry, and as bridge ports forward. It waits for as long as some end comes to carry
// now and then, because a busy machine is no reason to fail; the error names an end that does not.
//
// To look at a single interface makes the kernel do what linkwatch would (rtnl_getlink() since Linux 6.9), so
// there is nothing to wait for as a rule. Older kernels are given something urgent to look at in `fabric` now
// and then, which brings linkwatch round.
Result<> wait_for_carrier(std::vector<LinkEnd> ends, const CarrierWait& wait);

} // namespace fulcrum::netns
