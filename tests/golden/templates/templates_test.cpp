// The built-in drawings as files, byte by byte. FULCRUM_UPDATE_GOLDEN=1 writes them anew.
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
