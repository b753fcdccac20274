#include "netns/link/carrier_mirror.h"

#include <array>
#include <cerrno>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "netns/kernel/link.h"

namespace fulcrum::netns {

namespace {

// A change of one may show on the other side and come back once.
constexpr int most_turns = 4;

Result<UniqueFd> subscribe_to_links() {
    UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK;
    if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return fail_errno("follow changes of links");
    }
    return fd;
}

} // namespace

Result<CarrierMirror> CarrierMirror::make(int a, int b) {
    auto news = subscribe_to_links();
    if (!news) {
        return tl::unexpected(news.error());
    }
    auto netlink = NetlinkConnection::open();
    if (!netlink) {
        return tl::unexpected(netlink.error());
    }
    return CarrierMirror(a, b, std::move(*news), std::move(*netlink));
}

Result<> CarrierMirror::follow() {
    // What has changed is looked up, not read: so nothing is missed when the news overflow (ENOBUFS).
    std::array<char, 8192> news;
    while (::recv(news_.get(), news.data(), news.size(), 0) > 0 || errno == ENOBUFS || errno == EINTR) {
    }
    for (int turn = 0; turn < most_turns; ++turn) {
        const auto a = look_at_link(netlink_, a_);
        const auto b = look_at_link(netlink_, b_);
        if (!a || !b) {
            return tl::unexpected(a ? b.error() : a.error());
        }
        // The one that is up tells the other what to do. When both are, one without carrier does.
        const bool a_tells = a->up && (!b->up || !a->operational);
        const LinkState& one = a_tells ? *a : *b;
        const LinkState& other = a_tells ? *b : *a;
        if (!one.up || one.operational == other.up) {
            return {};
        }
        NetlinkBatch batch;
        batch.add(set_link_state(other.index, one.operational, false), other.name);
        if (auto done = netlink_.execute(batch); !done) {
            return done;
        }
    }
    return {};
}

} // namespace fulcrum::netns
