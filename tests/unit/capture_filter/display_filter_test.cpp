// P2: what a display filter means, and where a wrong one is wrong.
#include <gmock/gmock.h>

#include "capture/filter/display_filter.h"
#include "tests/unit/capture/made_packets.h"

namespace fulcrum::capture {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace flag = wire::tcp_flag;

// 1 a SYN; 2 a request with X-Forwarded-For on another link; 3 an IP-in-IP packet with a SYN inside; 4 ARP;
// 5 DNS; 6 a VXLAN frame around the SYN; 7 GRE around it; 8 BGP with two messages; 9 BFD.
class Filters : public testing::Test {
protected:
    Filters() {
        made::Pcapng out;
        out.section();
        made::Frame name;
        out.option(name, 2, made::bytes_of("client1:eth0"));
        out.interface(1, 0, name);
        made::Frame second;
        out.option(second, 2, made::bytes_of("se1:eth1"));
        out.interface(1, 0, second);
        const auto syn = made::tcp_packet({"10.0.0.1", "10.0.0.2"}, segment(40'000, 80, 1000, flag::syn));
        out.packet(0, 1'000'000, made::ethernet(2, 1, 0x0800, syn));
        made::Frame comment;
        out.option(comment, 1, made::bytes_of("look here"));
        out.packet(
            1, 1'250'000,
            made::ethernet(
                4, 3, 0x0800,
                made::tcp_packet({"10.0.0.7", "10.0.0.9"}, segment(50'000, 8080, 77, flag::ack | flag::psh),
                                 "GET /a/b?c HTTP/1.1\r\nHost: www.example\r\n"
                                 "X-Forwarded-For: 172.16.1.10\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n")),
            comment);
        out.packet(1, 1'500'000,
                   made::ethernet(
                       4, 3, 0x0800,
                       made::ipv4({.source = "10.1.1.2", .destination = "10.1.2.10", .protocol = 4, .ttl = 9},
                                  syn)));
        out.packet(0, 1'600'000,
                   made::ethernet(0xff, 1, 0x0806, {0,  1, 8, 0, 6, 4, 0, 1, 2, 0, 0,  0, 0, 1,
                                                    10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2}));
        out.packet(0, 1'700'000,
                   made::ethernet(2, 1, 0x0800,
                                  made::udp_packet({"10.0.0.1", "10.0.0.53"}, 5555, 53,
                                                   {0,   9,   1,   0, 0,   1,   0,   0, 0, 0,  0, 0, 3,
                                                    'w', 'w', 'w', 3, 'l', 'a', 'b', 0, 0, 28, 0, 1})));
        made::Frame vxlan{0, 0, 0, 0, 0, 0x01, 0x02, 0}; // known by its port alone
        made::append(vxlan, made::ethernet(8, 7, 0x0800, syn));
        out.packet(
            0, 1'800'000,
            made::ethernet(2, 1, 0x0800, made::udp_packet({"10.9.0.1", "10.9.0.2"}, 1234, 4789, vxlan)));
        made::Frame gre{0x20, 0, 8, 0, 0, 0, 0, 42};
        made::append(gre, syn);
        out.packet(0, 1'900'000,
                   made::ethernet(
                       2, 1, 0x0800,
                       made::ipv4({.source = "10.8.0.1", .destination = "10.8.0.2", .protocol = 47}, gre)));
        std::string messages;
        for (const char type : {'\x01', '\x04'}) {
            messages += std::string(16, '\xff') + std::string("\0\x13", 2) + type;
        }
        out.packet(0, 2'000'000,
                   made::ethernet(2, 1, 0x0800,
                                  made::tcp_packet({"10.0.0.1", "10.0.0.3"},
                                                   segment(33'333, 179, 5, flag::ack), messages)));
        made::Frame bfd(24);
        bfd[0] = 0x20;
        bfd[1] = 0xc0;
        bfd[3] = 24;
        out.packet(
            0, 2'100'000,
            made::ethernet(2, 1, 0x0800, made::udp_packet({"10.0.0.1", "10.0.0.3"}, 49'152, 6784, bfd)));
        file_ = std::move(*CaptureFile::from_bytes(out.file, "made"));
        file_->load();
    }
    static wire::TcpHeader segment(std::uint16_t from, std::uint16_t to, std::uint32_t seq,
                                   std::uint8_t flags) {
        wire::TcpHeader header;
        header.source_port = from;
        header.destination_port = to;
        header.sequence = seq;
        header.flags = flags;
        header.window = 500;
        return header;
    }
    std::vector<std::uint32_t> numbers(std::string_view text, const LabNotes* notes = nullptr) {
        const auto filter = DisplayFilter::compile(text);
        EXPECT_TRUE(filter) << text << ": " << filter.error().message;
        if (!filter) {
            return {};
        }
        auto found = select_packets(*file_, *filter, 0, file_->size(), notes);
        for (auto& one : found) {
            ++one;
        }
        return found;
    }
    std::unique_ptr<CaptureFile> file_;
};

TEST_F(Filters, TakeEverythingWhenEmpty) {
    EXPECT_EQ(numbers("").size(), 9U);
    EXPECT_EQ(numbers("  \t").size(), 9U);
}

TEST_F(Filters, SeeIntoTunnels) {
    EXPECT_THAT(numbers("tcp.flags.syn == 1"), ElementsAre(1, 3, 6, 7));
    EXPECT_THAT(numbers("ipip"), ElementsAre(3));
    EXPECT_THAT(numbers("vxlan.vni == 0x102"), ElementsAre(6));
    EXPECT_THAT(numbers("gre.key == 42"), ElementsAre(7));
    EXPECT_THAT(numbers("ip.addr == 10.0.0.1 and ip.addr == 10.1.2.10"), ElementsAre(3));
    EXPECT_THAT(numbers("ip.ttl == 9"), ElementsAre(3));
    EXPECT_THAT(numbers("eth.src == 02:00:00:00:00:07"), ElementsAre(6)); // the inner one
}

TEST_F(Filters, AreAboutAnyValueOfAField) {
    EXPECT_THAT(numbers("ip.ttl != 64"), IsEmpty());       // the outer 9 differs, the inner does not
    EXPECT_THAT(numbers("ip.ttl !== 64"), ElementsAre(3)); // some value differs
    EXPECT_THAT(numbers("tcp.port != 80"), ElementsAre(2, 8));
    EXPECT_THAT(numbers("!(tcp.port == 80)"), ElementsAre(2, 4, 5, 8, 9));
    EXPECT_THAT(numbers("bgp.type == 4"), ElementsAre(8));
    EXPECT_THAT(numbers("bgp.type in {1}"), ElementsAre(8));
    EXPECT_EQ(numbers("tcp.port not in {80}"), numbers("!(tcp.port in {80})"));
    EXPECT_EQ(numbers("tcp.port !in {80, 90..95} and tcp"), numbers("tcp and not tcp.port in {80, 90..95}"));
}

TEST_F(Filters, BindAndTighterThanOr) {
    EXPECT_THAT(numbers("arp or udp and frame.number == 5"), ElementsAre(4, 5));
    EXPECT_THAT(numbers("(arp or udp) and frame.number == 5"), ElementsAre(5));
    EXPECT_THAT(numbers("not arp and frame.number <= 4"), ElementsAre(1, 2, 3));
    EXPECT_THAT(numbers("!arp&&frame.number<=4"), ElementsAre(1, 2, 3));
}

TEST_F(Filters, KnowNetworksRangesAndParts) {
    EXPECT_THAT(numbers("ip.dst == 10.8.0.0/13"), ElementsAre(6, 7));
    EXPECT_THAT(numbers("tcp.dstport in {1..100, 8080}"), ElementsAre(1, 2, 3, 6, 7));
    EXPECT_THAT(numbers("tcp.flags & 0x08"), ElementsAre(2));
    EXPECT_THAT(numbers("arp.src.hw_mac == 02-00-00-00-00-01"), ElementsAre(4));
    EXPECT_THAT(numbers("frame.time_relative >= 0.25 and frame.time_relative < 0.6000001"),
                ElementsAre(2, 3, 4));
    EXPECT_THAT(numbers("frame contains 06:04:00:01"), ElementsAre(4));
}

TEST_F(Filters, ReadApplications) {
    EXPECT_THAT(numbers("http.x_forwarded_for contains \"172.16.1.10\""), ElementsAre(2));
    EXPECT_THAT(numbers("http.x_forwarded_for == \"10.0.0.1\""), ElementsAre(2)); // the second field
    EXPECT_THAT(numbers("http.request.uri == \"/a/b?c\""), ElementsAre(2));
    EXPECT_THAT(numbers("http.host matches \"^WWW\\\\.\""), ElementsAre(2));
    EXPECT_THAT(numbers("http.host matches r\"ex.mple$\""), ElementsAre(2));
    EXPECT_THAT(numbers("dns.qry.name == \"www.lab\" and dns.qry.type == 28"), ElementsAre(5));
    EXPECT_THAT(numbers("bfd.sta == 3"), ElementsAre(9));
    EXPECT_THAT(numbers("frame.comment contains look"), ElementsAre(2));
}

TEST_F(Filters, KnowTheLab) {
    EXPECT_THAT(numbers("lab.node == \"se1\""), ElementsAre(2, 3));
    EXPECT_THAT(numbers("lab.link == \"client1:eth0\" && tcp"), ElementsAre(1, 6, 7, 8));
    EXPECT_THAT(numbers("lab.request"), IsEmpty());
    LabNotes notes;
    notes.request = {0, 1, 1, 0, 2};
    notes.leg = {0, 1, 2};
    EXPECT_THAT(numbers("lab.request == 1", &notes), ElementsAre(2, 3));
    EXPECT_THAT(numbers("lab.request and not lab.leg == 1", &notes), ElementsAre(3, 5));
}

TEST_F(Filters, SayWhetherTheyNeedTheLadder) {
    EXPECT_TRUE(DisplayFilter::compile("tcp and (udp or lab.request == 3)")->asks_for_notes());
    EXPECT_TRUE(DisplayFilter::compile("not lab.leg")->asks_for_notes());
    EXPECT_FALSE(DisplayFilter::compile("lab.node == \"se1\"")->asks_for_notes());
    EXPECT_FALSE(DisplayFilter::compile("")->asks_for_notes());
}

TEST_F(Filters, CountSequenceNumbersFromTheFirst) {
    EXPECT_THAT(numbers("tcp.seq == 0"), ElementsAre(1, 3, 6, 7));
    EXPECT_THAT(numbers("tcp.seq == 1"), ElementsAre(2, 8));
    EXPECT_THAT(numbers("tcp.seq_raw == 77"), ElementsAre(2));
}

// Captured with editcap -s 46, or a snaplen between the fixed header and the end of the options.
TEST_F(Filters, DecodeWhatTheCaptureKeptOfATcpHeader) {
    auto header = segment(40'000, 80, 1000, wire::tcp_flag::ack | wire::tcp_flag::psh);
    auto packet = made::tcp_packet({"10.0.0.1", "10.0.0.2"}, header, "twelve bytesand a body");
    packet[20 + 12] = 0x80; // the first twelve are options
    made::Pcapng out;
    out.section();
    out.interface(1, 0);
    for (const std::size_t kept :
         {packet.size(), std::size_t{47}, std::size_t{40}, std::size_t{32}, std::size_t{31}}) {
        out.packet(
            0, 5,
            made::ethernet(2, 1, 0x0800,
                           made::Frame(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(kept))));
    }
    file_ = std::move(*CaptureFile::from_bytes(out.file, "cut"));
    file_->load();
    EXPECT_THAT(numbers("tcp.dstport == 80"), ElementsAre(1, 2, 3, 4, 5));
    EXPECT_THAT(numbers("tcp.flags.push == 1 and tcp.ack"), ElementsAre(1, 2, 3));
    EXPECT_THAT(numbers("tcp.hdr_len == 32 and tcp.len == 10"), ElementsAre(1, 2, 3));
    EXPECT_THAT(numbers("tcp.stream == 0 and tcp.seq == 1"), ElementsAre(1, 2, 3));
    EXPECT_THAT(numbers("tcp.window_size"), ElementsAre(1, 2, 3));
}

struct Mistake {
    const char* text;
    std::size_t position;
    const char* says;
};
class WrongFilter : public testing::TestWithParam<Mistake> {};
INSTANTIATE_TEST_SUITE_P(
    Filters, WrongFilter,
    testing::Values(
        Mistake{"tcp.prot == 80", 0, "tcp.port"}, Mistake{"tcp.port == ", 12, "a number should stand here"},
        Mistake{"tcp.port == http", 12, "not a number"}, Mistake{"ip and ip.ttl > 256", 16, "at most 255"},
        Mistake{"ip.addr == 10.0.0.300", 11, "IPv4"}, Mistake{"ip.addr == ::1", 11, "IPv4"},
        Mistake{"(tcp or udp", 11, "\")\""}, Mistake{"tcp udp", 4, "and"}, Mistake{"tcp and", 7, "a field"},
        Mistake{"== 3", 0, "a field"}, Mistake{"http.host == \"abc", 13, "does not end"},
        Mistake{"http.host matches \"(\"", 18, "pattern"}, Mistake{"tcp.port contains \"a\"", 18, "contains"},
        Mistake{"tcp.port in 80", 12, "set"}, Mistake{"tcp.port in {80, }", 17, "value"},
        Mistake{"eth.dst[0] & 1", 7, "means nothing"}, Mistake{"eth.addr == 1:2:3", 12, "MAC"},
        Mistake{"tcp.flags.syn == 7", 17, "0 or 1"}, Mistake{"frame.time_relative < soon", 22, "seconds"}));

TEST_P(WrongFilter, SaysWhere) {
    const auto filter = DisplayFilter::compile(GetParam().text);
    ASSERT_FALSE(filter) << GetParam().text;
    EXPECT_EQ(filter.error().position, GetParam().position) << filter.error().message;
    EXPECT_THAT(filter.error().message, HasSubstr(GetParam().says));
}

TEST(FilterText, DeepAndLongOnesEndWell) {
    EXPECT_FALSE(DisplayFilter::compile(std::string(10'000, '(')));
    EXPECT_FALSE(DisplayFilter::compile(std::string(100'000, ' ') + "tcp"));
    std::string chain = "tcp";
    while (chain.size() < 16'000) {
        chain += " or udp";
    }
    EXPECT_TRUE(DisplayFilter::compile(chain));
}

} // namespace
} // namespace fulcrum::capture
