// P2, P6: IP under other headers than Ethernet's, and headers of which the capture kept a part.
#include <gmock/gmock.h>

#include "capture/filter/display_filter.h"
#include "tests/unit/capture/made_packets.h"

namespace fulcrum::capture {
namespace {

using testing::ElementsAre;
using namespace std::string_literals;
using Numbers = std::vector<std::uint32_t>;

// A capture of packets, each on an interface of its own link type.
class LinkHeaders : public testing::Test {
protected:
    LinkHeaders() { out_.section(); }
    void packet(std::uint16_t link, const made::Frame& bytes, std::uint32_t original = 0) {
        out_.interface(link, 0);
        out_.packet(packets_++, 1000, bytes);
        if (original != 0) { // behind the packet: its padding and the block's length
            const auto at = out_.file.size() - 4 - (bytes.size() + 3) / 4 * 4 - 4;
            store_le32(out_.file.data() + at, original);
        }
    }
    Numbers numbers(std::string_view text) {
        if (!file_) {
            file_ = std::move(*CaptureFile::from_bytes(out_.file, "made"));
            file_->load();
        }
        auto found = select_packets(*file_, *DisplayFilter::compile(text), 0, file_->size());
        for (auto& one : found) {
            ++one;
        }
        return found;
    }
    static made::Frame segment() {
        wire::TcpHeader header;
        header.source_port = 40'000;
        header.destination_port = 80;
        header.flags = wire::tcp_flag::syn;
        return made::tcp_packet({"10.0.0.1", "10.0.0.2"}, header);
    }
    static made::Frame behind(std::string_view front, const made::Frame& packet) {
        auto all = made::bytes_of(front);
        made::append(all, packet);
        return all;
    }

private:
    static void store_le32(std::uint8_t* p, std::uint32_t value) {
        for (int i = 0; i < 4; ++i) {
            p[i] = static_cast<std::uint8_t>(value >> (8 * i));
        }
    }
    made::Pcapng out_;
    std::uint32_t packets_ = 0;
    std::unique_ptr<CaptureFile> file_;
};

TEST_F(LinkHeaders, AreGoneThroughToTheIpPacket) {
    const auto ip = segment();
    packet(1, made::ethernet(2, 1, 0x8847, behind("\0\1\x00\x40\0\2\1\x40"s, ip))); // two labels
    packet(1, made::ethernet(2, 1, 48, behind("\xaa\xaa\3\0\0\0\x08\0"s, ip)));
    packet(1, made::ethernet(2, 1, 0x8864, behind("\x11\0\0\7\0\x2a\0\x21"s, ip)));
    packet(9, behind("\xff\3\0\x21"s, ip));
    packet(9, behind("\x21"s, ip));
    packet(50, behind("\xff\3\0\x21"s, ip));
    packet(50, behind("\x0f\0\x08\0"s, ip));
    packet(51, behind("\x11\0\0\7\0\x2a\0\x21"s, ip));
    packet(101, made::ipv4({.source = "10.0.0.3", .destination = "10.0.0.4", .protocol = 51},
                           behind("\4\4\0\0\0\0\0\1\0\0\0\1"s + std::string(12, 'c'), ip)));
    EXPECT_EQ(numbers("tcp.dstport == 80 and ip.src == 10.0.0.1").size(), 9U);
    EXPECT_EQ(numbers("tcp.stream == 0").size(), 9U);
    EXPECT_THAT(numbers("mpls.label == 16 and mpls.label == 32"), ElementsAre(1));
    EXPECT_THAT(numbers("llc"), ElementsAre(2));
    EXPECT_THAT(numbers("pppoe.session_id == 7"), ElementsAre(3, 8));
    EXPECT_THAT(numbers("ppp"), ElementsAre(3, 4, 5, 6, 8));
    EXPECT_THAT(numbers("chdlc"), ElementsAre(7));
}

// Captured with editcap -s, or a snaplen inside a header: what is there of it is there for filters.
TEST_F(LinkHeaders, AreWhatTheCaptureKeptOfThem) {
    const auto cut = [&](const made::Frame& whole, std::size_t kept) {
        packet(101, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept)},
               static_cast<std::uint32_t>(whole.size()));
    };
    const auto tcp = segment(), udp = made::udp_packet({"10.0.0.1", "10.0.0.2"}, 7, 53, made::Frame(20));
    cut(tcp, 24); // 1: the ports
    cut(tcp, 36); // 2: up to the window
    cut(udp, 24); // 3: the ports
    cut(udp, 26); // 4: and the length
    cut(udp, 32); // 5: and the number of a DNS message and its flags
    cut(tcp, 16); // 6: up to the source
    made::Frame six(48, 0);
    six[0] = 0x60;
    six[5] = 8;
    six[6] = 58;
    six[7] = 9;
    six[40] = 128;
    cut(six, 24); // 7: up to the source
    cut(six, 41); // 8: the type of ICMPv6
    EXPECT_THAT(numbers("tcp.port == 80"), ElementsAre(1, 2));
    EXPECT_THAT(numbers("tcp.flags.syn == 1 and tcp.stream == 0 and tcp.len == 0"), ElementsAre(2));
    EXPECT_THAT(numbers("udp.port == 53"), ElementsAre(3, 4, 5));
    EXPECT_THAT(numbers("udp.length == 28"), ElementsAre(4, 5));
    EXPECT_THAT(numbers("dns.flags.response == 0"), ElementsAre(5));
    EXPECT_THAT(numbers("ip.src == 10.0.0.1 and not ip.dst"), ElementsAre(6));
    EXPECT_THAT(numbers("ipv6.hlim == 9 and ipv6.src"), ElementsAre(7, 8));
    EXPECT_THAT(numbers("icmpv6.type == 128"), ElementsAre(8));
}

// An ICMP error about a stream that was not captured so far gives it its number, but no packets.
TEST_F(LinkHeaders, AQuotedStreamHasANumber) {
    const auto error = [&](const made::Frame& about) {
        return made::ipv4({.source = "10.0.0.9", .destination = "10.0.0.1", .protocol = 1},
                          behind("\3\1\0\0\0\0\0\0"s, about));
    };
    const auto udp = made::udp_packet({"10.0.0.2", "10.0.0.1"}, 53, 7, {1, 2, 3});
    const auto first = segment();
    auto second = first;
    second[23] = 77; // another port
    packet(101, error(first));
    packet(101, second);
    packet(101, first);
    packet(101, error(made::Frame(first.begin(), first.begin() + 28))); // too little of it
    packet(101, error(udp));
    packet(101, made::udp_packet({"10.0.0.1", "10.0.0.2"}, 7, 53, {1}));
    EXPECT_THAT(numbers("tcp.stream == 0"), ElementsAre(1, 3));
    EXPECT_THAT(numbers("tcp.stream == 1"), ElementsAre(2));
    EXPECT_THAT(numbers("udp.stream == 0"), ElementsAre(5, 6));
    EXPECT_THAT(numbers("tcp.seq_raw"), ElementsAre(2, 3));
}

} // namespace
} // namespace fulcrum::capture
