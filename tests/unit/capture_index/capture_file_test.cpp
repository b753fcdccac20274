// P2, P6: an open capture: loading in the background, damage, fragments, streams per interface.
#include <gmock/gmock.h>

#include "capture/index/capture_file.h"
#include "tests/unit/capture/made_packets.h"

namespace fulcrum::capture {
namespace {

using testing::HasSubstr;
namespace flag = wire::tcp_flag;

std::unique_ptr<CaptureFile> opened(const made::Pcapng& out) {
    auto file = CaptureFile::from_bytes(out.file, "made");
    EXPECT_TRUE(file);
    (*file)->load();
    return std::move(*file);
}

wire::TcpHeader segment(std::uint32_t seq, std::uint32_t ack, std::uint8_t flags, bool from_server = false) {
    wire::TcpHeader header;
    header.source_port = from_server ? 80 : 40'000;
    header.destination_port = from_server ? 40'000 : 80;
    header.sequence = seq;
    header.acknowledgement = ack;
    header.flags = flags;
    header.window = 1000;
    return header;
}

const made::Ipv4 up{"10.0.0.1", "10.0.0.2"}, down{"10.0.0.2", "10.0.0.1"};

made::Frame from_client(std::uint32_t seq, std::uint32_t ack, std::uint8_t flags,
                        std::string_view data = {}) {
    return made::ethernet(2, 1, 0x0800, made::tcp_packet(up, segment(seq, ack, flags), data));
}
made::Frame from_server(std::uint32_t seq, std::uint32_t ack, std::uint8_t flags,
                        std::string_view data = {}) {
    return made::ethernet(1, 2, 0x0800, made::tcp_packet(down, segment(seq, ack, flags, true), data));
}

made::Pcapng two_interfaces() {
    made::Pcapng out;
    out.section();
    out.interface(1, 0);
    out.interface(1, 0);
    return out;
}

TEST(CaptureFile, LoadsInTheBackgroundAndIsUsableMeanwhile) {
    auto out = two_interfaces();
    for (std::uint32_t i = 0; i < 200'000; ++i) {
        out.packet(0, i, from_client(i, 1, flag::ack));
    }
    auto opened = CaptureFile::from_bytes(std::move(out.file), "made");
    auto& file = **opened;
    file.start_loading();
    std::size_t readings = 0, last = 0;
    while (!file.progress().done) {
        const CaptureFile::Reading reading(file);
        const auto now = file.size();
        ASSERT_GE(now, last);
        if (now > 0) {
            ASSERT_EQ(reading.index().conversations(ConversationKind::tcp)[0].frames[0], now);
            ASSERT_EQ(file.packet(now - 1).bytes.size(), 54U);
        }
        last = now;
        ++readings;
    }
    EXPECT_GT(readings, 3U);
    EXPECT_EQ(file.size(), 200'000U);
    EXPECT_EQ(file.progress().bytes_done, file.progress().bytes_total);
    EXPECT_FALSE(file.progress().cancelled);
}

TEST(CaptureFile, IsCancelledSoon) {
    auto out = two_interfaces();
    for (std::uint32_t i = 0; i < 300'000; ++i) {
        out.packet(0, i, from_client(i, 1, flag::ack));
    }
    auto file = CaptureFile::from_bytes(std::move(out.file), "made");
    (*file)->start_loading();
    while ((*file)->size() == 0) {
    }
    (*file)->cancel();
    (*file)->wait();
    EXPECT_TRUE((*file)->progress().cancelled);
    EXPECT_LT((*file)->size(), 300'000U);
    EXPECT_GT((*file)->size(), 0U);
}

TEST(CaptureFile, IsReadUpToTheDamage) {
    auto out = two_interfaces();
    out.packet(0, 1, from_client(1, 1, flag::ack));
    const auto good = out.file.size();
    out.packet(0, 2, from_client(2, 1, flag::ack));
    out.file.resize(out.file.size() - 5);
    const auto file = opened(out);
    EXPECT_EQ(file->size(), 1U);
    const CaptureFile::Reading reading(*file);
    ASSERT_TRUE(reading.damage());
    EXPECT_EQ(reading.damage()->offset, good);
    EXPECT_THAT(reading.damage()->why, HasSubstr("ends inside"));
    EXPECT_TRUE(file->progress().done);
}

// In a capture of all links each packet is there once per link.
TEST(TcpAnalysis, ThePacketOnTheNextLinkIsNoRetransmission) {
    auto out = two_interfaces();
    std::uint64_t now = 1'000'000;
    const auto both = [&](const made::Frame& frame) {
        out.packet(0, now, frame);
        out.packet(1, now + 10, frame);
        now += 10'000;
    };
    both(from_client(99, 0, flag::syn));
    both(from_server(499, 100, flag::syn | flag::ack));
    both(from_client(100, 500, flag::ack));
    both(from_client(100, 500, flag::ack | flag::psh, "hello"));
    out.packet(1, now += 300'000,
               from_client(100, 500, flag::ack | flag::psh, "hello")); // sent again, on one link
    const auto file = opened(out);
    for (std::size_t i = 0; i < 8; ++i) {
        EXPECT_EQ(file->record(i).analysis, 0) << i;
        EXPECT_EQ(file->record(i).stream, 0U);
    }
    EXPECT_EQ(file->record(8).analysis, tcp_finding::retransmission);
    const CaptureFile::Reading reading(*file);
    const auto& stream = reading.index().tcp()[0];
    EXPECT_EQ(stream.base[0], 99U);
    EXPECT_EQ(stream.base[1], 499U);
    EXPECT_EQ(stream.retransmissions, 1U);
}

// Behind a hop that lost a request, the request is seen once, when it was sent again; but an acknowledgement
// that came before it tells that it was on its way. It is a retransmission there, and yet a message.
TEST(Http, ARequestThatWasLostBeforeThisPlaceIsAMessageWhenItIsSentAgain) {
    const std::string ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const auto length = static_cast<std::uint32_t>(ask.size());
    auto out = two_interfaces();
    out.packet(0, 1000, from_client(100, 500, flag::ack | flag::psh, ask));
    out.packet(0, 2000, from_client(100 + 2 * length, 600, flag::ack)); // the second one was lost
    out.packet(0, 300'000, from_client(100 + length, 600, flag::ack | flag::psh, ask));
    out.packet(0, 600'000, from_client(100 + length, 600, flag::ack | flag::psh, ask)); // this is nothing new
    const auto file = opened(out);
    EXPECT_NE(file->record(2).analysis & tcp_finding::any_retransmission, 0);
    EXPECT_TRUE(file->record(2).has(Protocol::http));
    EXPECT_FALSE(file->record(3).has(Protocol::http));
    const CaptureFile::Reading reading(*file);
    EXPECT_EQ(reading.index().http().messages().size(), 2U);
}

TEST(TcpAnalysis, TheSamePortsAgainAreAnotherStream) {
    auto out = two_interfaces();
    out.packet(0, 1, from_client(99, 0, flag::syn));
    out.packet(0, 2, from_server(1, 100, flag::rst | flag::ack));
    out.packet(0, 3, from_client(99, 0, flag::syn));     // the same SYN again
    out.packet(0, 4, from_client(70'000, 0, flag::syn)); // another connection
    out.packet(0, 5, from_server(9, 70'001, flag::syn | flag::ack));
    const auto file = opened(out);
    std::vector<std::uint32_t> streams;
    for (std::size_t i = 0; i < file->size(); ++i) {
        streams.push_back(file->record(i).stream);
    }
    EXPECT_THAT(streams, testing::ElementsAre(0, 0, 0, 1, 1));
    EXPECT_EQ(file->record(3).analysis, tcp_finding::reused_ports);
    EXPECT_NE(file->record(4).flags & PacketRecord::from_b, 0);
    EXPECT_EQ(file->record(0).flags & PacketRecord::from_b, 0);
}

TEST(Datagrams, BelongToThePacketThatCompletesThem) {
    made::Frame datagram(8);
    store_be16(datagram.data(), 1111);
    store_be16(datagram.data() + 2, 2222);
    store_be16(datagram.data() + 4, 8 + 1600);
    for (int i = 0; i < 1600; ++i) {
        datagram.push_back(static_cast<std::uint8_t>(i));
    }
    const auto part = [&](std::size_t from, std::size_t to, bool more) {
        return made::ethernet(
            2, 1, 0x0800,
            made::ipv4({.source = "10.0.0.1",
                        .destination = "10.0.0.2",
                        .protocol = 17,
                        .id = 77,
                        .fragment = static_cast<std::uint16_t>(from / 8 | (more ? 0x2000 : 0))},
                       {datagram.begin() + static_cast<std::ptrdiff_t>(from),
                        datagram.begin() + static_cast<std::ptrdiff_t>(to)}));
    };
    auto out = two_interfaces();
    out.packet(0, 1, part(800, 1608, false)); // the last one first
    out.packet(0, 2, part(0, 480, true));
    out.packet(0, 3, part(480, 800, true));
    const auto file = opened(out);
    EXPECT_FALSE(file->record(0).has(Protocol::udp));
    EXPECT_FALSE(file->record(1).has(Protocol::udp));
    ASSERT_TRUE(file->record(2).has(Protocol::udp));
    const CaptureFile::Reading reading(*file);
    Layers layers;
    std::vector<std::uint8_t> scratch;
    reading.layers(2, layers, scratch);
    EXPECT_EQ(scratch, datagram);
    ASSERT_NE(layers.first(Protocol::udp), nullptr);
    EXPECT_TRUE(layers.first(Protocol::udp)->reassembled);
    EXPECT_EQ(reading.index().conversations(ConversationKind::udp)[0].a.port, 1111);
    EXPECT_EQ(reading.index().conversations(ConversationKind::ipv4)[0].frames[0], 3U);
}

TEST(Datagrams, MemoryIsBounded) {
    auto out = two_interfaces();
    for (int i = 0; i < 40'000; ++i) { // beginnings of datagrams that never end
        out.packet(0, 1,
                   made::ethernet(2, 1, 0x0800,
                                  made::ipv4({.source = "10.0." + std::to_string(i / 60'000) + ".1",
                                              .destination = "10.0.0.2",
                                              .protocol = 17,
                                              .id = static_cast<std::uint16_t>(i),
                                              .fragment = 0x2000},
                                             made::Frame(8))));
    }
    EXPECT_EQ(opened(out)->size(), 40'000U);
}

} // namespace
} // namespace fulcrum::capture
