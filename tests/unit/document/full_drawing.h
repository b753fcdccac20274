// A drawing in which every key of the format is written.
#pragma once

#include "designer/document/document.h"

namespace fulcrum::designer {

inline Document full_drawing() {
    Document d;
    d.name = "everything";
    d.description = "Every key once.\nIn two lines.";
    d.offload = false;

    Node client;
    client.id = "client1";
    client.name = "客户端 1";
    client.kind = NodeKind::client;
    client.note = "says \"hello\"\tand \\ more";
    client.gateway = IpAddress::parse("192.168.1.1");
    client.routes = {{*IpPrefix::parse("10.0.0.0/8"), *IpAddress::parse("192.168.1.1")},
                     {*IpPrefix::parse("2001:db8::/32"), *IpAddress::parse("2001:db8:1::1")}};
    client.derive_routes = false;
    client.programs = {{"shell", {"sh", "-c", "echo a\necho b"}}};
    Node segment;
    segment.id = "segment1";
    segment.name = "segment1";
    segment.kind = NodeKind::segment;
    segment.subnet = IpPrefix::parse("10.1.1.0/24");
    segment.color = "#1f77b4";
    segment.vrf = "inside";
    Node se;
    se.id = "se1";
    se.name = "se1";
    se.kind = NodeKind::se;
    se.auto_gateway = false;
    se.prefer_static_routes = true;
    se.source_ports = {30000, 30099};
    Node server;
    server.id = "server1";
    server.name = "web";
    server.kind = NodeKind::server;
    server.built_in_server = false;
    server.arp_for_loopback = true;
    d.nodes = {client, segment, se, server};

    Link link;
    link.id = "link1";
    link.a = {"client1", IpPrefix::parse("10.1.1.201/24"), true, Mac::parse("02:00:00:00:00:01")};
    link.b.node = "segment1";
    link.mtu_bytes = 9000;
    link.up = false;
    link.a_to_b = {1'000'000'000'000ULL, milliseconds(20), milliseconds(5), 0.01, 0.125, 1.0 / 3, ~0ULL};
    link.b_to_a = {1, milliseconds(1), milliseconds(1), 1e-7, 1e-7, 1, 1};
    Link to_se;
    to_se.id = "link2";
    to_se.a.node = "se1";
    to_se.b.node = "segment1";
    Link to_server;
    to_server.id = "link3";
    to_server.a.node = "segment1";
    to_server.b = {"server1", IpPrefix::parse("10.1.1.11/24"), true, Mac::parse("02:00:00:00:00:0b")};
    d.links = {link, to_se, to_server};

    Group group;
    group.id = "group1";
    group.name = "front";
    group.members = {"se1"};
    group.ha = HaMode::n_plus_m;
    group.spares = 2;
    group.floating = {{"segment1", *IpAddress::parse("10.1.1.1")}};
    group.virtual_mac = Mac::parse("02:00:00:00:01:00");
    group.heartbeat = milliseconds(10);
    group.heartbeat_misses = 3;
    d.groups = {group};
    d.vrfs = {{"inside", "Inside", "#aabbcc"}};

    HealthCheck http;
    http.kind = HealthKind::http;
    http.interval = milliseconds(500);
    http.timeout = milliseconds(250);
    http.rise = 2;
    http.fall = 3;
    http.port = 8080;
    http.method = "HEAD";
    http.path = "/health";
    http.host = "example.test";
    http.expect_status = 204;
    http.expect_body = "ok";
    Pool pool;
    pool.id = "pool1";
    pool.name = "blue";
    pool.members = {{"server1", IpAddress::parse("10.1.1.11"), 8080, 3, true}};
    pool.algorithm = Algorithm::ratio;
    pool.persistence = Persistence::source_ip;
    pool.health = {http};
    pool.passive_failures = 4;
    pool.passive_out = milliseconds(5000);
    pool.color = "#0000ff";
    d.pools = {pool};

    Service service;
    service.id = "service1";
    service.name = "shop";
    service.vrf = "inside";
    service.vip = IpAddress::parse("10.1.1.100");
    service.ports = {{Protocol::tcp, 443, 8443}, {Protocol::udp, 53}};
    service.mode = Mode::l3_dsr_gre;
    service.attachment = Attachment::bgp;
    service.group = "group1";
    service.pool = "pool1";
    service.snat_pool = "snat1";
    service.layer7 = true;
    service.forwarded_for = ForwardedFor::replace;
    service.proxy_out = ProxyProtocol::v2;
    service.proxy_in = true;
    service.rules = {{"www.example.test", "/img", "pool1"},
                     {"old.example.test", "/", {}, "https://www.example.test", 308, true}};
    service.limits = {10, 20, 4'000'000'000U};
    service.closed_ports = ClosedPort::refuse;
    service.enabled = false;
    d.services = {service};
    d.address_pools = {{"snat1", "out", "segment1", PoolPurpose::snat, *IpAddress::parse("10.1.1.50"),
                        *IpAddress::parse("10.1.1.59")}};
    d.notes = {{"note1", "Mind the gap.\n\tTwo lines."}};
    d.layout = {{"client1", {-20.5, 1.0 / 3}}, {"segment1", {0, 150, 560, true}}, {"service1", {1e6, -1e6}}};
    return d;
}

} // namespace fulcrum::designer
