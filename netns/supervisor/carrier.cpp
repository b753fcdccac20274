#include "netns/supervisor/carrier.h"

#include <fmt/format.h>
#include <thread>

namespace fulcrum::netns {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds rest{2};
constexpr milliseconds kick_interval{50};
constexpr int kick_index = 1 << 30; // out of the way of every index that a plan comes to

// Forgets the ends that carry.
Result<> settle(std::vector<LinkEnd>& ends) {
    Result<> outcome;
    std::erase_if(ends, [&](const LinkEnd& end) {
        if (!outcome) {
            return false;
        }
        const auto link = look_at_link(*end.connection, end.index);
        if (!link) {
            outcome = fail(link.error(), end.what);
            return false;
        }
        return link->operational && (!link->is_bridge_port || link->forwarding);
    });
    return outcome;
}

// A pair that comes up is urgent to linkwatch, and while it is at it, it does others as well.
Result<> kick(NetlinkConnection& fabric) {
    VethEnd first, second;
    first.index = kick_index;
    first.name = "kick0";
    second.index = kick_index + 1;
    second.name = "kick1";
    first.up = true;
    NetlinkBatch batch;
    batch.add(make_veth_pair(first, second), "a pair to wake the kernel's linkwatch");
    batch.add(set_link_state(second.index, true), "a pair to wake the kernel's linkwatch");
    batch.add(remove_link(first.index), "a pair to wake the kernel's linkwatch");
    return fabric.execute(batch);
}

} // namespace

Result<> wait_for_carrier(std::vector<LinkEnd> ends, const CarrierWait& wait) {
    Instant progressed = monotonic_now();
    Instant kicked = progressed;
    for (std::size_t before = ends.size();; before = ends.size()) {
        if (auto settled = settle(ends); !settled) {
            return settled;
        }
        if (ends.empty()) {
            return {};
        }
        const Instant now = monotonic_now();
        if (ends.size() < before) {
            progressed = now;
        } else if (now - progressed > wait.longest_standstill) {
            return fail(
                fmt::format("{}: no carrier after {} s{}", ends.front().what,
                            std::chrono::duration_cast<std::chrono::seconds>(wait.longest_standstill).count(),
                            ends.size() > 1 ? fmt::format(" (nor have {} more)", ends.size() - 1) : ""));
        }
        if (!wait.go_on()) {
            return fail("cancelled");
        }
        if (now - kicked > kick_interval) {
            kicked = now;
            if (auto done = kick(*wait.fabric); !done) {
                return done;
            }
        }
        std::this_thread::sleep_for(rest);
    }
}

} // namespace fulcrum::netns
