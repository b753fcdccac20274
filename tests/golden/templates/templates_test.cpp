// The built-in drawings as files, byte by byte. FULCRUM_UPDATE_GOLDEN=1 writes them anew.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "designer/document/file.h"
#include "designer/templates/templates.h"

using namespace fulcrum;
using namespace fulcrum::designer;
namespace fs = std::filesystem;

namespace {

const fs::path folder = fs::path(FULCRUM_SOURCE_DIR) / "tests/golden/templates";

std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(GoldenTemplates, AreTheCheckedInFiles) {
    std::set<fs::path> expected;
    for (const TemplateInfo& info : templates()) {
        const fs::path file = folder / (info.id + ".json");
        expected.insert(file);
        const std::string text = emit_document(*make_template(info.id));
        if (std::getenv("FULCRUM_UPDATE_GOLDEN") != nullptr) {
            std::ofstream(file, std::ios::binary) << text;
        }
        EXPECT_EQ(text, bytes_of(file)) << file;
    }
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".json") {
            EXPECT_TRUE(expected.contains(entry.path())) << entry.path() << " belongs to no template";
        }
    }
}

TEST(GoldenTemplates, AreReadBackEqual) {
    for (const TemplateInfo& info : templates()) {
        const auto read = read_document(folder / (info.id + ".json"));
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(*read, *make_template(info.id));
        EXPECT_EQ(emit_document(*read), bytes_of(folder / (info.id + ".json")));
    }
}

// SPEC section 4: names and addresses as they are written there.
TEST(GoldenTemplates, HaveTheAddressesOfTheSpecification) {
    const auto address = [](const Document& d, const Id& node, std::size_t interface = 0) {
        return links_of(d, node).at(interface).near->address.value().text();
    };
    const Document in_line = *make_template("in-line");
    EXPECT_EQ(address(in_line, "client1"), "172.16.1.10/24");
    EXPECT_EQ(address(in_line, "router1", 1), "10.1.1.254/24");
    EXPECT_EQ(address(in_line, "se1"), "10.1.1.2/24");
    EXPECT_EQ(address(in_line, "se2"), "10.1.1.3/24");
    EXPECT_EQ(address(in_line, "server1"), "10.1.1.10/24");
    EXPECT_EQ(address(in_line, "server3"), "10.1.1.12/24");
    EXPECT_EQ(in_line.services[0].vip->text(), "10.1.1.100");
    EXPECT_EQ(in_line.groups[0].floating[0].address.text(), "10.1.1.1");
    EXPECT_EQ(in_line.groups[0].ha, HaMode::active_standby);

    const Document l2_dsr = *make_template("l2-dsr");
    EXPECT_EQ(address(l2_dsr, "client1"), "172.16.1.10/24");
    EXPECT_EQ(address(l2_dsr, "router1", 1), "10.1.1.1/24");
    EXPECT_EQ(address(l2_dsr, "se3"), "10.1.1.4/24");
    EXPECT_EQ(address(l2_dsr, "server2"), "10.1.1.11/24");
    EXPECT_EQ(l2_dsr.node("server3"), nullptr);
    EXPECT_EQ(l2_dsr.services[0].vip->text(), "10.1.1.100");

    const Document one_arm = *make_template("one-arm");
    EXPECT_EQ(address(one_arm, "client1"), "192.168.1.101/24");
    EXPECT_EQ(address(one_arm, "se1"), "10.10.10.101/24");
    EXPECT_EQ(address(one_arm, "server3"), "10.10.10.13/24");
    EXPECT_EQ(one_arm.services[0].vip->text(), "10.10.10.100");

    const Document two_arm = *make_template("two-arm");
    EXPECT_EQ(address(two_arm, "client1"), "192.168.1.101/24");
    EXPECT_EQ(address(two_arm, "router1", 1), "192.168.2.1/24");
    EXPECT_EQ(address(two_arm, "se1", 0), "192.168.2.101/24");
    EXPECT_EQ(address(two_arm, "se1", 1), "10.10.10.101/24");
    EXPECT_EQ(address(two_arm, "server1"), "10.10.10.11/24");
    EXPECT_EQ(two_arm.services[0].vip->text(), "192.168.2.100");

    const Document snat = *make_template("snat-pool");
    EXPECT_EQ(address(snat, "se1", 1), "10.10.10.101/24");
    ASSERT_EQ(snat.address_pools.size(), 1U);
    EXPECT_EQ(snat.address_pools[0].last.v4_value() - snat.address_pools[0].first.v4_value(), 1U)
        << "two addresses";
    EXPECT_EQ(snat.services[0].snat_pool, snat.address_pools[0].id);

    const Document proxy = *make_template("full-proxy");
    EXPECT_EQ(address(proxy, "client1"), "172.16.1.10/24");
    EXPECT_EQ(address(proxy, "se1"), "10.1.1.2/24");
    EXPECT_EQ(address(proxy, "se3", 1), "10.1.2.4/24");
    EXPECT_EQ(address(proxy, "server3"), "10.1.2.12/24");
    EXPECT_EQ(proxy.services[0].vip->text(), "10.1.1.1");
    EXPECT_EQ(proxy.groups[0].ha, HaMode::active_active);

    for (const char* tunnel : {"l3-dsr-ipip", "l3-dsr-gre"}) {
        const Document dsr = *make_template(tunnel);
        EXPECT_EQ(address(dsr, "se3"), "10.1.1.4/24");
        EXPECT_EQ(address(dsr, "server1"), "10.1.2.10/24");
        EXPECT_EQ(address(dsr, "server2"), "10.1.2.11/24");
        EXPECT_EQ(dsr.services[0].vip->text(), "10.1.1.100");
        EXPECT_EQ(name_of(dsr.services[0].mode), tunnel);
    }
    for (const char* id : {"bgp-rhi", "static-route-bfd"}) {
        const Document beyond = *make_template(id);
        EXPECT_EQ(address(beyond, "client1"), "192.168.1.101/24");
        EXPECT_EQ(address(beyond, "router1", 1), "172.16.10.1/24");
        EXPECT_EQ(address(beyond, "se2"), "172.16.10.11/24");
        EXPECT_EQ(address(beyond, "server3"), "172.16.10.103/24");
        EXPECT_EQ(beyond.services[0].vip->text(), "10.50.0.11");
    }
}

TEST(GoldenTemplates, AreTheSevenTopologiesOfTheSpecification) {
    const auto address = [](const Document& d, const Id& node, std::size_t interface = 0) {
        return links_of(d, node).at(interface).near->address.value().text();
    };
    const auto vip = [](const Document& d, std::size_t n) { return d.services.at(n).vip->text(); };
    const auto zone_of = [](const Document& d, const Id& node, std::size_t interface = 0) {
        return d.node(links_of(d, node).at(interface).far->node)->vrf;
    };
    const Document one = *make_template("topology-1");
    EXPECT_EQ(address(one, "client1"), "192.168.1.101/24");
    EXPECT_EQ(address(one, "se2"), "172.16.1.11/24");
    EXPECT_EQ(address(one, "server3"), "172.16.10.103/24");
    EXPECT_EQ(address(one, "server4"), "172.16.20.101/24");
    EXPECT_EQ(links_of(one, "router1").size(), 4U) << "all through router1";
    EXPECT_EQ(vip(one, 0), "172.16.1.21");
    EXPECT_EQ(vip(one, 1), "172.16.1.22");

    const Document two = *make_template("topology-2");
    EXPECT_EQ(address(two, "se3"), "172.16.1.12/24");
    EXPECT_EQ(address(two, "se3", 1), "172.16.2.12/24");
    EXPECT_EQ(links_of(two, "router2").size(), 3U);
    EXPECT_EQ(address(two, "server6"), "172.16.20.103/24");

    const Document three = *make_template("topology-3");
    EXPECT_EQ(address(three, "se2"), "172.16.1.11/24");
    EXPECT_EQ(address(three, "se1", 1), "172.16.10.10/24");
    EXPECT_EQ(address(three, "se2", 2), "172.16.20.11/24");
    EXPECT_EQ(three.services[0].mode, Mode::in_line);
    EXPECT_EQ(three.groups[0].ha, HaMode::active_standby);
    EXPECT_EQ(three.groups[0].floating.at(1).address.text(), "172.16.10.1");
    EXPECT_EQ(three.groups[0].floating.at(2).address.text(), "172.16.20.1");

    const Document four = *make_template("topology-4");
    EXPECT_EQ(vip(four, 0), "172.16.10.21");
    EXPECT_EQ(vip(four, 1), "172.16.20.22");
    EXPECT_EQ(address(four, "se1"), "172.16.10.10/24");
    EXPECT_EQ(address(four, "se2", 1), "172.16.20.11/24");
    EXPECT_EQ(address(four, "server4"), "172.16.20.101/24");

    for (const char* id : {"topology-5", "topology-6", "topology-7"}) {
        const Document zones = *make_template(id);
        EXPECT_EQ(vip(zones, 0), "172.16.1.21");
        EXPECT_EQ(vip(zones, 2), "10.10.50.21");
        EXPECT_EQ(address(zones, "se1"), "172.16.1.10/24");
        EXPECT_EQ(address(zones, "server1"), address(zones, "server7")) << "the same subnets in both zones";
        EXPECT_EQ(address(zones, "server4"), address(zones, "server10"));
        EXPECT_EQ(address(zones, "client1"), address(zones, "client2"));
        EXPECT_EQ(zone_of(zones, "server1"), "inside");
        EXPECT_EQ(zone_of(zones, "server12"), "dmz");
        EXPECT_EQ(zones.services[0].vrf, "inside");
        EXPECT_EQ(zones.services[2].vrf, "dmz");
    }
    const Document gateways = *make_template("auto-gateway");
    EXPECT_EQ(address(gateways, "router1", 1), "192.168.2.1/24");
    EXPECT_EQ(address(gateways, "router2", 1), "192.168.3.1/24");
    EXPECT_EQ(address(gateways, "se1", 0), "192.168.2.101/24");
    EXPECT_EQ(address(gateways, "se1", 1), "192.168.3.101/24");
    EXPECT_EQ(links_of(gateways, "se1").size(), 5U) << "two uplinks, three server segments";
    EXPECT_EQ(vip(gateways, 0), "192.168.2.100");
    EXPECT_EQ(vip(gateways, 1), "192.168.3.100");
}

// Nothing stands on anything else, so that a template reads well as it comes.
TEST(GoldenTemplates, KeepTheirDistance) {
    for (const TemplateInfo& info : templates()) {
        const Document d = *make_template(info.id);
        for (const Node& a : d.nodes) {
            for (const Node& b : d.nodes) {
                if (a.id < b.id && a.kind != NodeKind::segment && b.kind != NodeKind::segment) {
                    const Placement& at = d.layout.at(a.id);
                    const Placement& other = d.layout.at(b.id);
                    EXPECT_GE(std::hypot(at.x - other.x, at.y - other.y), 100.0)
                        << info.id << ": " << a.id << " and " << b.id;
                }
            }
        }
        for (const Service& service : d.services) {
            for (const Service& other : d.services) {
                const double apart = std::hypot(d.layout.at(service.id).x - d.layout.at(other.id).x,
                                                d.layout.at(service.id).y - d.layout.at(other.id).y);
                EXPECT_TRUE(service.id == other.id || apart >= 75) << info.id << ": " << service.id;
            }
        }
    }
}

TEST(Star, HasAsManyHostsAsAsked) {
    for (const std::size_t hosts : {0U, 1U, 100U, 10'000U, 70'000U}) {
        const Document d = make_star(hosts);
        EXPECT_EQ(d.nodes.size(), hosts + 1);
        EXPECT_EQ(d.links.size(), hosts);
        std::set<IpAddress> seen;
        for (const Link& link : d.links) {
            EXPECT_TRUE(d.nodes[0].subnet->contains(link.a.address->address));
            EXPECT_TRUE(seen.insert(link.a.address->address).second);
        }
    }
}

} // namespace
