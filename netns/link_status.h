// What is known of one link of a running lab.
#pragma once

#include <cstdint>
#include <string>

#include "netns/lab_plan.h"

namespace fulcrum::netns {

// Of one direction, since the link's process runs.
struct LinkCounters {
    std::uint64_t passed = 0; // wire frames that have left, copies included
    std::uint64_t lost = 0, duplicated = 0, reordered = 0;
    std::uint64_t queue_drops = 0; // the rate's queue was full
    std::uint64_t waiting = 0;     // on their way now
    // Lost against all intention: the link's process came too late to take them, or could not hand them on.
    std::uint64_t missed = 0;
    // How much later than they should have, delayed frames left: upper bounds in powers of two.
    std::uint64_t late_us_median = 0, late_us_p99 = 0;
    bool operator==(const LinkCounters&) const = default;
};

struct LinkStatus {
    std::string node, interface; // the end it was asked by
    std::string far;             // "server1:eth0" or "segment front"
    bool up = false;             // of this end: administratively and carrier
    bool relayed = false;        // a process stands in the middle
    std::string broken;          // why it does not, though it should; empty: nothing is wrong
    LinkFaults out, in;          // of what the node sends, and of what comes to it
    LinkCounters out_counters, in_counters;
};

} // namespace fulcrum::netns
