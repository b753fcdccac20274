// RFC 9293 section 3.10, event by event: for each state, what arrives, what is answered, which state follows.
// Each row names its clause. Where we follow RFC 5961 or RFC 7323 instead, the row says so. What is about no
// connection yet (3.10.7.1 CLOSED, 3.10.7.2 LISTEN) is the listener's: tests/packets/proxy/listen_test.cpp.
// Clauses about security compartments and precedence have nothing to stand for.
#include <functional>

#include <gtest/gtest.h>

#include "engine/tcp/connection.h"

using namespace fulcrum;
using namespace fulcrum::tcp;
namespace flag = fulcrum::wire::tcp_flag;

namespace {

constexpr std::uint32_t ours = 1000, theirs = 5000; // initial sequence numbers

struct Sent {
    std::uint8_t flags;
    std::uint32_t sequence, acknowledgement, payload;
    std::uint16_t mss; // the option; 0: without
};

class Recorder : public Transmitter {
public:
    void transmit(const wire::TcpHeader& header, std::span<const Slice>, std::uint32_t payload,
                  std::uint32_t) override {
        sent.push_back(
            {header.flags, header.sequence, header.acknowledgement, payload, header.options.mss.value_or(0)});
    }
    std::vector<Sent> sent;
};

struct Bench {
    BufferPool pool{16U << 20};
    Settings settings = plain();
    Recorder recorder;
    Instant now{std::chrono::hours(1)};
    Connection connection{settings};

    static Settings plain() {
        Settings s;
        s.timestamps = s.sack = s.window_scaling = false;
        s.receive_limit = s.receive_limit_max = 10'000;
        return s;
    }
    Segment segment(std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgement = 0,
                    std::uint32_t payload = 0) {
        Segment s;
        s.flags = flags;
        s.sequence = Sequence(sequence);
        s.acknowledgement = Sequence(acknowledgement);
        s.window = 30'000;
        s.options.mss = 1460;
        if (payload > 0) {
            s.payload = pool.copy(std::vector<std::uint8_t>(payload, 'x'));
        }
        return s;
    }
    void arrive(Segment s) {
        connection.process_segment(std::move(s), now);
        connection.flush(recorder, now);
    }
    void flush() { connection.flush(recorder, now); }

    // The shortest way into each state.
    void bring_to(State state) {
        switch (state) {
        case State::closed:
            return;
        case State::syn_sent:
            connection.open_active(Sequence(ours), 0, now);
            flush();
            break;
        case State::syn_received:
            connection.open_passive(segment(flag::syn, theirs), Sequence(ours), 0, now);
            flush();
            break;
        case State::established:
            bring_to(State::syn_received);
            arrive(segment(flag::ack, theirs + 1, ours + 1));
            break;
        case State::fin_wait_1:
            bring_to(State::established);
            connection.close();
            flush();
            break;
        case State::fin_wait_2:
            bring_to(State::fin_wait_1);
            arrive(segment(flag::ack, theirs + 1, ours + 2));
            break;
        case State::close_wait:
            bring_to(State::established);
            arrive(segment(flag::ack | flag::fin, theirs + 1, ours + 1));
            break;
        case State::closing:
            bring_to(State::fin_wait_1);
            arrive(segment(flag::ack | flag::fin, theirs + 1, ours + 1));
            break;
        case State::last_ack:
            bring_to(State::close_wait);
            connection.close();
            flush();
            break;
        case State::time_wait:
            bring_to(State::fin_wait_2);
            arrive(segment(flag::ack | flag::fin, theirs + 1, ours + 2));
            break;
        }
        recorder.sent.clear();
        ASSERT_EQ(connection.state(), state);
    }
};

// Next sequence numbers in a state: ours to send, theirs to come.
std::uint32_t snd(State s) {
    switch (s) {
    case State::syn_sent:
        return ours + 1;
    case State::fin_wait_1:
    case State::fin_wait_2:
    case State::closing:
    case State::last_ack:
    case State::time_wait:
        return ours + 2;
    default:
        return ours + 1;
    }
}
std::uint32_t rcv(State s) {
    switch (s) {
    case State::close_wait:
    case State::closing:
    case State::last_ack:
    case State::time_wait:
        return theirs + 2;
    default:
        return theirs + 1;
    }
}

enum class Answer { silence, ack, rst, syn_ack, fin };

struct Row {
    const char* clause;
    State before;
    std::function<Segment(Bench&)> arrives;
    Answer answer;
    State after;
    tcp::End end = tcp::End::none;
};

void PrintTo(const Row& row, std::ostream* os) {
    *os << row.clause << " in " << name_of(row.before);
}

Row row(const char* clause, State before, std::uint8_t flags, std::int32_t seq_offset,
        std::int32_t ack_offset, std::uint32_t payload, Answer answer, State after,
        tcp::End end = tcp::End::none) {
    return {clause,
            before,
            [=](Bench& b) {
                return b.segment(flags, rcv(before) + static_cast<std::uint32_t>(seq_offset),
                                 snd(before) + static_cast<std::uint32_t>(ack_offset), payload);
            },
            answer,
            after,
            end};
}

// The same when the window has been filled: from there on `rcv(before)` is 10,000 higher.
Row closed_window(const char* clause, State before, std::uint8_t flags, std::int32_t ack_offset,
                  std::uint32_t payload, Answer answer, State after, tcp::End end = tcp::End::none) {
    return {clause,
            before,
            [=](Bench& b) {
                b.arrive(b.segment(flag::ack, rcv(before), snd(before) - 1, 10'000));
                b.recorder.sent.clear();
                return b.segment(flags, rcv(before) + 10'000,
                                 snd(before) + static_cast<std::uint32_t>(ack_offset), payload);
            },
            answer,
            after,
            end};
}

std::vector<Row> rows() {
    using enum State;
    std::vector<Row> all;
    // 3.10.7.3 SYN-SENT
    all.push_back(row("3.10.7.3 first: ACK not acceptable: reset", syn_sent, flag::ack, 0, 5, 0, Answer::rst,
                      syn_sent));
    all.push_back(row("3.10.7.3 first: ACK not acceptable with RST: drop", syn_sent, flag::ack | flag::rst, 0,
                      5, 0, Answer::silence, syn_sent));
    all.push_back(row("3.10.7.3 first: ACK of what came before our SYN: reset", syn_sent, flag::ack, 0, -1, 0,
                      Answer::rst, syn_sent));
    all.push_back(row("3.10.7.3 second: RST with good ACK: refused", syn_sent, flag::ack | flag::rst, 0, 0, 0,
                      Answer::silence, closed, tcp::End::refused));
    all.push_back(row("3.10.7.3 second: RST without ACK: drop", syn_sent, flag::rst, 0, 0, 0, Answer::silence,
                      syn_sent));
    all.push_back(row("3.10.7.3 fourth: SYN-ACK: established, ACK", syn_sent, flag::syn | flag::ack, -1, 0, 0,
                      Answer::ack, established));
    all.push_back(row("3.10.7.3 fourth: SYN alone: simultaneous open", syn_sent, flag::syn, -1, 0, 0,
                      Answer::syn_ack, syn_received));
    all.push_back(row("3.10.7.3 fourth: SYN-ACK with text: both are acknowledged", syn_sent,
                      flag::syn | flag::ack, -1, 0, 10, Answer::ack, established));
    all.push_back(row("3.10.7.3 fourth: SYN-ACK with FIN: the FIN counts too", syn_sent,
                      flag::syn | flag::ack | flag::fin, -1, 0, 0, Answer::ack, close_wait));
    all.push_back(
        row("3.10.7.3 fifth: FIN alone: drop", syn_sent, flag::fin, 0, 0, 0, Answer::silence, syn_sent));
    all.push_back(row("3.10.7.3 fifth: neither SYN nor RST: drop", syn_sent, flag::ack, 0, 0, 0,
                      Answer::silence, syn_sent));
    // 3.10.7.4 first: sequence number
    for (const State s :
         {syn_received, established, fin_wait_1, fin_wait_2, close_wait, closing, last_ack, time_wait}) {
        all.push_back(
            row("3.10.7.4 first: outside the window: ACK", s, flag::ack, 20'000, 0, 10, Answer::ack, s));
        all.push_back(row("3.10.7.4 first: outside the window with RST: drop", s, flag::rst, 20'000, 0, 0,
                          Answer::silence, s));
        all.push_back(row("3.10.7.4 first: an old segment: ACK", s, flag::ack, -1, 0, 1, Answer::ack, s));
        all.push_back(row("RFC 5961 3: RST inside the window, not exact: challenge", s, flag::rst, 5, 0, 0,
                          Answer::ack, s));
        all.push_back(
            row("RFC 5961 4: SYN inside the window: challenge", s, flag::syn, 5, 0, 0, Answer::ack, s));
        all.push_back(row("3.10.7.4 fifth: no ACK bit: drop", s, 0, 0, 0, 0, Answer::silence, s));
    }
    all.push_back(row("3.10.7.4 first: their SYN again in SYN-RECEIVED: SYN-ACK again", syn_received,
                      flag::syn, -1, 0, 0, Answer::syn_ack, syn_received));
    all.push_back(row("3.10.7.4 first: text that reaches the window from before it", established, flag::ack,
                      -5, 0, 10, Answer::ack, established));
    all.push_back(row("3.10.7.4 first: text that leaves the window", established, flag::ack, 9'990, 0, 20,
                      Answer::ack, established));
    all.push_back(closed_window("3.10.7.4 first: window zero, text: ACK", established, flag::ack, 0, 10,
                                Answer::ack, established));
    all.push_back(closed_window("3.10.7.4 first: window zero, valid ACKs are taken", fin_wait_1, flag::ack, 0,
                                0, Answer::silence, fin_wait_2));
    all.push_back(closed_window("3.10.7.4 first: window zero, an ACK counts although its text does not",
                                fin_wait_1, flag::ack, 0, 10, Answer::ack, fin_wait_2));
    all.push_back(closed_window("3.10.7.4 first: window zero, RSTs are taken", established, flag::rst, 0, 0,
                                Answer::silence, closed, tcp::End::reset_by_peer));
    all.push_back(closed_window("3.10.7.4 first: window zero, a FIN has no room either", established,
                                flag::ack | flag::fin, 0, 0, Answer::ack, established));
    // second: RST
    all.push_back(row("3.10.7.4 second: RST in SYN-RECEIVED", syn_received, flag::rst, 0, 0, 0,
                      Answer::silence, closed, tcp::End::refused));
    for (const State s : {established, fin_wait_1, fin_wait_2, close_wait}) {
        all.push_back(row("3.10.7.4 second: RST: connection reset", s, flag::rst, 0, 0, 0, Answer::silence,
                          closed, tcp::End::reset_by_peer));
    }
    for (const State s : {closing, last_ack, time_wait}) {
        all.push_back(row("3.10.7.4 second: RST: closed", s, flag::rst, 0, 0, 0, Answer::silence, closed,
                          tcp::End::closed));
    }
    // fifth: ACK
    all.push_back(row("3.10.7.4 fifth: ACK of our SYN", syn_received, flag::ack, 0, 0, 0, Answer::silence,
                      established));
    all.push_back(row("3.10.7.4 fifth: unacceptable ACK in SYN-RECEIVED: reset", syn_received, flag::ack, 0,
                      5, 0, Answer::rst, syn_received));
    for (const State s : {established, fin_wait_2, close_wait}) {
        all.push_back(
            row("3.10.7.4 fifth: ACK of what was never sent: ACK", s, flag::ack, 0, 5, 0, Answer::ack, s));
        all.push_back(
            row("3.10.7.4 fifth: duplicate ACK: ignored", s, flag::ack, 0, 0, 0, Answer::silence, s));
    }
    all.push_back(row("3.10.7.4 fifth: ACK of our SYN, with text", syn_received, flag::ack, 0, 0, 10,
                      Answer::ack, established));
    all.push_back(row("3.10.7.4 fifth: ACK of what came before our SYN in SYN-RECEIVED: reset", syn_received,
                      flag::ack, 0, -1, 0, Answer::rst, syn_received));
    all.push_back(row("RFC 5961 5: an ACK far too old to be ours: challenge", established, flag::ack, 0,
                      -2'000'000, 0, Answer::ack, established));
    for (const State s : {closing, last_ack}) {
        all.push_back(row("3.10.7.4 fifth: our FIN not yet acknowledged: ignored", s, flag::ack, 0, -1, 0,
                          Answer::silence, s));
    }
    all.push_back(row("3.10.7.4 fifth: a bare ACK in TIME-WAIT", time_wait, flag::ack, 0, 0, 0,
                      Answer::silence, time_wait));
    all.push_back(row("3.10.7.4 fifth: our FIN acknowledged", fin_wait_1, flag::ack, 0, 0, 0, Answer::silence,
                      fin_wait_2));
    all.push_back(row("3.10.7.4 fifth: FIN not yet acknowledged", fin_wait_1, flag::ack, 0, -1, 0,
                      Answer::silence, fin_wait_1));
    all.push_back(row("3.10.7.4 fifth: our FIN acknowledged in CLOSING", closing, flag::ack, 0, 0, 0,
                      Answer::silence, time_wait));
    all.push_back(row("3.10.7.4 fifth: our FIN acknowledged in LAST-ACK", last_ack, flag::ack, 0, 0, 0,
                      Answer::silence, closed, tcp::End::closed));
    // sixth: URG. RFC 6093: what is urgent is delivered in line, the pointer is ignored.
    for (const State s : {established, fin_wait_2}) {
        all.push_back(row("3.10.7.4 sixth: URG: text as any other", s, flag::ack | flag::urg, 0, 0, 100,
                          Answer::ack, s));
    }
    // seventh: text
    for (const State s : {close_wait, closing, last_ack, time_wait}) {
        const std::int32_t acknowledged = s == closing || s == last_ack ? -1 : 0;
        all.push_back(row("3.10.7.4 seventh: text after their FIN: ignored", s, flag::ack, 0, acknowledged,
                          100, Answer::silence, s));
    }
    for (const State s : {established, fin_wait_2}) {
        all.push_back(
            row("3.10.7.4 seventh: text is taken and acknowledged", s, flag::ack, 0, 0, 100, Answer::ack, s));
    }
    all.push_back(row("3.10.7.4 seventh: text in FIN-WAIT-1", fin_wait_1, flag::ack, 0, -1, 100, Answer::ack,
                      fin_wait_1));
    // eighth: FIN
    all.push_back(row("3.10.7.4 eighth: FIN in SYN-RECEIVED", syn_received, flag::ack | flag::fin, 0, 0, 0,
                      Answer::ack, close_wait));
    all.push_back(row("3.10.7.4 eighth: FIN in ESTABLISHED", established, flag::ack | flag::fin, 0, 0, 0,
                      Answer::ack, close_wait));
    all.push_back(row("3.10.7.4 eighth: FIN in FIN-WAIT-1, ours acknowledged too", fin_wait_1,
                      flag::ack | flag::fin, 0, 0, 0, Answer::ack, time_wait));
    all.push_back(row("3.10.7.4 eighth: FIN in FIN-WAIT-1, ours not", fin_wait_1, flag::ack | flag::fin, 0,
                      -1, 0, Answer::ack, closing));
    all.push_back(row("3.10.7.4 eighth: FIN in FIN-WAIT-2", fin_wait_2, flag::ack | flag::fin, 0, 0, 0,
                      Answer::ack, time_wait));
    for (const State s : {close_wait, closing, last_ack, time_wait}) {
        all.push_back(
            row("3.10.7.4 eighth: FIN again: ACK, stay", s, flag::ack | flag::fin, -1, 0, 0, Answer::ack, s));
    }
    return all;
}

class Rfc9293 : public testing::TestWithParam<Row> {};

TEST_P(Rfc9293, Event) {
    const Row& row = GetParam();
    Bench bench;
    bench.bring_to(row.before);
    if (HasFatalFailure()) {
        return;
    }
    if (row.before == State::fin_wait_1) {
        ASSERT_EQ(bench.connection.sender().nxt().value(), ours + 2);
    }
    bench.now += std::chrono::seconds(1); // beyond the challenge limit
    bench.arrive(row.arrives(bench));
    EXPECT_EQ(bench.connection.state(), row.after) << "is " << name_of(bench.connection.state());
    EXPECT_EQ(bench.connection.end(), row.end);
    const auto& sent = bench.recorder.sent;
    if (row.answer == Answer::silence) {
        EXPECT_TRUE(sent.empty()) << "answered with flags " << int(sent[0].flags);
        return;
    }
    ASSERT_EQ(sent.size(), 1U);
    switch (row.answer) {
    case Answer::ack:
        EXPECT_EQ(sent[0].flags, flag::ack);
        EXPECT_EQ(sent[0].sequence, bench.connection.sender().nxt().value());
        EXPECT_EQ(sent[0].acknowledgement, bench.connection.receiver().next().value());
        break;
    case Answer::rst:
        EXPECT_TRUE((sent[0].flags & flag::rst) != 0);
        EXPECT_EQ(sent[0].sequence, row.arrives(bench).acknowledgement.value());
        break;
    case Answer::syn_ack:
        EXPECT_EQ(sent[0].flags, flag::syn | flag::ack);
        EXPECT_EQ(sent[0].sequence, ours);
        EXPECT_EQ(sent[0].acknowledgement, theirs + 1);
        break;
    default:
        FAIL();
    }
}
INSTANTIATE_TEST_SUITE_P(Section_3_10, Rfc9293, testing::ValuesIn(rows()));

} // namespace

TEST(Rfc9293Calls, OpenSendsASynWithOurMss) { // 3.10.1
    Bench bench;
    bench.connection.open_active(Sequence(ours), 0, bench.now);
    bench.flush();
    ASSERT_EQ(bench.recorder.sent.size(), 1U);
    EXPECT_EQ(bench.recorder.sent[0].flags, flag::syn);
    EXPECT_EQ(bench.recorder.sent[0].sequence, ours);
    EXPECT_EQ(bench.recorder.sent[0].mss, 1460);
}

TEST(Rfc9293Calls, SendBeforeEstablishedIsQueued) { // 3.10.2
    Bench bench;
    bench.bring_to(State::syn_sent);
    bench.connection.push(bench.pool.copy(std::vector<std::uint8_t>(10, 1)));
    bench.flush();
    EXPECT_TRUE(bench.recorder.sent.empty());
    bench.arrive(bench.segment(flag::syn | flag::ack, theirs, ours + 1));
    ASSERT_FALSE(bench.recorder.sent.empty());
    EXPECT_EQ(bench.recorder.sent.back().payload, 10U);
}

TEST(Rfc9293Calls, SendAfterCloseIsRefused) { // 3.10.2: "connection closing"
    Bench bench;
    for (const State state : {State::fin_wait_1, State::last_ack}) {
        Bench closing;
        closing.bring_to(state);
        closing.connection.push(closing.pool.copy(std::vector<std::uint8_t>(10, 1)));
        closing.flush();
        EXPECT_TRUE(closing.recorder.sent.empty()) << name_of(state);
    }
    bench.connection.push(bench.pool.copy(std::vector<std::uint8_t>(10, 1))); // "connection does not exist"
    bench.flush();
    EXPECT_TRUE(bench.recorder.sent.empty());
}

TEST(Rfc9293Calls, ReceiveGivesWhatIsLeftAfterTheirFin) { // 3.10.3, CLOSE-WAIT
    Bench bench;
    bench.bring_to(State::established);
    bench.arrive(bench.segment(flag::ack | flag::fin, theirs + 1, ours + 1, 10));
    ASSERT_EQ(bench.connection.state(), State::close_wait);
    EXPECT_FALSE(bench.connection.peer_finished()) << "not before everything is read";
    EXPECT_EQ(bench.connection.read(100).size(), 10U);
    EXPECT_TRUE(bench.connection.peer_finished());
}

TEST(Rfc9293Calls, CloseInEveryState) { // 3.10.4
    using enum State;
    for (const auto& [before, after] : {std::pair{syn_sent, closed},
                                        {syn_received, syn_received},
                                        {established, fin_wait_1},
                                        {fin_wait_1, fin_wait_1},
                                        {fin_wait_2, fin_wait_2},
                                        {close_wait, last_ack},
                                        {closing, closing},
                                        {last_ack, last_ack},
                                        {time_wait, time_wait}}) {
        Bench bench;
        bench.bring_to(before);
        bench.connection.close();
        bench.flush();
        EXPECT_EQ(bench.connection.state(), after) << name_of(before);
        const bool sends_fin = before == established || before == close_wait;
        ASSERT_EQ(bench.recorder.sent.size(), sends_fin ? 1U : 0U) << name_of(before);
        if (before == syn_received) { // the FIN follows the handshake
            bench.arrive(bench.segment(flag::ack, theirs + 1, ours + 1));
            EXPECT_EQ(bench.connection.state(), fin_wait_1);
            ASSERT_EQ(bench.recorder.sent.size(), 1U);
            EXPECT_TRUE((bench.recorder.sent[0].flags & flag::fin) != 0);
        }
    }
}

TEST(Rfc9293Calls, AbortInEveryState) { // 3.10.5
    using enum State;
    for (const State before : {syn_sent, syn_received, established, fin_wait_1, fin_wait_2, close_wait,
                               closing, last_ack, time_wait}) {
        Bench bench;
        bench.bring_to(before);
        bench.connection.abort(bench.now);
        bench.flush();
        EXPECT_EQ(bench.connection.end(), tcp::End::aborted) << name_of(before);
        // In CLOSING and LAST-ACK the RFC sends none; a peer that we keep no memory of is better told.
        const bool told = before != syn_sent && before != time_wait;
        EXPECT_EQ(bench.recorder.sent.size(), told ? 1U : 0U) << name_of(before);
    }
}

TEST(Rfc9293Calls, CloseAfterQueuedDataSendsFinLast) { // 3.10.4
    Bench bench;
    bench.bring_to(State::established);
    bench.connection.push(bench.pool.copy(std::vector<std::uint8_t>(10, 1)));
    bench.connection.close();
    bench.flush();
    ASSERT_EQ(bench.recorder.sent.size(), 1U);
    EXPECT_EQ(bench.recorder.sent[0].payload, 10U);
    EXPECT_TRUE((bench.recorder.sent[0].flags & flag::fin) != 0);
}

TEST(Rfc9293Calls, AbortSendsAReset) { // 3.10.5
    Bench bench;
    bench.bring_to(State::established);
    bench.connection.abort(bench.now);
    bench.flush();
    ASSERT_EQ(bench.recorder.sent.size(), 1U);
    EXPECT_TRUE((bench.recorder.sent[0].flags & flag::rst) != 0);
    EXPECT_EQ(bench.recorder.sent[0].sequence, ours + 1);
}

TEST(Rfc9293Segments, TheWindowIsTakenFromTheNewestSegment) { // 3.10.7.4 fifth: SND.WL1, SND.WL2
    Bench bench;
    bench.bring_to(State::established);
    bench.arrive(bench.segment(flag::ack, theirs + 1, ours + 1, 10));
    Segment older = bench.segment(flag::ack, theirs + 1, ours + 1);
    older.window = 5;
    bench.arrive(std::move(older));
    EXPECT_EQ(bench.connection.sender().peer_window(), 30'000U);
    Segment newer = bench.segment(flag::ack, theirs + 11, ours + 1, 10);
    newer.window = 7;
    bench.arrive(std::move(newer));
    EXPECT_EQ(bench.connection.sender().peer_window(), 7U);
}

TEST(Rfc9293Segments, OnlyWhatIsNewOfATextIsTaken) { // 3.10.7.4 first and seventh
    Bench bench;
    bench.bring_to(State::established);
    bench.arrive(bench.segment(flag::ack, theirs + 1 - 5, ours + 1, 10));
    EXPECT_EQ(bench.connection.readable(), 5U);
    bench.arrive(bench.segment(flag::ack, theirs + 1 + 5, ours + 1, 20'000));
    EXPECT_EQ(bench.connection.readable(), 10'000U) << "what the window held, and no more";
}

TEST(Rfc9293Segments, TheirFinAgainBeginsTimeWaitAgain) { // 3.10.7.4 eighth
    Bench bench;
    bench.bring_to(State::time_wait);
    const Instant before = bench.connection.next_deadline();
    bench.now += std::chrono::seconds(10);
    bench.arrive(bench.segment(flag::ack | flag::fin, theirs + 1, ours + 2));
    EXPECT_EQ(bench.connection.next_deadline(), before + std::chrono::seconds(10));
}

TEST(Rfc9293Timers, RetransmissionsBackOffAndEnd) { // 3.10.8, RFC 6298
    Bench bench;
    bench.bring_to(State::established);
    bench.connection.push(bench.pool.copy(std::vector<std::uint8_t>(10, 1)));
    bench.flush();
    std::vector<Duration> gaps;
    Instant last = bench.now;
    while (!bench.connection.is_over()) {
        const std::size_t before = bench.recorder.sent.size();
        bench.now = bench.connection.next_deadline();
        ASSERT_NE(bench.now, Instant::max());
        bench.connection.process_deadline(bench.now);
        bench.flush();
        if (bench.recorder.sent.size() > before) {
            gaps.push_back(bench.now - last);
            last = bench.now;
        }
    }
    EXPECT_EQ(bench.connection.end(), tcp::End::timed_out);
    ASSERT_GE(gaps.size(), 5U);
    for (std::size_t i = 2; i < gaps.size(); ++i) {
        EXPECT_GE(gaps[i], gaps[i - 1]);
    }
}

TEST(Rfc9293Timers, TimeWaitEnds) {
    Bench bench;
    bench.bring_to(State::time_wait);
    bench.now += bench.settings.time_wait;
    bench.connection.process_deadline(bench.now);
    EXPECT_EQ(bench.connection.end(), tcp::End::closed);
}

TEST(Rfc9293Timers, KeepAliveProbesAnIdlePeerAndGivesUp) { // 3.8.4
    Bench bench;
    bench.bring_to(State::established);
    std::size_t probes = 0;
    while (!bench.connection.is_over() && probes < 50) {
        bench.now = bench.connection.next_deadline();
        bench.connection.process_deadline(bench.now);
        bench.recorder.sent.clear();
        bench.flush();
        for (const Sent& sent : bench.recorder.sent) {
            if (sent.flags == flag::ack) {
                ++probes;
                EXPECT_EQ(sent.sequence, ours);
                EXPECT_EQ(sent.payload, 0U);
            }
        }
    }
    EXPECT_EQ(probes, 9U);
    EXPECT_EQ(bench.connection.end(), tcp::End::timed_out);
}
