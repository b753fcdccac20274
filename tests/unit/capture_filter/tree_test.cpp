// P2: a packet's tree: its bytes, its words, and its agreement with the filters of the same names.
#include <functional>
#include <gmock/gmock.h>
#include <map>
#include <set>

#include "capture/filter/display_filter.h"
#include "capture/index/packet_summary.h"
#include "capture/packet.h"
#include "tests/golden/capture/oracle.h"
#include "tests/unit/capture/made_packets.h"

namespace fulcrum::capture {
namespace {

using testing::HasSubstr;

void each_node(const std::vector<TreeNode>& nodes, const std::function<void(const TreeNode&)>& visit) {
    for (const auto& node : nodes) {
        visit(node);
        each_node(node.children, visit);
    }
}

const TreeNode* find(const std::vector<TreeNode>& nodes, std::string_view name) {
    const TreeNode* found = nullptr;
    each_node(nodes, [&](const TreeNode& node) {
        if (node.name == name && found == nullptr) {
            found = &node;
        }
    });
    return found;
}

// Every named node is a field, lies inside the packet, and its value filters for the packet it is in.
void check(const CaptureFile& file, std::size_t from, std::size_t to, std::size_t& checked) {
    std::map<std::string, bool> known;
    const CaptureFile::Reading reading(file);
    for (auto i = from; i < to; ++i) {
        Layers layers;
        std::vector<std::uint8_t> reassembled;
        reading.layers(i, layers, reassembled);
        const auto size = file.packet(i).bytes.size();
        std::set<std::string> seen;
        each_node(tree_of(reading, i), [&](const TreeNode& node) {
            ASSERT_LE(std::size_t{node.offset} + node.length, node.in_reassembled ? reassembled.size() : size)
                << node.text;
            if (node.name.empty()) {
                return;
            }
            ASSERT_NE(find_field(node.name), nullptr) << node.name << ": " << node.text;
            const auto text = node.name + " == " + node.value;
            if (node.value.empty() || !seen.insert(text).second) {
                return;
            }
            const auto filter = DisplayFilter::compile(text);
            ASSERT_TRUE(filter) << text << ": " << filter.error().message;
            FilterRun run(*filter, reading);
            EXPECT_TRUE(run.matches(i)) << file.name() << " packet " << i + 1 << ": " << text;
            ++checked;
        });
    }
}

TEST(PacketTree, AgreesWithTheFiltersOfItsNames) {
    if (oracle::captures().empty()) {
        GTEST_SKIP() << "no public captures: set FULCRUM_CAPTURES to a folder of them";
    }
    std::size_t checked = 0;
    for (const auto& path : oracle::captures()) {
        auto file = CaptureFile::open(path);
        ASSERT_TRUE(file);
        (*file)->load();
        check(**file, 0, std::min<std::size_t>((*file)->size(), 150), checked);
    }
    EXPECT_GT(checked, 10'000U);
}

struct Checksummed {
    const char* name;
    std::uint16_t field; // 0: as computed
    std::uint32_t flags;
    const char* words;
};

std::vector<TreeNode> tree_with_checksum(std::uint16_t field, std::uint32_t flags) {
    wire::TcpHeader header;
    header.source_port = 1;
    header.destination_port = 2;
    header.flags = wire::tcp_flag::ack;
    auto packet = made::ethernet(2, 1, 0x0800, made::tcp_packet({"10.0.0.1", "10.0.0.2"}, header, "hello"));
    if (field != 0) {
        store_be16(packet.data() + 14 + 20 + 16, field);
    }
    made::Pcapng out;
    out.section();
    out.interface(1, 0);
    made::Frame options, word;
    out.number32(word, flags);
    out.option(options, 2, word);
    out.packet(0, 1, packet, options);
    const auto file = std::move(*CaptureFile::from_bytes(out.file, "made"));
    file->load();
    const CaptureFile::Reading reading(*file);
    return tree_of(reading, 0);
}

std::string checksum_of(const std::vector<TreeNode>& tree, TreeNode::Mark& mark) {
    std::string text;
    each_node(tree, [&](const TreeNode& node) {
        if (node.text.starts_with("Checksum")) {
            text = node.text;
            mark = node.mark;
        }
    });
    return text;
}

// The pseudo-header of 10.0.0.1 → 10.0.0.2, TCP, 25 bytes, summed and not complemented.
constexpr std::uint16_t partial = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 6 + 25;

TEST(PacketTree, AnOffloadedChecksumIsNotCalledWrong) {
    auto mark = TreeNode::Mark::none;
    EXPECT_THAT(checksum_of(tree_with_checksum(0, 0), mark), HasSubstr("right"));
    EXPECT_THAT(checksum_of(tree_with_checksum(partial, 0), mark), HasSubstr("left to offload"));
    EXPECT_EQ(mark, TreeNode::Mark::none);
    EXPECT_THAT(checksum_of(tree_with_checksum(partial - 25, 0), mark), HasSubstr("left to offload"));
    EXPECT_THAT(checksum_of(tree_with_checksum(0x1234, flag_checksum_not_ready), mark),
                HasSubstr("left to offload"));
    EXPECT_THAT(checksum_of(tree_with_checksum(0x1234, 0), mark), HasSubstr("wrong"));
    EXPECT_EQ(mark, TreeNode::Mark::warning);
}

TEST(PacketTree, NamesTheBytesOfAField) {
    const auto tree = tree_with_checksum(0, 0);
    const auto* port = find(tree, "tcp.dstport");
    ASSERT_NE(port, nullptr);
    EXPECT_EQ(port->offset, 14U + 20 + 2);
    EXPECT_EQ(port->length, 2U);
    EXPECT_EQ(port->text, "Destination port: 2");
    const auto* source = find(tree, "ip.src");
    ASSERT_NE(source, nullptr);
    EXPECT_EQ(source->text, "Source: 10.0.0.1");
    EXPECT_EQ(source->offset, 26U);
}

TEST(PacketSummary, TellsAPacketInARow) {
    made::Pcapng out;
    out.section();
    out.interface(1, 0);
    wire::TcpHeader header;
    header.source_port = 4000;
    header.destination_port = 80;
    header.sequence = 1000;
    header.flags = wire::tcp_flag::syn;
    header.window = 512;
    const made::Ipv4 ip{"10.0.0.1", "10.0.0.2"};
    out.packet(0, 1, made::ethernet(2, 1, 0x0800, made::tcp_packet(ip, header)));
    header.flags = wire::tcp_flag::ack;
    ++header.sequence;
    out.packet(0, 2,
               made::ethernet(2, 1, 0x0800, made::tcp_packet(ip, header, "GET /\x01 HTTP/1.1\r\n\r\n")));
    const auto file = std::move(*CaptureFile::from_bytes(out.file, "made"));
    file->load();
    const CaptureFile::Reading reading(*file);
    EXPECT_EQ(summarize(reading, 0).info, "4000 → 80 [SYN] Seq=0 Win=512 Len=0");
    EXPECT_EQ(summarize(reading, 0).source, "10.0.0.1");
    EXPECT_EQ(summarize(reading, 0).protocol, "TCP");
    EXPECT_EQ(summarize(reading, 1).info, "GET /\\x01");
    EXPECT_EQ(summarize(reading, 1).protocol, "HTTP");
}

} // namespace
} // namespace fulcrum::capture
