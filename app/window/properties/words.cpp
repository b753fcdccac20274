#include "app/window/properties/words.h"

#include "app/window/qt_text.h"

namespace fulcrum::window {

using namespace designer;

QString Words::of(NodeKind kind) {
    switch (kind) {
    case NodeKind::client:
        return tr("Client");
    case NodeKind::server:
        return tr("Server");
    case NodeKind::se:
        return tr("Service engine");
    case NodeKind::router:
        return tr("Router");
    case NodeKind::segment:
        return tr("Segment");
    }
    return {};
}

QString Words::of(Mode mode) {
    switch (mode) {
    case Mode::full_proxy:
        return tr("Full proxy");
    case Mode::in_line:
        return tr("In-line routed");
    case Mode::l2_dsr:
        return tr("L2 DSR");
    case Mode::l3_dsr_ipip:
        return tr("L3 DSR, IP-in-IP");
    case Mode::l3_dsr_gre:
        return tr("L3 DSR, GRE");
    }
    return {};
}

QString Words::of(HaMode mode) {
    switch (mode) {
    case HaMode::active_active:
        return tr("Active / active");
    case HaMode::active_standby:
        return tr("Active / standby");
    case HaMode::n_plus_m:
        return tr("N + M");
    }
    return {};
}

namespace {

template <class Value>
QString word(Value value) {
    return to_q(name_of(value));
}

} // namespace

QList<Choice> Words::modes() {
    return {{word(Mode::full_proxy), of(Mode::full_proxy),
             tr("The SE ends the client's connection and opens its own to a server")},
            {word(Mode::in_line), of(Mode::in_line),
             tr("The SE is a router that changes only the destination; servers see the client, and answer "
                "through the SE")},
            {word(Mode::l2_dsr), of(Mode::l2_dsr),
             tr("Only MAC addresses change; servers own the VIP and answer the client directly")},
            {word(Mode::l3_dsr_ipip), of(Mode::l3_dsr_ipip),
             tr("Packets reach servers in an IP-in-IP tunnel; servers answer the client directly")},
            {word(Mode::l3_dsr_gre), of(Mode::l3_dsr_gre),
             tr("Packets reach servers in a GRE tunnel; servers answer the client directly")}};
}

QList<Choice> Words::attachments() {
    return {{word(Attachment::arp), tr("ARP in the segment"), tr("An SE answers ARP for the VIP")},
            {word(Attachment::bgp), tr("BGP to a router"), tr("Every SE announces the VIP as a /32")},
            {word(Attachment::static_route), tr("Static route + BFD"),
             tr("The router holds routes to the VIP and watches the SEs")}};
}

QList<Choice> Words::algorithms() {
    return {
        {word(Algorithm::round_robin), tr("Round robin"), {}},
        {word(Algorithm::ratio), tr("Weighted ratio"), {}},
        {word(Algorithm::least_connections), tr("Least connections"), {}},
        {word(Algorithm::least_load), tr("Least load"), tr("Fewest bytes in flight")},
        {word(Algorithm::fastest_response), tr("Fastest response"), {}},
        {word(Algorithm::maglev), tr("Consistent hash (Maglev)"), tr("Of the client's address and port")}};
}

QList<Choice> Words::persistences(bool reads_http) {
    return {{word(Persistence::none), tr("None"), {}},
            {word(Persistence::source_ip), tr("Client address"), {}},
            {word(Persistence::cookie), tr("HTTP cookie"), tr("The SE sets a cookie that names the server"),
             reads_http ? QString()
                        : tr("Cookies are part of HTTP: switch “HTTP aware” on in a service of this pool")}};
}

QList<Choice> Words::health_kinds() {
    return {{word(HealthKind::ping), tr("Ping"), {}},
            {word(HealthKind::tcp_half_open), tr("TCP, half open"), tr("SYN, SYN-ACK, reset")},
            {word(HealthKind::tcp), tr("TCP, full handshake"), tr("And an orderly end")},
            {word(HealthKind::http), tr("HTTP request"), tr("Method, path, expected status and keyword")},
            {word(HealthKind::udp), tr("UDP"), tr("An answer, or silence of a server that answers a ping")}};
}

QList<Choice> Words::ha_modes() {
    return {{word(HaMode::active_active), of(HaMode::active_active), tr("All members carry the service")},
            {word(HaMode::active_standby), of(HaMode::active_standby),
             tr("The first member carries it, the others wait")},
            {word(HaMode::n_plus_m), of(HaMode::n_plus_m), tr("Spare members take over from a failed one")}};
}

QList<Choice> Words::forwarded_for() {
    return {{word(ForwardedFor::append), tr("Append the client"), {}},
            {word(ForwardedFor::replace), tr("Replace with the client"), {}},
            {word(ForwardedFor::off), tr("Leave alone"), {}}};
}

QList<Choice> Words::proxy_protocols() {
    return {{word(ProxyProtocol::off), tr("Off"), {}},
            {word(ProxyProtocol::v1), tr("Version 1 (text)"), {}},
            {word(ProxyProtocol::v2), tr("Version 2 (binary)"), {}}};
}

QList<Choice> Words::closed_ports() {
    return {{word(ClosedPort::drop), tr("Silent"), tr("Nothing answers")},
            {word(ClosedPort::refuse), tr("Refused"), tr("Reset for TCP, port unreachable for UDP")}};
}

QList<Choice> Words::pool_purposes() {
    return {{word(PoolPurpose::vip), tr("VIPs"), {}},
            {word(PoolPurpose::se), tr("SEs"), {}},
            {word(PoolPurpose::snat), tr("SNAT"), {}}};
}

QList<Choice> Words::protocols() {
    return {{word(Protocol::tcp), QStringLiteral("TCP"), {}},
            {word(Protocol::udp), QStringLiteral("UDP"), {}}};
}

QList<Choice> Words::zones(const Document& document) {
    QList<Choice> choices{{QString(), tr("Global"), {}}};
    for (const Vrf& vrf : document.vrfs) {
        choices.append({to_q(vrf.id), to_q(vrf.name), {}});
    }
    return choices;
}

QString Words::name_of(const Document& document, const Id& id) {
    if (const Node* node = document.node(id)) {
        return to_q(node->name);
    }
    if (const Link* link = document.link(id)) {
        return name_of(document, *link);
    }
    if (const Service* service = document.service(id)) {
        return to_q(service->name);
    }
    if (const Group* group = document.group(id)) {
        return to_q(group->name);
    }
    if (const Pool* pool = document.pool(id)) {
        return to_q(pool->name);
    }
    if (const Vrf* vrf = document.vrf(id)) {
        return to_q(vrf->name);
    }
    for (const AddressPool& pool : document.address_pools) {
        if (pool.id == id) {
            return to_q(pool.name);
        }
    }
    return to_q(id);
}

QString Words::name_of(const Document& document, const Link& link) {
    return name_of(document, link.a.node) + QStringLiteral(" – ") + name_of(document, link.b.node);
}

} // namespace fulcrum::window
