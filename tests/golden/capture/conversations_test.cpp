// P6: what the index says of captures is what tshark says: packets, bytes, interfaces, comments,
// conversations, streams and TCP analysis.
#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <sstream>

#include "capture/index/capture_file.h"
#include "tests/golden/capture/oracle.h"

namespace fulcrum::capture {
namespace {

std::unique_ptr<CaptureFile> load(const std::filesystem::path& path) {
    auto file = CaptureFile::open(path);
    EXPECT_TRUE(file) << file.error().message;
    (*file)->load();
    return std::move(*file);
}

// tshark's column: exact below 10,000, then cut to kB, MB.
std::string size_text(std::uint64_t bytes) {
    const char* units[] = {" bytes", " kB", " MB", " GB"};
    std::size_t unit = 0;
    for (; bytes >= 10'000 && unit < 3; ++unit) {
        bytes /= 1000;
    }
    return std::to_string(bytes) + units[unit];
}

std::string end_text(ConversationKind kind, const Endpoint& end) {
    switch (kind) {
    case ConversationKind::ethernet:
        return end.mac().text();
    case ConversationKind::ipv4:
    case ConversationKind::ipv6:
        return end.ip().text();
    default:
        return end.ip().text() + ":" + std::to_string(end.port);
    }
}

// "A > B: n frames, size" of both directions, the smaller text first.
std::string line_of(const std::string& a, const std::string& b, const std::string& ab,
                    const std::string& ba) {
    const auto one = a + " > " + b + ": " + ab;
    const auto two = b + " > " + a + ": " + ba;
    return one < two ? one + " | " + two : two + " | " + one;
}

std::multiset<std::string> told_by_us(const CaptureFile& file, ConversationKind kind) {
    const CaptureFile::Reading reading(file);
    const auto& table = reading.index().conversations(kind);
    std::multiset<std::string> lines;
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& one = table[i];
        if (!one.has_frames()) {
            continue; // only quoted by ICMP errors: it has a number and is no conversation
        }
        const auto way = [&](std::size_t n) {
            return std::to_string(one.frames[n]) + " frames, " + size_text(one.bytes[n]);
        };
        const auto a = end_text(kind, one.a), b = end_text(kind, one.b);
        // Between an address and itself tshark tells no direction.
        lines.insert(a == b ? a + " itself: " + std::to_string(one.frames[0] + one.frames[1])
                            : line_of(a, b, way(0), way(1)));
    }
    return lines;
}

constexpr ConversationKind kinds[] = {ConversationKind::ethernet, ConversationKind::ipv4,
                                      ConversationKind::ipv6, ConversationKind::tcp, ConversationKind::udp};

// All tables of one run: each begins with its title.
std::map<ConversationKind, std::multiset<std::string>> told_by_tshark(const std::filesystem::path& path) {
    std::map<std::string, ConversationKind> titles{{"Ethernet", ConversationKind::ethernet},
                                                   {"IPv4", ConversationKind::ipv4},
                                                   {"IPv6", ConversationKind::ipv6},
                                                   {"TCP", ConversationKind::tcp},
                                                   {"UDP", ConversationKind::udp}};
    std::map<ConversationKind, std::multiset<std::string>> told;
    auto kind = ConversationKind::ethernet;
    for (const auto& line : oracle::lines_of(
             oracle::tshark(path, "-q -z conv,eth -z conv,ip -z conv,ipv6 -z conv,tcp -z conv,udp"))) {
        std::istringstream in(line);
        std::string a, arrow, b, size_ba, unit_ba, size_ab, unit_ab;
        std::uint64_t frames_ba = 0, frames_ab = 0;
        in >> a >> arrow;
        if (arrow == "Conversations") {
            kind = titles.at(a);
        } else if (arrow == "<->" &&
                   in >> b >> frames_ba >> size_ba >> unit_ba >> frames_ab >> size_ab >> unit_ab) {
            told[kind].insert(
                a == b ? a + " itself: " + std::to_string(frames_ab + frames_ba)
                       : line_of(a, b, std::to_string(frames_ab) + " frames, " + size_ab + " " + unit_ab,
                                 std::to_string(frames_ba) + " frames, " + size_ba + " " + unit_ba));
        }
    }
    return told;
}

TEST(Captures, ConversationsAreThoseOfTshark) {
    if (const auto why = oracle::missing(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    std::size_t conversations = 0;
    for (const auto& path : oracle::captures()) {
        const auto file = load(path);
        auto theirs = told_by_tshark(path);
        for (const auto kind : kinds) {
            const auto ours = told_by_us(*file, kind);
            EXPECT_EQ(ours, theirs[kind]) << path << " " << name_of(kind);
            conversations += ours.size();
        }
    }
    EXPECT_GT(conversations, oracle::has_public_captures() ? 100U : 50U);
}

// Comments may hold line ends and anything else: compared without white space.
std::string squeezed(std::string text) {
    std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == '\t' || c == ' '; });
    return text;
}

TEST(Captures, PacketsInterfacesAndCommentsAreThoseOfTshark) {
    if (const auto why = oracle::missing(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    for (const auto& path : oracle::captures()) {
        const auto file = load(path);
        const bool pcapng = path.extension() == ".pcapng";
        // tshark also lists blocks without packets as frames; they have no interface.
        const std::string packets = pcapng ? "-Y frame.interface_id -T fields " : "-T fields ";
        const auto rows = oracle::lines_of(oracle::tshark(
            path, packets + "-E separator=';' -e frame.cap_len -e frame.len -e frame.interface_name"));
        ASSERT_EQ(file->size(), rows.size()) << path;
        // Comments may hold line ends: in a run of their own.
        const auto comments = pcapng ? oracle::lines_of(oracle::tshark(path, packets + "-e frame.comment"))
                                     : std::vector<std::string>();
        const CaptureFile::Reading reading(*file);
        for (std::size_t i = 0; i < file->size(); ++i) {
            const auto lengths = std::to_string(file->record(i).captured) + ";" +
                                 std::to_string(file->record(i).original) + ";";
            ASSERT_EQ(lengths, rows[i].substr(0, lengths.size())) << path << " packet " << i + 1;
            std::string ours;
            for (const auto& comment : file->comments(i)) {
                ours += (ours.empty() ? "" : ",") + comment;
            }
            if (i < comments.size()) {
                EXPECT_EQ(squeezed(ours), squeezed(comments[i])) << path << " packet " << i + 1;
            }
            const auto& name = reading.interfaces()[file->record(i).interface].name;
            if (!name.empty()) { // tshark makes names up where there are none
                EXPECT_EQ(lengths + name, rows[i]) << path << " packet " << i + 1;
            }
        }
        EXPECT_FALSE(reading.damage()) << path << ": " << reading.damage()->why;
    }
}

// Bytes and times of the whole file, as capinfos adds them up.
TEST(Captures, TotalsAreThoseOfCapinfos) {
    if (const auto why = oracle::missing(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    if (!oracle::have("capinfos")) {
        GTEST_SKIP() << "capinfos is not installed";
    }
    for (const auto& path : oracle::captures()) {
        const auto file = load(path);
        std::uint64_t bytes = 0;
        for (std::size_t i = 0; i < file->size(); ++i) {
            bytes += file->record(i).original;
        }
        const auto lines =
            oracle::lines_of(oracle::output_of("capinfos -TMr -cd '" + path.string() + "' 2>/dev/null"));
        ASSERT_EQ(lines.size(), 1U) << path;
        std::istringstream in(lines[0].substr(lines[0].find('\t')));
        std::uint64_t packets = 0, data = 0;
        in >> packets >> data;
        if (packets == file->size()) { // it counts blocks without packets, too
            EXPECT_EQ(bytes, data) << path;
        }
    }
}

TEST(Captures, StreamsAndRetransmissionsAreThoseOfTshark) {
    if (const auto why = oracle::missing(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    const std::vector<std::pair<const char*, std::uint16_t>> findings{
        {"retransmission", tcp_finding::any_retransmission},
        {"fast_retransmission", tcp_finding::fast_retransmission},
        {"spurious_retransmission", tcp_finding::spurious_retransmission},
        {"out_of_order", tcp_finding::out_of_order},
        {"lost_segment", tcp_finding::lost_segment},
        {"duplicate_ack", tcp_finding::duplicate_ack},
        {"zero_window", tcp_finding::zero_window},
        {"keep_alive", tcp_finding::keep_alive},
        {"keep_alive_ack", tcp_finding::keep_alive_ack},
        {"window_update", tcp_finding::window_update},
        {"window_full", tcp_finding::window_full},
        {"ack_lost_segment", tcp_finding::ack_lost_segment}};
    for (const auto& path : oracle::captures()) {
        const auto file = load(path);
        std::string fields;
        for (const auto& [name, bits] : findings) {
            fields += std::string(" -e tcp.analysis.") + name;
        }
        const auto rows = oracle::lines_of(oracle::tshark(
            path,
            "-Y tcp -T fields -E separator=';' -E occurrence=f -e frame.number -e tcp.stream" + fields));
        std::size_t shown = 0;
        for (const auto& row : rows) {
            std::vector<std::string> cells(1);
            for (const char c : row) {
                if (c == ';') {
                    cells.emplace_back();
                } else {
                    cells.back() += c;
                }
            }
            const auto& record = file->record(std::stoul(cells[0]) - 1);
            EXPECT_EQ(std::to_string(record.stream), cells[1]) << path << " packet " << cells[0];
            for (std::size_t i = 0; i < findings.size() && shown < 20; ++i) {
                const bool ours = (record.analysis & findings[i].second) != 0;
                const bool theirs = cells.size() > i + 2 && !cells[i + 2].empty();
                if (ours != theirs) {
                    ++shown;
                    ADD_FAILURE() << path << " packet " << cells[0] << " " << findings[i].first << ": "
                                  << ours << " against " << theirs;
                }
            }
        }
    }
}

} // namespace
} // namespace fulcrum::capture
