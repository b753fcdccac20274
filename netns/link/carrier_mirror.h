// Makes two interfaces behave like the two ends of one cable: when one loses its carrier, because the machine
// at its far end took its own end down, the other is taken down, so that the machine there loses its carrier,
// too.
#pragma once

#include <string>

#include "netns/kernel/netlink_connection.h"

namespace fulcrum::netns {

class CarrierMirror {
public:
    // Indexes of two interfaces in the calling thread's network namespace, at least one of them up. Needs
    // CAP_NET_ADMIN there.
    static Result<CarrierMirror> make(int a, int b);

    int fd() const { return news_.get(); } // readable when some link of the namespace has changed
    // Reads the news and brings the two in line.
    Result<> follow();

private:
    CarrierMirror(int a, int b, UniqueFd news, NetlinkConnection netlink)
        : a_(a), b_(b), news_(std::move(news)), netlink_(std::move(netlink)) {}

    int a_, b_;
    UniqueFd news_;
    NetlinkConnection netlink_;
};

} // namespace fulcrum::netns
