// Messages on a stream: cut anywhere, with descriptors, and from somebody who means harm.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>

#include "netns/control_message.h"
#include "netns/control_socket.h"
#include "netns/frame.h"

namespace fulcrum::netns {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct SocketPair {
    SocketPair() {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        one = UniqueFd(ends[0]);
        other = UniqueFd(ends[1]);
    }
    UniqueFd one, other;
};

TEST(Frame, DecoderTakesBytesOneByOne) {
    const std::string bytes = encode_frame_header(5, 0) + "hello" + encode_frame_header(0, 0);
    FrameDecoder decoder(100);
    std::vector<std::string> texts;
    for (const char byte : bytes) {
        decoder.feed({&byte, 1}, {});
        auto frame = decoder.next();
        ASSERT_TRUE(frame);
        if (*frame) {
            texts.push_back((*frame)->text);
        }
    }
    EXPECT_THAT(texts, ElementsAre("hello", ""));
}

TEST(Frame, DecoderRefuses) {
    const auto refusal = [](const std::string& bytes) {
        FrameDecoder decoder(100);
        decoder.feed(bytes, {});
        const auto frame = decoder.next();
        return frame ? std::string() : frame.error().message;
    };
    EXPECT_THAT(refusal("GET / HTTP/1.0"), HasSubstr("not of this version"));
    EXPECT_THAT(refusal(encode_frame_header(101, 0)), HasSubstr("101 bytes are too many"));
    EXPECT_THAT(refusal(encode_frame_header(0, 5)), HasSubstr("5 descriptors are too many"));
    EXPECT_THAT(refusal(encode_frame_header(0, 1)), HasSubstr("did not come"));
    EXPECT_EQ(refusal(encode_frame_header(100, 0)), ""); // waits for the rest
}

TEST(Frame, DescriptorsComeWithTheirMessage) {
    SocketPair sockets;
    const UniqueFd null(::open("/dev/null", O_RDONLY));
    const std::array<int, 2> sent = {null.get(), sockets.one.get()};
    ASSERT_TRUE(send_frame(sockets.one.get(), "first"));
    ASSERT_TRUE(send_frame(sockets.one.get(), "second", sent));
    FrameDecoder decoder(100);
    std::vector<Frame> frames;
    while (frames.size() < 2) {
        ASSERT_TRUE(receive_available(sockets.other.get(), decoder).value());
        for (auto frame = decoder.next(); frame && *frame; frame = decoder.next()) {
            frames.push_back(std::move(**frame));
        }
    }
    EXPECT_EQ(frames[0].descriptors.size(), 0U);
    ASSERT_EQ(frames[1].descriptors.size(), 2U);
    struct stat status {};
    ::fstat(frames[1].descriptors[0].get(), &status);
    EXPECT_TRUE(S_ISCHR(status.st_mode));
}

TEST(Frame, LargeMessagesPassQueueAndBlockingReader) {
    SocketPair sockets;
    FrameQueue queue;
    queue.push(std::string(3'000'000, 'x'));
    ASSERT_TRUE(queue.flush(sockets.one.get()));
    EXPECT_FALSE(queue.empty()); // more than a socket holds
    std::thread reader([&] {
        const auto frame = receive_frame(sockets.other.get(), most_request_bytes);
        ASSERT_TRUE(frame && *frame);
        EXPECT_EQ((*frame)->text.size(), 3'000'000U);
    });
    while (!queue.empty()) {
        ASSERT_TRUE(queue.flush(sockets.one.get()));
    }
    reader.join();
    sockets.one.reset();
    EXPECT_FALSE(receive_frame(sockets.other.get(), 10).value()); // the end, between two messages
}

TEST(ControlMessage, ExecKeepsBytesThatAreNoText) {
    ControlRequest request;
    request.operation = Operation::exec;
    request.node = "a";
    request.argv = {"prog", "\xff\x01\x7f", "é"};
    request.environment = {"X=\xe9"};
    request.directory = "/tmp/\xfe";
    request.terminal = true;
    request.rows = 50;
    const auto back = parse_request(emit_request(request));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->argv, request.argv);
    EXPECT_EQ(back->environment, request.environment);
    EXPECT_EQ(back->directory, request.directory);
    EXPECT_TRUE(back->terminal);
    EXPECT_EQ(back->rows, 50U);
}

TEST(ControlMessage, RequestsAreStrict) {
    const auto refusal = [](const char* text) { return parse_request(text).error().message; };
    EXPECT_EQ(refusal(R"({"op":"fly"})"), "request.op: \"fly\" is no operation");
    EXPECT_EQ(refusal(R"({"op":"down","force":1})"), "request.force: unknown key");
    EXPECT_EQ(refusal(R"({"op":"exec","node":"a"})"), "request.argv: no program");
    EXPECT_EQ(refusal(R"({"op":"exec","argv":["a\u0000b"]})"),
              "request: a NUL byte in an argument, a variable or the directory");
    EXPECT_EQ(refusal(R"({"op":"exec","argv":["\u0100"]})"),
              "request.argv[0]: code points above U+00FF stand for no byte");
    EXPECT_EQ(refusal(R"({"op":"signal","signal":65})"),
              "request.signal: a whole number from 0 to 64 is expected");
}

TEST(ControlMessage, RepliesRoundTrip) {
    LabStatus status;
    status.name = "lab";
    status.nodes = {{"a", "server", NodeState::failed, "died", {"p"}}};
    status.segments = {"lan"};
    const auto back = parse_status(emit_status(status));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->nodes[0].state, NodeState::failed);
    EXPECT_EQ(back->nodes[0].detail, "died");
    EXPECT_THAT(back->segments, ElementsAre("lan"));

    const auto interfaces = parse_interfaces(emit_interfaces({{"a", "eth0", true, 1, 2, 3, 4, 5}}));
    ASSERT_TRUE(interfaces);
    EXPECT_EQ(interfaces->front().tx_packets, 4U);
    EXPECT_TRUE(interfaces->front().up);

    std::uint64_t cursor = 0;
    EXPECT_EQ(parse_events(emit_events({{7, "a", "x"}}, 9), cursor)->front().time_ns, 7U);
    EXPECT_EQ(cursor, 9U);

    const auto failure = parse_done(emit_failure({"no such node", ErrorKind::bad_input}));
    EXPECT_EQ(failure.error().message, "no such node");
    EXPECT_EQ(failure.error().kind, ErrorKind::bad_input);
    EXPECT_EQ(parse_progress(emit_progress({3, 4, "x"}))->done, 3U);
    EXPECT_FALSE(parse_progress(emit_done()));
}

TEST(ControlSocket, NameIsClaimedOnceAndFreedByClosing) {
    const std::string name = control_socket_name(::geteuid(), "unit-" + std::to_string(::getpid()));
    auto first = claim_socket_name(name);
    ASSERT_TRUE(first && *first);
    EXPECT_FALSE(claim_socket_name(name).value());
    first->reset();
    EXPECT_TRUE(claim_socket_name(name).value());
}

TEST(ControlSocket, LabsAreFoundInProcNetUnix) {
    const std::string text = "Num       RefCount Protocol Flags    Type St Inode Path\n"
                             "0000: 00000002 00000000 00010000 0001 01 11 @fulcrum/1000/two\n"
                             "0000: 00000003 00000000 00000000 0001 03 12 @fulcrum/1000/two\n"
                             "0000: 00000002 00000000 00000000 0001 01 13 @fulcrum/1000/starting\n"
                             "0000: 00000002 00000000 00010000 0001 01 14 @fulcrum/100/other\n"
                             "0000: 00000002 00000000 00010000 0001 01 15 @fulcrum/1000/one\n"
                             "0000: 00000002 00000000 00010000 0001 01 16\n";
    EXPECT_THAT(labs_in(text, 1000), ElementsAre("one", "two"));
}

} // namespace
} // namespace fulcrum::netns
