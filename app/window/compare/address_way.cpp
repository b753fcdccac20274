#include "app/window/compare/address_way.h"

#include <algorithm>

#include "designer/checks/checks.h"
#include "designer/edit/edit.h"

namespace fulcrum::window {

using namespace designer;

QString AddressWays::title(AddressWay way) {
    switch (way) {
    case AddressWay::none:
        return tr("Not kept");
    case AddressWay::forwarded_for:
        return tr("X-Forwarded-For");
    case AddressWay::proxy_header:
        return tr("PROXY protocol");
    case AddressWay::in_line:
        return tr("In-line");
    case AddressWay::direct_return:
        return tr("Direct server return");
    }
    return {};
}

QString AddressWays::how(AddressWay way) {
    switch (way) {
    case AddressWay::none:
        return tr(
            "Plain full proxy: the SE ends the client's connection and opens its own, from its own address.");
    case AddressWay::forwarded_for:
        return tr("Full proxy that reads HTTP: it adds the client's address to every request as a header.");
    case AddressWay::proxy_header:
        return tr(
            "Full proxy: each server connection begins with a line, or a few bytes, that name the client.");
    case AddressWay::in_line:
        return tr(
            "The SE is a router. It changes the destination from the VIP to the server, and nothing else.");
    case AddressWay::direct_return:
        return tr("The SE hands packets to a server as they came. The server owns the VIP too, and answers "
                  "by itself.");
    }
    return {};
}

QString AddressWays::where(AddressWay way) {
    switch (way) {
    case AddressWay::none:
        return tr("Nowhere. The peer of its connection is the SE.");
    case AddressWay::forwarded_for:
        return tr("In the X-Forwarded-For header. The peer is the SE.");
    case AddressWay::proxy_header:
        return tr("In the PROXY header. The peer is the SE.");
    case AddressWay::in_line:
    case AddressWay::direct_return:
        return tr("In the packets: the peer of its connection is the client.");
    }
    return {};
}

QString AddressWays::price(AddressWay way) {
    switch (way) {
    case AddressWay::none:
        return tr("Nothing: any server, any route.");
    case AddressWay::forwarded_for:
        return tr("HTTP only. Programs must read the header, and believe it from the SE alone.");
    case AddressWay::proxy_header:
        return tr(
            "Any TCP program, but it must expect the header. Connections cannot be shared between clients.");
    case AddressWay::in_line:
        return tr("Answers must come back through the SE: it is the servers' gateway. Active/standby only.");
    case AddressWay::direct_return:
        return tr("The VIP on every server, silent to ARP. The SE sees no answers; no proxy, no HTTP.");
    }
    return {};
}

AddressWay AddressWays::way_of(const Service& service) {
    switch (service.mode) {
    case Mode::full_proxy:
        break;
    case Mode::in_line:
        return AddressWay::in_line;
    case Mode::l2_dsr:
    case Mode::l3_dsr_ipip:
    case Mode::l3_dsr_gre:
        return AddressWay::direct_return;
    }
    if (service.layer7 && service.forwarded_for != ForwardedFor::off) {
        return AddressWay::forwarded_for;
    }
    return service.proxy_out == ProxyProtocol::off ? AddressWay::none : AddressWay::proxy_header;
}

namespace {

Result<Document> launchable(Document document) {
    const std::vector<Problem> blockers = launch_blockers(document);
    if (!blockers.empty()) {
        return bad_input(blockers.front().why);
    }
    return document;
}

} // namespace

Result<Document> AddressWays::drawing_for(const Document& document, const Id& id, AddressWay way) {
    Document alone = document;
    // Other services would want their own HA of the same engines.
    std::erase_if(alone.services, [&](const Service& service) { return service.id != id; });
    if (alone.services.empty()) {
        return bad_input("the service is no longer in the drawing");
    }
    if (way == AddressWay::in_line) {
        return launchable(set_mode(alone, id, Mode::in_line));
    }
    if (way == AddressWay::direct_return) {
        // On the servers' segment by MAC address, beyond a router through a tunnel.
        Result<Document> by_mac = launchable(set_mode(alone, id, Mode::l2_dsr));
        if (by_mac) {
            return by_mac;
        }
        Result<Document> tunnelled = launchable(set_mode(alone, id, Mode::l3_dsr_ipip));
        return tunnelled ? std::move(tunnelled) : std::move(by_mac);
    }
    alone = set_mode(alone, id, Mode::full_proxy);
    Service& service = *alone.service(id);
    service.layer7 = way == AddressWay::forwarded_for;
    service.forwarded_for = ForwardedFor::append;
    service.proxy_out = way == AddressWay::proxy_header ? ProxyProtocol::v1 : ProxyProtocol::off;
    service.proxy_in = false; // the client here sends none
    if (!service.layer7) {
        service.rules.clear();
        for (Pool& pool : alone.pools) {
            if (pool.persistence == Persistence::cookie) {
                pool.persistence = Persistence::none;
            }
        }
    }
    return launchable(std::move(alone));
}

} // namespace fulcrum::window
