#include "netns/supervisor/carrier.h"

#include <fmt/format.h>
#include <thread>

namespace fulcrum::netns {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds rest{2};
constexpr milliseconds kick_interval{50};
constexpr int kick_index = 1 << 30; // out of the way of every index that a plan comes to

bool carries(const LinkState& link) {
    return link.operational && (!link.is_bridge_port || link.forwarding);
}

// A pair that comes up is urgent to linkwatch, and while it is at it, it does others as well.
Result<> kick(NetlinkConnection& fabric) {
    VethEnd first, second;
    first.index = kick_index;
    first.name = "kick0";
    second.index = kick_index + 1;
    second.name = "kick1";
    first.up = second.up = true;
    NetlinkBatch batch;
    batch.add(make_veth_pair(first, second), "carrier");
    batch.add(remove_link(kick_index), "carrier");
    return fabric.execute(batch);
}

} // namespace

Result<std::vector<LinkEnd>> settle(const std::vector<LinkEnd>& ends) {
    std::vector<LinkEnd> waiting;
    for (const LinkEnd& end : ends) {
        const auto link = look_at_link(*end.connection, end.index);
        if (!link) {
            return tl::unexpected(link.error());
        }
        if (!carries(*link)) {
            waiting.push_back(end);
        }
    }
    return waiting;
}

Result<> wait_for_carrier(std::vector<LinkEnd> ends, NetlinkConnection& fabric, Duration longest) {
    const Instant start = monotonic_now();
    Instant kicked = start;
    for (;;) {
        auto waiting = settle(ends);
        if (!waiting) {
            return tl::unexpected(waiting.error());
        }
        ends = std::move(*waiting);
        if (ends.empty()) {
            return {};
        }
        const Instant now = monotonic_now();
        if (now - start > longest) {
            const auto link = look_at_link(*ends.front().connection, ends.front().index);
            return fail(fmt::format("link {}: no carrier after {} s", link ? link->name : "?",
                                    std::chrono::duration_cast<std::chrono::seconds>(longest).count()));
        }
        if (now - kicked > kick_interval) {
            kicked = now;
            if (auto done = kick(fabric); !done) {
                return done;
            }
        }
        std::this_thread::sleep_for(rest);
    }
}

} // namespace fulcrum::netns
