// P2, P6: messages of TCP over the borders of segments: filters find them where Wireshark's find them.
#include <gmock/gmock.h>

#include "capture/filter/display_filter.h"
#include "tests/unit/capture/made_packets.h"

namespace fulcrum::capture {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::string_literals;
namespace flag = wire::tcp_flag;

const std::string ask =
    "GET /a HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n\r\n";
const std::string yes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

// One connection, without its handshake. Packets are numbered from 1.
class SplitMessages : public testing::Test {
protected:
    explicit SplitMessages(std::uint16_t port = 80) : port_(port) {
        out_.section();
        out_.interface(1, 0);
    }
    void say(bool to_server, std::string_view bytes, std::uint8_t more_flags = 0) {
        send(to_server, next_[to_server ? 0 : 1], bytes, more_flags);
        next_[to_server ? 0 : 1] += static_cast<std::uint32_t>(bytes.size());
    }
    void ask_for(std::string_view bytes) { say(true, bytes); }
    void reply(std::string_view bytes, std::uint8_t more_flags = 0) { say(false, bytes, more_flags); }
    void bytewise(bool to_server, const std::string& bytes) {
        for (const char c : bytes) {
            say(to_server, std::string(1, c));
        }
    }
    void send(bool to_server, std::uint32_t sequence, std::string_view bytes, std::uint8_t more_flags = 0) {
        wire::TcpHeader header;
        header.source_port = to_server ? 40'000 : port_;
        header.destination_port = to_server ? port_ : 40'000;
        header.sequence = sequence;
        header.acknowledgement = next_[to_server ? 1 : 0];
        header.flags = flag::ack | flag::psh | more_flags;
        header.window = 500;
        const made::Ipv4 up{"10.0.0.1", "10.0.0.2"}, down{"10.0.0.2", "10.0.0.1"};
        out_.packet(0, time_ += 1000,
                    made::ethernet(2, 1, 0x0800, made::tcp_packet(to_server ? up : down, header, bytes)));
    }
    const CaptureFile& file() {
        if (!file_) {
            file_ = std::move(*CaptureFile::from_bytes(out_.file, "made"));
            file_->load();
        }
        return *file_;
    }
    std::vector<std::uint32_t> numbers(std::string_view text) {
        const auto filter = DisplayFilter::compile(text);
        EXPECT_TRUE(filter) << text;
        auto found = select_packets(file(), *filter, 0, file().size());
        for (auto& one : found) {
            ++one;
        }
        return found;
    }
    std::uint16_t port_;

private:
    made::Pcapng out_;
    std::uint32_t next_[2] = {1000, 9000};
    std::uint64_t time_ = 1'000'000;
    std::unique_ptr<CaptureFile> file_;
};

TEST_F(SplitMessages, HeadsBelongToTheirLastSegment) {
    ask_for(ask.substr(0, 2)); // too little to tell what it is
    ask_for(ask.substr(2, 30));
    ask_for(ask.substr(32));
    reply(yes.substr(0, 3));
    reply(yes.substr(3));
    bytewise(true, ask);
    EXPECT_THAT(numbers("http.request.uri == \"/a\""),
                ElementsAre(3, static_cast<std::uint32_t>(5 + ask.size())));
    EXPECT_THAT(numbers("http.response.code == 200"), ElementsAre(5));
    EXPECT_EQ(numbers("http.x_forwarded_for == \"1.1.1.1\" and http.x_forwarded_for == \"2.2.2.2\"").size(),
              2U);
    const CaptureFile::Reading reading(file());
    const auto& first = reading.index().http().messages()[0];
    EXPECT_EQ(first.sequence, 1000U);
    EXPECT_EQ(first.bytes, ask.size());
    EXPECT_EQ(first.first_packet, 0U);
}

TEST_F(SplitMessages, AnEmptyLineBeforeARequestIsNone) {
    ask_for("\r\n" + ask);
    ask_for(ask + "\r\n" + ask + "\r\n");
    ask_for("\r\n");
    ask_for(ask);
    EXPECT_THAT(numbers("http.request"), ElementsAre(1, 2, 4));
    const CaptureFile::Reading reading(file());
    EXPECT_EQ(reading.index().http().messages().size(), 4U);
    EXPECT_EQ(reading.index().http().messages()[0].sequence, 1002U);
}

TEST_F(SplitMessages, SeveralRequestsOfASegmentAreWholeOneByOne) {
    ask_for(ask + ask + ask.substr(0, 9));
    ask_for(ask.substr(9));
    EXPECT_THAT(numbers("http.request"), ElementsAre(1, 2));
    const CaptureFile::Reading reading(file());
    EXPECT_EQ(reading.index().http().completed_by(0).size(), 2U);
    EXPECT_EQ(reading.index().http().completed_by(1).size(), 1U);
}

TEST_F(SplitMessages, ABodyWithoutALengthEndsWithTheConnection) {
    ask_for(ask);
    reply("HTTP/1.0 200 OK\r\nServer: s\r\n\r\nall");
    reply("GET / HTTP/1.1\r\n\r\n"); // a body may look like anything
    reply("", flag::fin);
    EXPECT_THAT(numbers("http.response"), ElementsAre(4));
    EXPECT_THAT(numbers("http.request"), ElementsAre(1));
}

TEST_F(SplitMessages, BehindSwitchingProtocolsIsNoHttp) {
    ask_for("GET /chat HTTP/1.1\r\nUpgrade: echo\r\n\r\n");
    reply("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\n" + yes);
    ask_for(ask);
    reply(yes);
    EXPECT_THAT(numbers("http"), ElementsAre(1, 2));
    EXPECT_THAT(numbers("http.response.code == 101"), ElementsAre(2));
}

TEST_F(SplitMessages, WhatACaptureLostIsNotMadeUp) {
    ask_for(ask.substr(0, 4));
    send(true, 1020, ask.substr(20));
    EXPECT_THAT(numbers("http.request"), IsEmpty());
}

std::string dns(int id, const std::string& name) {
    std::string message{0, static_cast<char>(id), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    message += static_cast<char>(name.size());
    message += name + "\0\0\1\0\1"s;
    return std::string{0, static_cast<char>(message.size())} + message;
}

class DnsOverTcp : public SplitMessages {
protected:
    DnsOverTcp() : SplitMessages(53) {}
};

TEST_F(DnsOverTcp, IsFoundByItsLengths) {
    ask_for(dns(1, "one").substr(0, 1)); // half of the length
    ask_for(dns(1, "one").substr(1, 9));
    ask_for(dns(1, "one").substr(10) + dns(2, "two") + dns(3, "three").substr(0, 8));
    ask_for(dns(3, "three").substr(8));
    EXPECT_THAT(numbers("dns"), ElementsAre(3, 4));
    EXPECT_THAT(numbers("dns.qry.name == \"one\""), ElementsAre(3));
    EXPECT_THAT(numbers("dns.qry.name == \"two\" and dns.id == 1"), ElementsAre(3));
    EXPECT_THAT(numbers("dns.qry.name == \"three\""), ElementsAre(4));
}

TEST_F(DnsOverTcp, AMessageWhoseEndCameTooEarlyIsNoPackets) {
    const auto message = dns(7, "seven");
    ask_for(message.substr(0, 10));
    send(true, 1015, message.substr(15));
    send(true, 1010, message.substr(10, 5));
    send(true, 1000 + static_cast<std::uint32_t>(message.size()), dns(8, "eight"));
    EXPECT_THAT(numbers("dns"), ElementsAre(4));
}

TEST_F(DnsOverTcp, AMessageWhoseMiddleCameInDisorderIsWholeAtItsEnd) {
    const auto message = dns(7, "seven");
    ask_for(message.substr(0, 10));
    send(true, 1015, message.substr(15, 4));
    send(true, 1010, message.substr(10, 5));
    send(true, 1019, message.substr(19));
    EXPECT_THAT(numbers("dns.qry.name == \"seven\""), ElementsAre(4));
}

class BgpSession : public SplitMessages {
protected:
    BgpSession() : SplitMessages(179) {}
    static std::string message(char type, const std::string& body = "") {
        return std::string(16, '\xff') + '\0' + static_cast<char>(19 + body.size()) + type + body;
    }
};

TEST_F(BgpSession, MessagesAreFoundByTheirLengths) {
    ask_for(message(1, "0123456789").substr(0, 5));
    ask_for(message(1, "0123456789").substr(5) + message(4) + message(2, "0123").substr(0, 20));
    ask_for(message(2, "0123").substr(20));
    EXPECT_THAT(numbers("bgp"), ElementsAre(2, 3));
    EXPECT_THAT(numbers("bgp.type == 1 and bgp.type == 4"), ElementsAre(2));
    EXPECT_THAT(numbers("bgp.type == 2"), ElementsAre(3));
}

class TlsSession : public SplitMessages {
protected:
    TlsSession() : SplitMessages(443) {}
};

TEST_F(TlsSession, AClientHelloInTwoSegmentsNamesItsServer) {
    const std::string name = "split.example";
    const auto size = static_cast<char>(name.size());
    const std::string names =
        "\0\0\0"s + static_cast<char>(size + 5) + '\0' + static_cast<char>(size + 3) + "\0\0"s + size + name;
    const std::string body =
        "\3\3"s + std::string(32, 'r') + "\0\0\2\x13\1\1\0\0"s + static_cast<char>(names.size()) + names;
    const std::string hello = "\x16\3\1\0"s + static_cast<char>(body.size() + 4) + "\1\0\0"s +
                              static_cast<char>(body.size()) + body;
    ask_for(hello.substr(0, 40));
    ask_for(hello.substr(40));
    reply("\x17\3\3\0\x20"s + std::string(10, 'x'));
    reply(std::string(22, 'x') + "\x15\3\3\0\2\2\x28"s);
    EXPECT_THAT(numbers("tls.handshake.extensions_server_name == \"split.example\""), ElementsAre(2));
    EXPECT_THAT(numbers("tls"), ElementsAre(1, 2, 3, 4)); // also where a record begins
    EXPECT_THAT(numbers("tls.record.content_type == 23 and tls.record.content_type == 21"), ElementsAre(4));
}

// Beginnings of messages that never end, in more streams than are followed at once.
TEST(FramedTracker, IsBounded) {
    const std::vector<std::uint8_t> bytes(64, 0xff);
    FramedTracker tracker;
    FramedTracker::Segment segment;
    segment.file = bytes;
    segment.destination_port = 53;
    segment.payload = segment.file.first(3);
    for (std::uint32_t i = 0; i < 3 * FramedTracker::max_open; ++i) {
        segment.key = i;
        bool split = false;
        tracker.process(segment, split);
        EXPECT_TRUE(split);
    }
    EXPECT_LT(tracker.memory_bytes(), 8U * 1024 * 1024);
}

} // namespace
} // namespace fulcrum::capture
