// Request replay over real sockets, against a server that does what servers do to clients.
#include "app/cli/request_sender.h"

#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <set>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "capture/time_between.h"

using namespace fulcrum;
using namespace fulcrum::cli;
using capture::RecordedRequest;

namespace {

// A server in a process of its own, so that its descriptors are not the sender's. Every answer's body is
// "OPEN MOST": how many connections it has just then, and had at most.
//   /then-close   answers as if it kept the connection, and closes it
//   /second-dies  closes without an answer when it is asked for over a connection that had an answer before
class Server {
public:
    Server() {
        listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(listener_.get(), 1024), 0);
        EXPECT_EQ(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = ntohs(address.sin_port);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve(listener_.get());
        }
        listener_.reset();
    }
    ~Server() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    capture::Socket socket() const { return {*IpAddress::parse("127.0.0.1"), port_}; }

private:
    struct Client {
        std::string bytes;
        int answers = 0;
    };

    [[noreturn]] static void serve(int listener) {
        std::map<int, Client> clients;
        std::size_t most = 0;
        while (true) {
            std::vector<pollfd> polled;
            for (const auto& [fd, client] : clients) {
                polled.push_back({fd, POLLIN, 0});
            }
            polled.push_back({listener, POLLIN, 0}); // the last: who is gone is gone before others come
            ::poll(polled.data(), polled.size(), -1);
            for (const pollfd& one : polled) {
                if (one.revents == 0) {
                    continue;
                }
                if (one.fd == listener) {
                    clients[::accept(listener, nullptr, nullptr)] = {};
                    most = std::max(most, clients.size());
                } else if (!attend(one.fd, clients.at(one.fd), clients.size(), most)) {
                    clients.erase(one.fd);
                    ::close(one.fd);
                }
            }
        }
    }

    // False: this connection is over.
    static bool attend(int fd, Client& client, std::size_t open, std::size_t most) {
        char buffer[4096];
        const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
        if (n <= 0) {
            return false;
        }
        client.bytes.append(buffer, static_cast<std::size_t>(n));
        if (client.bytes.find("\r\n\r\n") == std::string::npos) {
            return true;
        }
        const auto asks_for = [&](std::string_view path) {
            return client.bytes.find(path) != std::string::npos;
        };
        if (asks_for("/second-dies") && client.answers > 0) {
            return false;
        }
        const std::string body = fmt::format("{} {}", open, most);
        const std::string answer =
            fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
        ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
        ++client.answers;
        const bool goes_on = !asks_for("/then-close");
        client.bytes.clear();
        return goes_on;
    }

    UniqueFd listener_;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
};

RecordedRequest request(std::uint32_t connection, std::int64_t ms, const std::string& method,
                        const std::string& target) {
    RecordedRequest made;
    made.time_ns = ms * 1'000'000;
    made.connection = connection;
    made.method = method;
    made.target = target;
    made.bytes = fmt::format("{} {} HTTP/1.1\r\nHost: x\r\n{}\r\n", method, target,
                             method == "POST" ? "Content-Length: 0\r\n" : "");
    return made;
}

class RequestSender : public ::testing::Test {
protected:
    SentRequests send(const std::vector<RecordedRequest>& requests, double speed) {
        RequestSending sending;
        sending.speed = speed;
        sending.open = [this](const RecordedRequest&) -> Result<UniqueFd> {
            ++opened;
            return UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        };
        sending.target = [this](const RecordedRequest&) { return server.socket(); };
        sending.cancelled = [this] { return cancelled && cancelled(); };
        return send_requests(requests, sending);
    }
    // "OPEN MOST", as numbers.
    static std::pair<int, int> counts(const HttpAnswer& answer) {
        char* rest = nullptr;
        const auto open = std::strtol(answer.body.c_str(), &rest, 10);
        return {static_cast<int>(open), static_cast<int>(std::strtol(rest, nullptr, 10))};
    }

    Server server;
    int opened = 0;
    std::function<bool()> cancelled;
};

} // namespace

TEST_F(RequestSender, AConnectionIsClosedWhenItsLastRequestIsAnswered) {
    const auto sent = send({request(1, 0, "GET", "/"), request(1, 60, "GET", "/"),
                            request(2, 120, "GET", "/"), request(3, 180, "GET", "/")},
                           1);
    for (const HttpAnswer& answer : sent.answers) {
        EXPECT_EQ(answer.status, 200) << answer.failure;
        EXPECT_EQ(counts(answer).first, 1) << "kept to the end of the replay, there would be two and three";
    }
    EXPECT_EQ(opened, 3) << "the second request went over the first one's connection";
}

TEST_F(RequestSender, TopSpeedHasABoundedNumberOfConnections) {
    std::vector<RecordedRequest> requests;
    for (std::uint32_t i = 0; i < 600; ++i) {
        requests.push_back(request(i, i, "GET", "/"));
    }
    const auto sent = send(requests, 0);
    int most = 0;
    for (const HttpAnswer& answer : sent.answers) {
        EXPECT_EQ(answer.status, 200) << answer.failure;
        most = std::max(most, counts(answer).second);
    }
    EXPECT_LE(most, 256);
}

TEST_F(RequestSender, ConnectionsWaitForADescriptorOfAnother) {
    const UniqueFd lowest(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); // the next one has this number
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit few{static_cast<rlim_t>(lowest.get()) + 4, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    std::vector<RecordedRequest> requests;
    for (std::uint32_t i = 0; i < 20; ++i) {
        requests.push_back(request(i, 0, "GET", "/"));
    }
    const auto sent = send(requests, 0);
    // With none left at all nobody waits for ever.
    const rlimit none{static_cast<rlim_t>(lowest.get()), before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    const auto lost = send({request(1, 0, "GET", "/")}, 0);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    for (const HttpAnswer& answer : sent.answers) {
        EXPECT_EQ(answer.status, 200) << answer.failure;
        EXPECT_LE(counts(answer).second, 4);
    }
    EXPECT_EQ(lost.answers.front().status, 0);
    EXPECT_NE(lost.answers.front().failure.find("open files"), std::string::npos);
}

TEST_F(RequestSender, WhatAKeptConnectionLostIsAskedASecondTimeWhenThatIsHarmless) {
    const auto sent = send({request(1, 0, "GET", "/"), request(1, 1, "GET", "/second-dies"),
                            request(2, 0, "GET", "/"), request(2, 1, "POST", "/second-dies")},
                           0);
    EXPECT_EQ(sent.answers[1].status, 200) << sent.answers[1].failure;
    EXPECT_TRUE(sent.answers[1].asked_twice);
    EXPECT_FALSE(sent.answers[0].asked_twice);
    EXPECT_EQ(sent.answers[3].status, 0) << "two orders are not one";
    EXPECT_FALSE(sent.answers[3].failure.empty());
    EXPECT_EQ(opened, 3);
}

TEST_F(RequestSender, AConnectionThatTheServerHasClosedMeanwhileIsNotUsed) {
    const auto sent = send({request(1, 0, "GET", "/then-close"), request(1, 150, "POST", "/")}, 1);
    EXPECT_EQ(sent.answers[1].status, 200) << sent.answers[1].failure;
    EXPECT_FALSE(sent.answers[1].asked_twice) << "it was sent once";
    EXPECT_EQ(opened, 2);
}

TEST_F(RequestSender, InterruptedItKeepsTheAnswersThatItHas) {
    cancelled = [begun = std::chrono::steady_clock::now()] {
        return std::chrono::steady_clock::now() - begun > std::chrono::milliseconds(200);
    };
    const auto sent = send(
        {request(1, 0, "GET", "/"), request(1, 3'600'000, "GET", "/"), request(2, 3'600'000, "GET", "/")}, 1);
    EXPECT_TRUE(sent.interrupted);
    EXPECT_EQ(sent.answers[0].status, 200) << sent.answers[0].failure;
    EXPECT_FALSE(sent.answers[0].given_up);
    EXPECT_FALSE(sent.answers[1].asked);
    EXPECT_FALSE(sent.answers[2].asked);
    EXPECT_FALSE(sent.answers[2].failure.empty());
}

TEST_F(RequestSender, AFailingSocketIsTheFailureOfItsRequestAlone) {
    RequestSending sending;
    sending.speed = 0;
    sending.open = [](const RecordedRequest& one) -> Result<UniqueFd> {
        if (one.target == "/nowhere") {
            return fail("node x: it does not run");
        }
        return UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    };
    sending.target = [this](const RecordedRequest&) { return server.socket(); };
    sending.cancelled = [] { return false; };
    const auto sent = send_requests({request(1, 0, "GET", "/nowhere"), request(2, 0, "GET", "/")}, sending);
    EXPECT_EQ(sent.answers[0].failure, "node x: it does not run");
    EXPECT_EQ(sent.answers[1].status, 200);
}

TEST(TimesOfPackets, AreAsFarApartAs64BitsTell) {
    constexpr auto least = std::numeric_limits<std::int64_t>::min(),
                   most = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(capture::ns_between(10, 4), -6);
    EXPECT_EQ(capture::ns_between(least, most), most);
    EXPECT_EQ(capture::ns_between(most, least), least);
    EXPECT_EQ(capture::ns_between(-1, most), most);
    EXPECT_EQ(capture::ns_between(least, -1), most);
}
