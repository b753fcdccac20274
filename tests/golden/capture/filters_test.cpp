// P2, P6: display filters find the packets that tshark's find, on captures nobody here made.
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <sstream>

#include "capture/filter/display_filter.h"
#include "tests/golden/capture/oracle.h"

namespace fulcrum::capture {
namespace {

constexpr const char* filters[] = {
    // frame
    "frame.number <= 10",
    "frame.len > 1000 && frame.len < 1500",
    "frame.cap_len != frame.len",
    "frame.time_relative < 1.5",
    "frame.time_relative >= 3.642",
    "frame.interface_name == \"en0\"",
    "frame.interface_name contains \"lo\"",
    "frame.comment",
    "frame.comment contains \"Packet\"",
    "frame contains \"HTTP/1.1\"",
    "frame contains 47:45:54:20",
    "frame matches \"user-agent: [^\\r]*linux\"",
    // link
    "eth",
    "eth.addr == 00:13:c3:df:ae:18",
    "eth.src == 00:19:aa:7d:e6:88 || eth.dst == 00:19:aa:7d:e6:88",
    "eth.dst[0] & 1",
    "eth.type == 0x0800",
    "eth.type != 0x0800",
    "vlan.id == 117",
    "vlan.id in {1..20, 118}",
    "arp",
    "arp.opcode == 1",
    "arp.opcode == 2 and arp.src.proto_ipv4 == 10.0.0.0/8",
    // network
    "ip",
    "ip.addr == 10.0.0.6",
    "ip.addr != 10.0.0.6",
    "ip.addr == 212.199.0.0/16",
    "ip.src == 10.0.0.0/24 and not ip.dst == 10.0.0.0/24",
    "ip.ttl < 60",
    "ip.ttl in {1, 64, 128}",
    "ip.id == 0",
    "ip.proto == 17",
    "ip.proto == 47",
    "ip.len >= 1400",
    "ip.flags.df == 1",
    "ip.flags.mf == 1",
    "ip.frag_offset > 0",
    "ipv6.addr == fe80::/10",
    "ipv6.src == 2000::/3",
    "ipv6.hlim == 255",
    "mpls",
    "mpls.label == 200",
    "pppoes",
    "ppp",
    "llc",
    "icmp",
    "icmp.type == 8",
    "icmp.type == 3 && icmp.code == 3",
    "icmpv6.type == 128",
    "gre",
    "gre.proto == 0x880b",
    // transport
    "tcp",
    "tcp.port == 80",
    "tcp.port != 80",
    "tcp.port in {80, 443, 8000..9000}",
    "tcp.srcport == 80 && tcp.len > 0",
    "tcp.dstport >= 1024",
    "tcp.stream == 0",
    "tcp.stream eq 3 or tcp.stream eq 7",
    "tcp.len == 0",
    "tcp.len >= 1000",
    "tcp.seq == 1",
    "tcp.seq > 10000",
    "tcp.ack == 1 && tcp.len > 0",
    "tcp.window_size > 60000",
    "tcp.window_size < 1000 && !tcp.flags.reset == 1",
    "tcp.window_size_value == 65535",
    "tcp.flags.syn == 1",
    "tcp.flags.syn == 1 && tcp.flags.ack == 0",
    "tcp.flags.fin == 1",
    "tcp.flags.reset == 1",
    "tcp.flags.push == 1 and tcp.flags.ack == 1",
    "tcp.flags == 0x012",
    "tcp.flags & 0x04",
    "tcp.hdr_len > 20",
    "tcp.options.mss_val == 1460",
    "tcp contains \"Host:\"",
    "tcp.payload contains \"GET\"",
    "tcp.analysis.retransmission",
    "tcp.analysis.out_of_order",
    "tcp.analysis.duplicate_ack",
    "tcp.analysis.lost_segment",
    "tcp.analysis.window_update",
    "tcp.analysis.keep_alive",
    "not tcp and not udp",
    "!(tcp.port == 80) && tcp",
    "udp",
    "udp.port == 53",
    "udp.srcport == 53 || udp.dstport == 53",
    "udp.length > 100",
    "udp.stream == 2",
    // application
    "http.request",
    "http.response",
    "http.request.method == \"GET\"",
    "http.request.method == \"POST\"",
    "http.request.method in {\"GET\", \"HEAD\"}",
    "http.request.uri contains \".gif\"",
    "http.request.uri matches \"^/[a-f]\"",
    "http.host contains \"google\"",
    "http.host matches \"(yahoo|google)\"",
    "http.response.code == 200",
    "http.response.code >= 300 && http.response.code < 400",
    "http.response.code in {301, 302, 304, 404}",
    "http.user_agent contains \"Mozilla\"",
    "http.x_forwarded_for",
    "http.x_forwarded_for contains \"10.0.0.1\"",
    "dns",
    "dns.qry.name contains \"google\"",
    "dns.qry.name == \"www.ynet.co.il\"",
    "dns.qry.name matches \"^www\"",
    "dns.flags.response == 1",
    "dns.id == 9",
    "dns.qry.type == 28",
    "tls.handshake.type == 1",
    "tls.record.content_type == 21",
    "tls.handshake.extensions_server_name contains \".com\"",
    "bgp",
    "bgp.type == 2",
    "bgp.type == 4",
    "bfd.sta == 3",
    "vxlan.vni == 1",
    // together
    "(ip.src == 10.0.0.6 and tcp.dstport == 80) or (udp and ip.dst == 10.0.0.6)",
    "tcp.flags.syn == 1 and not tcp.flags.ack == 1 and ip.ttl == 64",
    "ip and !icmp and frame.len > 60 and frame.number > 5",
};

std::string lines(const std::vector<std::string>& all) {
    std::string out;
    for (const auto& one : all) {
        out += "  " + one + "\n";
    }
    return out;
}

bool has_comma(const std::string& text) {
    return text.find(',') != std::string::npos;
}

// Filters that use what this one does not have (parts of fields, two fields) must say so, not match something
// else.
TEST(Captures, FiltersFindWhatThoseOfTsharkFind) {
    if (const auto why = oracle::missing(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    std::vector<std::pair<std::string, DisplayFilter>> compiled;
    std::string statistics = "io,stat,0";
    for (const auto* text : filters) {
        if (auto filter = DisplayFilter::compile(text)) {
            compiled.emplace_back(text, *filter);
            // tshark counts all of them in one run, parted by commas; those with a comma have runs of their
            // own.
            if (!has_comma(text)) {
                statistics += std::string(",") + text;
            }
        } else {
            EXPECT_FALSE(filter.error().message.empty());
        }
    }
    EXPECT_GE(compiled.size(), 100U);
    std::map<std::string, std::size_t> matches;
    for (const auto& path : oracle::captures()) {
        auto file = CaptureFile::open(path);
        ASSERT_TRUE(file);
        (*file)->load();
        // tshark lists blocks without packets as frames, too; and its clock ends elsewhere than ours.
        const auto frames = oracle::lines_of(oracle::tshark(path, "-T fields -e frame.number")).size();
        bool strange_times = false;
        for (std::size_t i = 0; i < (*file)->size(); ++i) {
            strange_times =
                strange_times || (*file)->record(i).time_ns == std::numeric_limits<std::int64_t>::max();
        }
        if (frames != (*file)->size()) {
            continue;
        }
        // "| begin <> end | frames | bytes | frames | bytes …"
        std::vector<std::string> cells;
        for (const auto& line : oracle::lines_of(oracle::tshark(path, "-q -z '" + statistics + "'"))) {
            if (line.find("<>") != std::string::npos) {
                std::istringstream in(line);
                for (std::string cell; std::getline(in, cell, '|');) {
                    cells.push_back(cell);
                }
            }
        }
        std::vector<std::string> different;
        std::size_t column = 2;
        if (cells.empty()) { // no statistics without time between packets
            EXPECT_LT((*file)->size(), 10U) << path;
            continue;
        }
        for (const auto& [text, filter] : compiled) {
            std::size_t theirs = 0;
            if (has_comma(text)) {
                if (std::filesystem::file_size(path) < 4096) {
                    continue;
                }
                theirs = oracle::lines_of(oracle::tshark(path, "-Y '" + text + "'")).size();
            } else {
                ASSERT_LT(column, cells.size()) << path;
                theirs = std::stoul(cells[column]);
                column += 2;
            }
            const auto ours = select_packets(**file, filter, 0, (*file)->size()).size();
            matches[text] += theirs;
            if (strange_times && text.find("time_relative") != std::string::npos) {
                continue;
            }
            if (ours != theirs) {
                different.push_back(text + ": " + std::to_string(ours) + " against " +
                                    std::to_string(theirs));
            }
        }
        EXPECT_TRUE(different.empty()) << path << "\n" << lines(different);
    }
    if (!oracle::has_public_captures()) {
        return;
    }
    // A filter that never finds anything proves little: most find something somewhere.
    std::vector<std::string> barren;
    for (const auto& [text, count] : matches) {
        if (count == 0) {
            barren.push_back(text);
        }
    }
    EXPECT_LE(barren.size(), 15U) << lines(barren);
    EXPECT_GE(matches.size() - barren.size(), 60U);
}

} // namespace
} // namespace fulcrum::capture
