// RFC 9293 sections 3.10.7.1 and 3.10.7.2: what answers a segment of no connection, at a port where nobody
// listens, and at a service's. The rest of section 3.10: tests/unit/tcp/rfc9293_test.cpp.
#include "tests/packets/proxy/full_proxy_rig.h"

namespace fulcrum::test {
namespace {

struct Row {
    const char* clause;
    bool listens; // at the service's port, else at one that is closed and refuses
    std::uint8_t flags;
    std::size_t payload_bytes;
    int answer; // flags; -1: silence
};

void PrintTo(const Row& row, std::ostream* os) {
    *os << row.clause;
}

class Listen : public FullProxy, public testing::WithParamInterface<Row> {};

TEST_P(Listen, Event) {
    const Row& row = GetParam();
    engine::EngineConfig config = full_proxy_config();
    config.services[0].closed_ports = engine::ClosedPort::refuse;
    restart(config);
    End c = client_end(40000);
    if (!row.listens) {
        c.peer = vip + ":81";
    }
    c.expected = 7777;
    const std::uint32_t sequence = c.next;
    const TestFrame frame = c.segment(row.flags, pattern(row.payload_bytes));
    const auto answer = send(frame);
    if (row.answer < 0) {
        EXPECT_TRUE(answer.empty()) << answer[0].text();
        return;
    }
    ASSERT_EQ(answer.size(), 1U);
    EXPECT_EQ(answer[0].to(), c.self);
    EXPECT_EQ(answer[0].from(), c.peer);
    EXPECT_EQ(answer[0].tcp_flags() & ~ack, row.answer & ~ack) << answer[0].text();
    if ((row.answer & syn) != 0) {
        EXPECT_EQ(answer[0].ack(), sequence + 1);
    } else if ((row.flags & ack) != 0) { // <SEQ=SEG.ACK><CTL=RST>
        EXPECT_EQ(answer[0].seq(), 7777U);
    } else { // <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>
        EXPECT_EQ(answer[0].seq(), 0U);
        EXPECT_EQ(answer[0].ack(), c.next);
        EXPECT_EQ(answer[0].tcp_flags(), rst | ack);
    }
}

constexpr std::uint8_t fin = 0x01;
constexpr int silence = -1;

INSTANTIATE_TEST_SUITE_P(
    Section_3_10_7, Listen,
    testing::Values(
        Row{"3.10.7.1: RST: discarded", false, rst, 0, silence},
        Row{"3.10.7.1: RST with ACK: discarded", false, rst | ack, 0, silence},
        Row{"3.10.7.1: SYN: reset", false, syn, 0, rst},
        // Who sends these has no connection in mind: malformed, and dropped before anybody looks for one.
        Row{"3.10.7.1: FIN without ACK", false, fin, 0, silence},
        Row{"3.10.7.1: text without ACK", false, 0, 10, silence},
        Row{"3.10.7.1: ACK: reset", false, ack, 0, rst},
        Row{"3.10.7.1: text with ACK: reset", false, psh_ack, 10, rst},
        Row{"3.10.7.2 first: RST: ignored", true, rst, 0, silence},
        Row{"3.10.7.2 first: RST with ACK: ignored", true, rst | ack, 0, silence},
        Row{"3.10.7.2 second: ACK: reset", true, ack, 0, rst},
        Row{"3.10.7.2 second: text with ACK: reset", true, psh_ack, 10, rst},
        Row{"3.10.7.2 third: SYN: SYN-ACK", true, syn, 0, syn_ack},
        // Its text is not kept (RFC 9293 lets it be queued): the client sends it again.
        Row{"3.10.7.2 third: SYN with text: SYN-ACK", true, syn, 10, syn_ack},
        Row{"3.10.7.2 second: SYN with ACK: reset", true, syn_ack, 0, rst},
        Row{"3.10.7.2 fourth: anything else: dropped", true, fin, 0, silence},
        Row{"3.10.7.2 fourth: text without ACK: dropped", true, 0, 10, silence}));

} // namespace
} // namespace fulcrum::test
