// P2: what is worked out of an open capture: streams put in order, requests with their answers, lines of
// charts.
#include <gmock/gmock.h>

#include "capture/digest/followed_stream.h"
#include "capture/digest/http_exchanges.h"
#include "capture/digest/traffic_series.h"
#include "tests/unit/capture/made_packets.h"

namespace fulcrum::capture {
namespace {

namespace flag = wire::tcp_flag;
using testing::ElementsAre;

constexpr std::size_t plenty = 1'000'000;
const made::Ipv4 up{"10.0.0.1", "10.0.0.2"}, down{"10.0.0.2", "10.0.0.1"};

// A conversation of one client port, written into the capture at a moment and an interface.
class Talk {
public:
    explicit Talk(made::Pcapng& out, std::uint16_t port = 40'000, std::uint32_t interface = 0)
        : out_(out), port_(port), interface_(interface) {}
    void client(std::uint64_t at_us, std::uint32_t seq, std::uint32_t ack, std::uint8_t flags,
                std::string_view data = {}) {
        add(at_us, seq, ack, flags, data, false);
    }
    void server(std::uint64_t at_us, std::uint32_t seq, std::uint32_t ack, std::uint8_t flags,
                std::string_view data = {}) {
        add(at_us, seq, ack, flags, data, true);
    }
    void shake_hands(std::uint64_t at_us) {
        client(at_us, 100, 0, flag::syn);
        server(at_us + 1, 500, 101, flag::syn | flag::ack);
        client(at_us + 2, 101, 501, flag::ack);
    }

private:
    void add(std::uint64_t at_us, std::uint32_t seq, std::uint32_t ack, std::uint8_t flags,
             std::string_view data, bool from_server) {
        wire::TcpHeader header;
        header.source_port = from_server ? 80 : port_;
        header.destination_port = from_server ? port_ : 80;
        header.sequence = seq;
        header.acknowledgement = ack;
        header.flags = flags;
        header.window = 1000;
        out_.packet(interface_, at_us,
                    made::ethernet(2, 1, 0x0800, made::tcp_packet(from_server ? down : up, header, data)));
    }
    made::Pcapng& out_;
    std::uint16_t port_;
    std::uint32_t interface_;
};

made::Pcapng begun() {
    made::Pcapng out;
    out.section();
    out.interface(1, 0);
    out.interface(1, 0);
    return out;
}

std::unique_ptr<CaptureFile> opened(const made::Pcapng& out) {
    auto file = CaptureFile::from_bytes(out.file, "made");
    EXPECT_TRUE(file);
    (*file)->load();
    return std::move(*file);
}

std::vector<std::string> said(const FollowedStream& stream) {
    std::vector<std::string> all;
    for (const auto& piece : stream.pieces) {
        all.push_back((piece.lost > 0 ? "[" + std::to_string(piece.lost) + "]" : "") +
                      (piece.from_b ? "< " : "> ") + piece.bytes);
    }
    return all;
}

TEST(FollowedStream, EachByteOnceInOrderWhateverCameTwiceOrEarly) {
    auto out = begun();
    Talk talk(out);
    talk.shake_hands(0);
    talk.client(10, 101, 501, flag::ack, "GET ");
    talk.client(11, 109, 501, flag::ack, "HTTP");
    talk.client(12, 105, 501, flag::ack, "abc ");
    talk.client(13, 105, 501, flag::ack, "abc HTTP"); // sent again, in one
    talk.server(14, 501, 113, flag::ack, "200");
    talk.client(15, 113, 504, flag::ack, "more");
    const auto stream = follow_stream(*opened(out), false, 0, std::nullopt, plenty);
    EXPECT_THAT(said(stream), ElementsAre("> GET abc HTTP", "< 200", "> more"));
    EXPECT_EQ(stream.bytes[0], 16U);
    EXPECT_EQ(stream.a, "10.0.0.1:40000");
    EXPECT_EQ(stream.b, "10.0.0.2:80");
}

TEST(FollowedStream, SequenceNumbersGoAroundZero) {
    auto out = begun();
    Talk talk(out);
    talk.client(0, 0xfffffffdU, 501, flag::ack, "abcd");
    talk.client(1, 5, 501, flag::ack, "ij");
    talk.client(2, 1, 501, flag::ack, "efgh");
    EXPECT_THAT(said(follow_stream(*opened(out), false, 0, std::nullopt, plenty)),
                ElementsAre("> abcdefghij"));
}

TEST(FollowedStream, WhatWasAcknowledgedButNotCapturedIsAGap) {
    auto out = begun();
    Talk talk(out);
    talk.shake_hands(0);
    talk.client(10, 101, 501, flag::ack, "begin");
    talk.client(12, 116, 501, flag::ack, "end"); // ten bytes before it are missing
    talk.server(13, 501, 119, flag::ack, "ok");
    EXPECT_THAT(said(follow_stream(*opened(out), false, 0, std::nullopt, plenty)),
                ElementsAre("> begin", "[10]> end", "< ok"));
}

TEST(FollowedStream, AStreamCapturedTwiceIsFollowedAtOnePlace) {
    auto out = begun();
    Talk here(out, 40'000, 0), there(out, 40'000, 1);
    here.client(0, 1, 1, flag::ack, "once");
    there.client(1, 1, 1, flag::ack, "once");
    const auto file = opened(out);
    const auto stream = follow_stream(*file, false, 0, 1, plenty);
    EXPECT_THAT(said(stream), ElementsAre("> once"));
    EXPECT_THAT(stream.interfaces, ElementsAre(0U, 1U));
    EXPECT_EQ(stream.interface, 1U);
    EXPECT_EQ(stream.packets[0], 1U);
}

TEST(FollowedStream, MoreThanWantedIsCutAndSaidSo) {
    auto out = begun();
    Talk talk(out);
    const std::string much(1000, 'x');
    for (std::uint32_t i = 0; i < 10; ++i) {
        talk.client(i, 1 + i * 1000, 1, flag::ack, much);
    }
    const auto stream = follow_stream(*opened(out), false, 0, std::nullopt, 3000);
    EXPECT_TRUE(stream.cut);
    EXPECT_LE(stream.bytes[0], 4000U);
    EXPECT_TRUE(follow_stream(*opened(out), false, 7, std::nullopt, plenty).pieces.empty())
        << "there is no stream 7";
}

TEST(HttpExchanges, AnswersBelongToRequestsInOrderAndInterimOnesToNone) {
    auto out = begun();
    Talk talk(out);
    const std::string first = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n",
                      second = "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string go_on = "HTTP/1.1 103 Early Hints\r\n\r\n";
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    const auto size = [](const std::string& text) { return static_cast<std::uint32_t>(text.size()); };
    talk.shake_hands(0);
    talk.client(1000, 101, 501, flag::ack, first);
    talk.client(1100, 101 + size(first), 501, flag::ack, second); // pipelined
    talk.server(1500, 501, 101 + size(first), flag::ack, go_on);
    talk.server(3000, 501 + size(go_on), 101 + size(first), flag::ack, answer);
    talk.server(4100, 501 + size(go_on) + size(answer), 101 + size(first + second), flag::ack, answer);
    Talk other(out, 40'001);
    other.shake_hands(5000);
    other.client(6000, 101, 501, flag::ack, first);
    const auto file = opened(out);
    const auto exchanges = find_exchanges(*file);
    ASSERT_EQ(exchanges.size(), 3U);
    EXPECT_EQ(exchanges[0].waited_ns, 2'000'000);
    EXPECT_EQ(exchanges[1].waited_ns, 3'000'000);
    EXPECT_FALSE(exchanges[2].response) << "nobody answered";
    const auto latency = make_series(*file, {SeriesKind::latency, false, std::nullopt});
    ASSERT_EQ(latency.lines.size(), 3U);
    double slowest = 0;
    for (const auto& [at_s, value_ms] : latency.lines[2].points) {
        slowest = std::max(slowest, value_ms);
    }
    EXPECT_DOUBLE_EQ(slowest, 3) << "p99";
}

TEST(HttpExchanges, AnAnswerThatWasNotCapturedTakesNoOthersPlace) {
    auto out = begun();
    Talk talk(out);
    const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    const auto asked = static_cast<std::uint32_t>(request.size()),
               told = static_cast<std::uint32_t>(answer.size());
    talk.shake_hands(0);
    for (std::uint32_t i = 0; i < 4; ++i) {
        talk.client(1000 + i * 1000, 101 + i * asked, 501 + i * told, flag::ack, request);
        if (i != 1) {
            talk.server(1100 + i * 1000, 501 + i * told, 101 + (i + 1) * asked, flag::ack, answer);
        }
    }
    const auto file = opened(out);
    const auto exchanges = find_exchanges(*file);
    ASSERT_EQ(exchanges.size(), 4U);
    for (const std::size_t i : {0, 2, 3}) {
        EXPECT_EQ(exchanges[i].waited_ns, 100'000) << i;
    }
    EXPECT_FALSE(exchanges[1].response);
}

TEST(TrafficSeries, InterfacesAreNumberedAsTheFileLikes) {
    made::Pcapng out;
    out.section();
    for (int i = 0; i < 50'000; ++i) {
        out.interface(1, 0);
    }
    out.simple_packet(14, made::Frame(14)); // has no time, so that nothing is counted from it
    out.packet(49'999, 3'000'000, made::Frame(60));
    out.packet(7, 4'000'000, made::Frame(60));
    const auto file = opened(out);
    const auto series = make_series(*file, {SeriesKind::packets, true, std::nullopt});
    ASSERT_EQ(series.lines.size(), 2U);
    EXPECT_GE(series.lines[0].points.front().first, 0);
    EXPECT_LT(series.lines[0].points.back().first, 2);
}

TEST(TrafficSeries, WhatIsDrawnAddsUpToWhatWasCaptured) {
    auto out = begun();
    for (std::uint32_t i = 0; i < 600; ++i) {
        Talk(out, 40'000, i % 3 == 0 ? 1 : 0).client(i * 10'000, 1 + i * 4, 1, flag::ack, "data");
    }
    Talk(out, 40'000, 0).client(6'000'000, 1, 1, flag::ack, "data"); // again
    const auto file = opened(out);
    double bits = 0;
    for (std::size_t i = 0; i < file->size(); ++i) {
        bits += 8.0 * file->record(i).original;
    }
    const auto sum = [](const TrafficSeries& series, std::size_t line) {
        double all = 0;
        for (const auto& [at_s, value] : series.lines[line].points) {
            all += value * series.piece_s;
        }
        return all;
    };
    const auto total = make_series(*file, {SeriesKind::throughput, false, std::nullopt});
    ASSERT_EQ(total.lines.size(), 1U);
    EXPECT_NEAR(sum(total, 0), bits, 1e-3);
    EXPECT_NEAR(total.duration_s, 6, 1e-9);
    const auto by_interface = make_series(*file, {SeriesKind::packets, true, std::nullopt});
    ASSERT_EQ(by_interface.lines.size(), 2U);
    EXPECT_NEAR(sum(by_interface, 0), 401, 1e-6) << "the busier one first";
    EXPECT_NEAR(sum(by_interface, 1), 200, 1e-6);
    const auto some = make_series(*file, {SeriesKind::packets, false, std::vector<std::uint32_t>{0, 5, 7}});
    EXPECT_NEAR(sum(some, 0), 3, 1e-6);
    EXPECT_NEAR(sum(make_series(*file, {SeriesKind::retransmissions, false, std::nullopt}), 0), 1, 1e-6);
    const auto flows = make_series(*file, {SeriesKind::flows, false, std::nullopt});
    ASSERT_EQ(flows.lines.size(), 1U);
    EXPECT_DOUBLE_EQ(flows.lines[0].points[100].second, 1);
}

TEST(TrafficSeries, GapsOfYearsAndFilesWithoutTimesAreDrawable) {
    auto out = begun();
    Talk(out).client(0, 1, 1, flag::ack, "x");
    Talk(out).client(3'000'000'000'000'000, 2, 1, flag::ack, "x"); // 95 years
    EXPECT_EQ(make_series(*opened(out), {SeriesKind::packets, false, std::nullopt}).lines.size(), 1U);
    made::Pcapng timeless;
    timeless.section();
    timeless.interface(1, 0);
    timeless.simple_packet(3, {6, 7, 8});
    EXPECT_TRUE(make_series(*opened(timeless), {SeriesKind::packets, false, std::nullopt}).lines.empty());
}

} // namespace
} // namespace fulcrum::capture
