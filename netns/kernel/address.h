// Interface addresses as netlink requests.
#pragma once

#include "engine/base/address.h"
#include "netns/kernel/netlink_message.h"

namespace fulcrum::netns {

// Gives `address` (with its prefix length) to the interface, or leaves it as it is when it is there. IPv4
// gets its broadcast address; IPv6 is usable at once (no duplicate address detection: the plan has done
// that).
NetlinkMessage add_address(int index, const IpPrefix& address);

// Fails with EADDRNOTAVAIL when the interface does not have it.
NetlinkMessage remove_address(int index, const IpPrefix& address);

} // namespace fulcrum::netns
