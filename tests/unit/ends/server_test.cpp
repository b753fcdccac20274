// The server over real sockets on loopback: what the connection machine cannot show.
#include "ends/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>

#include "ends/load_run.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::ends {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::uint16_t free_port(int type) {
    const UniqueFd fd(::socket(AF_INET, type, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t length = sizeof address;
    ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
    return ntohs(address.sin_port);
}

class ServerTest : public testing::Test {
protected:
    std::uint16_t tcp = free_port(SOCK_STREAM), udp = free_port(SOCK_DGRAM);
    UniqueFd stop{::eventfd(0, 0)};
    std::thread thread;

    void SetUp() override {
        auto server = Server::open({"server1", {tcp}, {udp}});
        ASSERT_TRUE(server) << server.error().message;
        server->stop_when_readable(stop.get());
        thread = std::thread([server = std::move(*server)]() mutable { EXPECT_TRUE(server.run()); });
    }
    void TearDown() override {
        const std::uint64_t one = 1;
        EXPECT_EQ(::write(stop.get(), &one, sizeof one), 8);
        thread.join();
    }
    static UniqueFd connect_to(std::uint16_t port, int type) {
        UniqueFd fd(::socket(AF_INET, type, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        const timeval patience{10, 0};
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        return fd;
    }
    static std::string read_to_end(int fd) {
        std::string all;
        std::vector<char> buffer(65536);
        for (ssize_t n = 0; (n = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;) {
            all.append(buffer.data(), static_cast<std::size_t>(n));
        }
        return all;
    }
    void send_all(int fd, const std::string& text) {
        EXPECT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    }
};

TEST_F(ServerTest, TellsBothAddresses) {
    const auto fd = connect_to(tcp, SOCK_STREAM);
    sockaddr_in own{};
    socklen_t length = sizeof own;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own), &length);
    send_all(fd.get(), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const auto answer = read_to_end(fd.get());
    EXPECT_THAT(answer, HasSubstr("\"peer\":\"127.0.0.1:" + std::to_string(ntohs(own.sin_port)) + "\""));
    EXPECT_THAT(answer, HasSubstr("\"local\":\"127.0.0.1:" + std::to_string(tcp) + "\""));
    EXPECT_THAT(answer, HasSubstr("\r\nDate: "));
}

TEST_F(ServerTest, ALargeAnswerArrivesWhole) {
    const auto fd = connect_to(tcp, SOCK_STREAM);
    send_all(fd.get(), "GET /bytes/30000000 HTTP/1.0\r\n\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(50)); // its send buffer is full by then
    const auto answer = read_to_end(fd.get());
    const auto body = std::string_view(answer).substr(answer.find("\r\n\r\n") + 4);
    ASSERT_EQ(body.size(), 30'000'000U);
    for (std::size_t i = 0; i < body.size(); i += 37) {
        ASSERT_EQ(body.substr(i, 3),
                  std::string_view("012").substr(0, std::min<std::size_t>(3, body.size() - i)))
            << i;
    }
}

TEST_F(ServerTest, TheReasonOfARefusalIsNotLostToAReset) {
    const auto fd = connect_to(tcp, SOCK_STREAM);
    send_all(fd.get(), "NONSENSE\r\n\r\n" + std::string(100'000, 'x')); // unread when the answer leaves
    EXPECT_THAT(read_to_end(fd.get()), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ServerTest, UdpEchoesWithItsNameFirst) {
    const auto fd = connect_to(udp, SOCK_DGRAM); // connected: only an answer from that very address is taken
    std::vector<char> buffer(70'000);
    for (const std::size_t size : {0UL, 5UL, 60'000UL, 65'507UL}) {
        send_all(fd.get(), std::string(size, 'u'));
        const auto n = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
        EXPECT_EQ(std::string(buffer.data(), static_cast<std::size_t>(n)),
                  ("server1 " + std::string(size, 'u')).substr(0, 65'507));
    }
}

TEST_F(ServerTest, AnswersTheLoadGenerator) {
    for (const bool keep_alive : {true, false}) {
        LoadOptions options;
        options.url = *parse_url("http://127.0.0.1:" + std::to_string(tcp));
        options.requests = 500;
        options.keep_alive = keep_alive;
        options.keep_answers = 3;
        const auto report = run_load(options);
        ASSERT_TRUE(report);
        EXPECT_EQ(report->requests, 500U);
        EXPECT_EQ(report->failed(), 0U);
        EXPECT_EQ(report->connections, keep_alive ? 10U : 500U);
        EXPECT_EQ(report->servers.at("server1"), 500U);
        ASSERT_EQ(report->answers.size(), 3U);
        EXPECT_THAT(report->answers[0].body, HasSubstr("\"peer\":\"" + report->answers[0].local + "\""));
    }
    LoadOptions options;
    options.url = *parse_url("udp://127.0.0.1:" + std::to_string(udp));
    options.requests = 200;
    const auto report = run_load(options);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->servers.at("server1"), 200U);
}

TEST_F(ServerTest, TheLoadGeneratorNamesItsErrors) {
    LoadOptions options;
    options.url = *parse_url("http://127.0.0.1:" + std::to_string(free_port(SOCK_STREAM)));
    options.requests = 5;
    options.connections = 5;
    EXPECT_EQ(run_load(options)->errors.at("connection refused"), 5U);
    options.url = *parse_url("http://127.0.0.1:" + std::to_string(tcp) + "/delay/5000");
    options.timeout = std::chrono::milliseconds(50);
    EXPECT_EQ(run_load(options)->errors.at("timed out"), 5U);
    options.url = *parse_url("http://127.0.0.1:" + std::to_string(tcp) + "/status/503");
    options.timeout = std::chrono::seconds(10);
    EXPECT_EQ(run_load(options)->statuses.at(503), 5U);
    options.url = *parse_url("http://no-such-host.invalid/");
    EXPECT_EQ(run_load(options).error().kind, ErrorKind::bad_input);
}

TEST_F(ServerTest, PortInUseIsNamed) {
    const auto second = Server::open({"server2", {tcp}, {}});
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("TCP port " + std::to_string(tcp)));
}

} // namespace
} // namespace fulcrum::ends
