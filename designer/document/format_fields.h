// The file format, written down once: every entity's keys, their defaults and their rules. Whoever walks a
// document as the file sees it (reader, writer, the check before saving, the list of keys that the schema
// must match) is a visitor of these functions, so none of them can know a key that another does not.
//
// A visitor has:
//   version(key)                          the format version
//   required(key, value, rule...)         a key that is always there
//   field(key, value, fallback, rule...)  left out when it equals the fallback
//   optional(key, value, rule...)         std::optional, left out when it has no value
//   name(key, value, id)                  left out when it equals the id
//   texts(key, list, rule)                a list of strings, left out when empty
//   list(key, list)                       a list of entities, left out when empty
//   required_object(key, value), object(key, value)   a nested entity; the latter left out when all default
//   placements(key, layout)               an object of Placements keyed by id
#pragma once

#include <concepts>

#include "designer/document/document.h"
#include "designer/document/text_rule.h"

namespace fulcrum::designer {

template <class T, class Entity>
concept Of = std::same_as<std::remove_const_t<T>, Entity>;

template <class Entity>
inline const Entity fallback_of{};

inline constexpr Range an_mtu{68, 65535}; // 68: the least an IPv4 link must carry (RFC 791 section 3.2)
inline constexpr Range up_to_an_hour_ms{0, 3600000};
inline constexpr Range a_timer_ms{1, 3600000};
inline constexpr Range a_share{0, 1};
inline constexpr Range a_count{1, 255};
inline constexpr Range a_coordinate{-1e7, 1e7};
inline constexpr Range a_length{0, 1e7};
inline constexpr Range a_redirect_status{301, 308};

template <class V, Of<Route> T>
void fields(V& v, T& route) {
    v.required("destination", route.destination, PrefixRule::network);
    v.required("gateway", route.gateway);
}

template <class V, Of<PortRange> T>
void fields(V& v, T& range) {
    const PortRange& d = fallback_of<PortRange>;
    v.field("first", range.first, d.first, a_port);
    v.field("last", range.last, d.last, a_port);
}

template <class V, Of<Program> T>
void fields(V& v, T& program) {
    v.required("name", program.name, TextRule::name);
    v.texts("argv", program.argv, TextRule::argument);
}

template <class V, Of<Node> T>
void fields(V& v, T& node) {
    const Node& d = fallback_of<Node>;
    v.required("id", node.id, TextRule::id);
    v.name("name", node.name, node.id);
    v.required("kind", node.kind);
    v.field("note", node.note, d.note, TextRule::free);
    v.optional("subnet", node.subnet, PrefixRule::network);
    v.field("color", node.color, d.color, TextRule::color);
    v.field("vrf", node.vrf, d.vrf, TextRule::reference);
    v.optional("gateway", node.gateway);
    v.list("routes", node.routes);
    v.field("derive_routes", node.derive_routes, d.derive_routes);
    v.field("built_in_server", node.built_in_server, d.built_in_server);
    v.field("arp_for_loopback", node.arp_for_loopback, d.arp_for_loopback);
    v.list("programs", node.programs);
    v.field("auto_gateway", node.auto_gateway, d.auto_gateway);
    v.field("prefer_static_routes", node.prefer_static_routes, d.prefer_static_routes);
    v.object("source_ports", node.source_ports);
}

template <class V, Of<LinkEnd> T>
void fields(V& v, T& end) {
    const LinkEnd& d = fallback_of<LinkEnd>;
    v.required("node", end.node, TextRule::reference);
    v.optional("address", end.address, PrefixRule::interface);
    v.field("auto", end.auto_address, d.auto_address);
    v.optional("mac", end.mac);
}

template <class V, Of<Impairment> T>
void fields(V& v, T& impairment) {
    const Impairment& d = fallback_of<Impairment>;
    v.field("rate_bps", impairment.rate_bps, d.rate_bps);
    v.field("delay_ms", impairment.delay, d.delay, up_to_an_hour_ms);
    v.field("jitter_ms", impairment.jitter, d.jitter, up_to_an_hour_ms);
    v.field("loss", impairment.loss, d.loss, a_share);
    v.field("duplicate", impairment.duplicate, d.duplicate, a_share);
    v.field("reorder", impairment.reorder, d.reorder, a_share);
    v.field("seed", impairment.seed, d.seed);
}

template <class V, Of<Link> T>
void fields(V& v, T& link) {
    const Link& d = fallback_of<Link>;
    v.required("id", link.id, TextRule::id);
    v.required_object("a", link.a);
    v.required_object("b", link.b);
    v.field("mtu_bytes", link.mtu_bytes, d.mtu_bytes, an_mtu);
    v.field("up", link.up, d.up);
    v.object("a_to_b", link.a_to_b);
    v.object("b_to_a", link.b_to_a);
}

template <class V, Of<FloatingAddress> T>
void fields(V& v, T& floating) {
    v.required("segment", floating.segment, TextRule::id);
    v.required("address", floating.address);
}

template <class V, Of<Group> T>
void fields(V& v, T& group) {
    const Group& d = fallback_of<Group>;
    v.required("id", group.id, TextRule::id);
    v.name("name", group.name, group.id);
    v.texts("members", group.members, TextRule::id);
    v.field("ha", group.ha, d.ha);
    v.field("spares", group.spares, d.spares, Range{0, 1000});
    v.list("floating", group.floating);
    v.optional("virtual_mac", group.virtual_mac);
    v.field("heartbeat_ms", group.heartbeat, d.heartbeat, a_timer_ms);
    v.field("heartbeat_misses", group.heartbeat_misses, d.heartbeat_misses, a_count);
}

template <class V, Of<Vrf> T>
void fields(V& v, T& vrf) {
    v.required("id", vrf.id, TextRule::id);
    v.name("name", vrf.name, vrf.id);
    v.field("color", vrf.color, fallback_of<Vrf>.color, TextRule::color);
}

template <class V, Of<PoolMember> T>
void fields(V& v, T& member) {
    const PoolMember& d = fallback_of<PoolMember>;
    v.required("server", member.server, TextRule::id);
    v.optional("address", member.address);
    v.field("port", member.port, d.port, any_u16);
    v.field("weight", member.weight, d.weight, Range{1, 65535});
    v.field("drain", member.drain, d.drain);
}

template <class V, Of<HealthCheck> T>
void fields(V& v, T& health) {
    const HealthCheck& d = fallback_of<HealthCheck>;
    v.required("kind", health.kind);
    v.field("interval_ms", health.interval, d.interval, a_timer_ms);
    v.field("timeout_ms", health.timeout, d.timeout, a_timer_ms);
    v.field("rise", health.rise, d.rise, a_count);
    v.field("fall", health.fall, d.fall, a_count);
    v.field("port", health.port, d.port, any_u16);
    v.field("method", health.method, d.method, TextRule::line);
    v.field("path", health.path, d.path, TextRule::line);
    v.field("host", health.host, d.host, TextRule::line);
    v.field("expect_status", health.expect_status, d.expect_status, Range{100, 599});
    v.field("expect_body", health.expect_body, d.expect_body, TextRule::line);
}

template <class V, Of<Pool> T>
void fields(V& v, T& pool) {
    const Pool& d = fallback_of<Pool>;
    v.required("id", pool.id, TextRule::id);
    v.name("name", pool.name, pool.id);
    v.list("members", pool.members);
    v.field("algorithm", pool.algorithm, d.algorithm);
    v.field("persistence", pool.persistence, d.persistence);
    v.list("health", pool.health);
    v.field("passive_failures", pool.passive_failures, d.passive_failures, any_u16);
    v.field("passive_out_ms", pool.passive_out, d.passive_out, a_timer_ms);
    v.field("color", pool.color, d.color, TextRule::color);
}

template <class V, Of<ContentRule> T>
void fields(V& v, T& rule) {
    const ContentRule& d = fallback_of<ContentRule>;
    v.field("host", rule.host, d.host, TextRule::line);
    v.field("path_prefix", rule.path_prefix, d.path_prefix, TextRule::line);
    v.field("pool", rule.pool, d.pool, TextRule::reference);
    v.field("redirect", rule.redirect, d.redirect, TextRule::line);
    v.field("redirect_status", rule.redirect_status, d.redirect_status, a_redirect_status);
    v.field("redirect_keeps_path", rule.redirect_keeps_path, d.redirect_keeps_path);
}

template <class V, Of<Limits> T>
void fields(V& v, T& limits) {
    const Limits& d = fallback_of<Limits>;
    v.field("client_connections", limits.client_connections, d.client_connections, any_u32);
    v.field("client_rate_per_s", limits.client_rate_per_s, d.client_rate_per_s, any_u32);
    v.field("service_connections", limits.service_connections, d.service_connections, any_u32);
}

template <class V, Of<PortRule> T>
void fields(V& v, T& rule) {
    const PortRule& d = fallback_of<PortRule>;
    v.required("protocol", rule.protocol);
    v.required("port", rule.port, a_port);
    v.field("server_port", rule.server_port, d.server_port, any_u16);
}

template <class V, Of<Service> T>
void fields(V& v, T& service) {
    const Service& d = fallback_of<Service>;
    v.required("id", service.id, TextRule::id);
    v.name("name", service.name, service.id);
    v.field("vrf", service.vrf, d.vrf, TextRule::reference);
    v.optional("vip", service.vip);
    v.list("ports", service.ports);
    v.required("mode", service.mode);
    v.field("attachment", service.attachment, d.attachment);
    v.field("group", service.group, d.group, TextRule::reference);
    v.field("pool", service.pool, d.pool, TextRule::reference);
    v.field("snat_pool", service.snat_pool, d.snat_pool, TextRule::reference);
    v.field("layer7", service.layer7, d.layer7);
    v.field("forwarded_for", service.forwarded_for, d.forwarded_for);
    v.field("proxy_out", service.proxy_out, d.proxy_out);
    v.field("proxy_in", service.proxy_in, d.proxy_in);
    v.list("rules", service.rules);
    v.object("limits", service.limits);
    v.field("closed_ports", service.closed_ports, d.closed_ports);
    v.field("enabled", service.enabled, d.enabled);
}

template <class V, Of<AddressPool> T>
void fields(V& v, T& pool) {
    v.required("id", pool.id, TextRule::id);
    v.name("name", pool.name, pool.id);
    v.field("segment", pool.segment, fallback_of<AddressPool>.segment, TextRule::reference);
    v.required("purpose", pool.purpose);
    v.required("first", pool.first);
    v.required("last", pool.last);
}

template <class V, Of<Note> T>
void fields(V& v, T& note) {
    v.required("id", note.id, TextRule::id);
    v.required("text", note.text, TextRule::free);
}

template <class V, Of<Placement> T>
void fields(V& v, T& placement) {
    const Placement& d = fallback_of<Placement>;
    v.required("x", placement.x, a_coordinate);
    v.required("y", placement.y, a_coordinate);
    v.field("width", placement.width, d.width, a_length);
    v.field("vertical", placement.vertical, d.vertical);
}

template <class V, Of<Document> T>
void fields(V& v, T& document) {
    const Document& d = fallback_of<Document>;
    v.version("fulcrum");
    v.field("name", document.name, d.name, TextRule::line);
    v.field("description", document.description, d.description, TextRule::free);
    v.field("offload", document.offload, d.offload);
    v.list("nodes", document.nodes);
    v.list("links", document.links);
    v.list("groups", document.groups);
    v.list("vrfs", document.vrfs);
    v.list("pools", document.pools);
    v.list("services", document.services);
    v.list("address_pools", document.address_pools);
    v.list("notes", document.notes);
    v.placements("layout", document.layout);
}

// The words of an enumeration, in the order an error message lists them.
template <class E>
inline constexpr std::array<E, 0> words_of{};
template <>
inline constexpr std::array words_of<NodeKind>{NodeKind::client, NodeKind::server, NodeKind::se,
                                               NodeKind::router, NodeKind::segment};
template <>
inline constexpr std::array words_of<HaMode>{HaMode::active_active, HaMode::active_standby, HaMode::n_plus_m};
template <>
inline constexpr std::array words_of<ForwardedFor>{ForwardedFor::append, ForwardedFor::replace,
                                                   ForwardedFor::off};
template <>
inline constexpr std::array words_of<ProxyProtocol>{ProxyProtocol::off, ProxyProtocol::v1, ProxyProtocol::v2};
template <>
inline constexpr std::array words_of<PoolPurpose>{PoolPurpose::vip, PoolPurpose::se, PoolPurpose::snat};
template <>
inline constexpr std::array words_of<Mode>{Mode::full_proxy, Mode::in_line, Mode::l2_dsr, Mode::l3_dsr_ipip,
                                           Mode::l3_dsr_gre};
template <>
inline constexpr std::array words_of<Attachment>{Attachment::arp, Attachment::bgp, Attachment::static_route};
template <>
inline constexpr std::array words_of<Algorithm>{Algorithm::round_robin,       Algorithm::ratio,
                                                Algorithm::least_connections, Algorithm::least_load,
                                                Algorithm::fastest_response,  Algorithm::maglev};
template <>
inline constexpr std::array words_of<Persistence>{Persistence::none, Persistence::source_ip,
                                                  Persistence::cookie};
template <>
inline constexpr std::array words_of<HealthKind>{HealthKind::ping, HealthKind::tcp_half_open, HealthKind::tcp,
                                                 HealthKind::http, HealthKind::udp};
template <>
inline constexpr std::array words_of<Protocol>{Protocol::tcp, Protocol::udp};
template <>
inline constexpr std::array words_of<ClosedPort>{ClosedPort::drop, ClosedPort::refuse};

} // namespace fulcrum::designer
