// The control socket: a real one, under a name of this process' own.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>

#include <fmt/format.h>

#include "engine/control/client.h"
#include "engine/control/control_server.h"
#include "engine/control/report_json.h"

namespace fulcrum::engine {
namespace {

struct Target : ControlTarget {
    EngineReport report_stats() override {
        EngineReport r;
        r.name = "se1";
        return r;
    }
    std::vector<FlowReport> report_flows(std::size_t limit) override {
        return std::vector<FlowReport>(std::min<std::size_t>(limit, 5000));
    }
    std::vector<FlowReport> report_flow_log(std::uint64_t& cursor, std::size_t limit) override {
        std::vector<FlowReport> out;
        while (cursor < 4500 && out.size() < limit) {
            out.emplace_back().id = ++cursor;
        }
        return out;
    }
    std::vector<RequestReport> report_requests(std::uint64_t& cursor, std::size_t limit) override {
        std::vector<RequestReport> out;
        while (cursor < 4100 && out.size() < limit) {
            out.emplace_back().total_us = ++cursor;
        }
        return out;
    }
    Result<> configure(EngineConfig config) override {
        if (config.name == "refuse") {
            return fail("interface eth0: no such device");
        }
        configured = config;
        return {};
    }
    EngineConfig configured;
};

// The server in a thread of its own, as the engine's loop would run it.
struct ControlSocket : testing::Test {
    std::string name = fmt::format("fulcrum-test-{}-{}", ::getpid(),
                                   testing::UnitTest::GetInstance()->current_test_info()->name());
    Target target;
    std::atomic<bool> stop = false;
    std::thread thread;

    void SetUp() override {
        auto server = ControlServer::listen(name);
        ASSERT_TRUE(server) << server.error().message;
        thread = std::thread([this, s = std::move(*server)]() mutable {
            while (!stop) {
                pollfd wanted{.fd = s.fd(), .events = POLLIN, .revents = 0};
                ::poll(&wanted, 1, 5);
                s.serve(target);
            }
        });
    }
    void TearDown() override {
        stop = true;
        thread.join();
    }

    UniqueFd dial() const {
        UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path + 1, name.data(), name.size());
        EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address),
                            static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())),
                  0);
        return fd;
    }
    static std::string line_from(int fd, int patience_ms = 5000) {
        std::string out;
        char c = 0;
        pollfd wanted{.fd = fd, .events = POLLIN, .revents = 0};
        while (::poll(&wanted, 1, patience_ms) == 1 && ::recv(fd, &c, 1, 0) == 1 && c != '\n') {
            out.push_back(c);
        }
        return out;
    }
    static void say(int fd, std::string_view text) {
        ASSERT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    }
};

TEST_F(ControlSocket, every_operation_over_one_connection) {
    EngineClient client(dial());
    EXPECT_EQ(client.stats()->name, "se1");
    EXPECT_GT(client.stats()->cpu_us, 0U) << "of the process that answers";
    EXPECT_EQ(client.flows(7)->size(), 7U);
    EXPECT_EQ(client.flows(5000)->size(), ControlServer::max_flows_per_reply);
    std::uint64_t cursor = 0;
    const auto log = client.flow_log(cursor, 10000);
    ASSERT_TRUE(log) << log.error().message;
    ASSERT_EQ(log->size(), 4500U) << "in several replies";
    EXPECT_EQ(log->back().id, 4500U);
    EXPECT_EQ(cursor, 4500U);
    cursor = 0;
    const auto requests = client.requests(cursor, 4050);
    ASSERT_TRUE(requests) << requests.error().message;
    ASSERT_EQ(requests->size(), 4050U) << "in several replies";
    EXPECT_EQ(requests->back().total_us, 4050U);
    EXPECT_EQ(client.requests(cursor)->front().total_us, 4051U) << "the cursor goes on";
    EngineConfig config;
    config.name = "other";
    EXPECT_TRUE(client.configure(config));
    config.name = "refuse";
    const auto refused = client.configure(config);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "configure: interface eth0: no such device");
    config.name = "";
    const auto bad = client.configure(config);
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().kind, ErrorKind::bad_input);
    EXPECT_EQ(client.stats()->name, "se1") << "the connection outlives refusals";
}

TEST_F(ControlSocket, several_clients_at_once_and_lines_in_pieces) {
    const UniqueFd one = dial();
    const UniqueFd two = dial();
    say(one.get(), "{\"op\": \"st");
    say(two.get(), "{\"op\": \"stats\"}\n{\"op\": \"stats\"}\n{\"op\": ");
    EXPECT_NE(line_from(two.get()).find("\"ok\":true"), std::string::npos);
    EXPECT_NE(line_from(two.get()).find("\"ok\":true"), std::string::npos);
    say(one.get(), "ats\"}\n");
    EXPECT_NE(line_from(one.get()).find("se1"), std::string::npos);
}

TEST_F(ControlSocket, hostile_lines_are_answered_with_an_error) {
    const UniqueFd fd = dial();
    for (const std::string& line :
         {std::string("\n"), std::string("x\n"), std::string("{}\n"), std::string("{\"op\": 5}\n"),
          std::string("{\"op\": \"dance\"}\n"), std::string("{\"op\": \"flows\", \"limit\": -1}\n"),
          std::string("{\"op\": \"configure\"}\n"), std::string("{\"op\": \"configure\", \"config\": 1}\n"),
          std::string("{\"op\": \"stats\", \"op\": \"stats\"}\n"), std::string(10000, '[') + "\n",
          std::string("\0\xff\n", 3)}) {
        say(fd.get(), line);
        const std::string reply = line_from(fd.get());
        EXPECT_NE(reply.find("\"ok\":false"), std::string::npos) << line.substr(0, 50) << " → " << reply;
        EXPECT_FALSE(parse_reply(reply));
    }
    say(fd.get(), "{\"op\": \"stats\"}\n");
    EXPECT_NE(line_from(fd.get()).find("\"ok\":true"), std::string::npos);
}

TEST_F(ControlSocket, a_line_without_end_is_cut_off) {
    const UniqueFd fd = dial();
    const std::string chunk(1U << 20, 'a');
    std::size_t sent = 0;
    while (sent < ControlServer::max_line_bytes + (4U << 20)) {
        const ssize_t n = ::send(fd.get(), chunk.data(), chunk.size(), MSG_NOSIGNAL);
        if (n <= 0) {
            break;
        }
        sent += static_cast<std::size_t>(n);
    }
    EXPECT_LT(sent, ControlServer::max_line_bytes + (4U << 20)) << "the server hung up";
    EngineClient other(dial());
    EXPECT_TRUE(other.stats());
}

TEST_F(ControlSocket, a_client_that_never_reads_costs_one_reply_and_harms_nobody) {
    const UniqueFd fd = dial();
    const std::string line = "{\"op\": \"flows\", \"limit\": 2000}\n";
    std::size_t sent = 0;
    for (int i = 0; i < 200000; ++i) {
        const ssize_t n = ::send(fd.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n <= 0) {
            break;
        }
        sent += static_cast<std::size_t>(n);
    }
    EXPECT_LT(sent, 200000 * line.size()) << "it is not read from while it does not read";
    EngineClient other(dial());
    EXPECT_TRUE(other.stats());
}

TEST_F(ControlSocket, one_client_too_many_is_told_so) {
    std::vector<UniqueFd> clients;
    for (std::size_t i = 0; i < ControlServer::max_clients; ++i) {
        clients.push_back(dial());
        say(clients.back().get(), "{\"op\": \"stats\"}\n");
        EXPECT_NE(line_from(clients.back().get()).find("\"ok\":true"), std::string::npos);
    }
    const UniqueFd late = dial();
    EXPECT_NE(line_from(late.get()).find("too many clients"), std::string::npos);
    clients.pop_back();
    bool room = false;
    for (int i = 0; i < 100 && !room; ++i) {
        EngineClient again(dial());
        room = again.stats().has_value();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_TRUE(room);
}

TEST_F(ControlSocket, a_second_engine_in_one_namespace_is_refused) {
    const auto second = ControlServer::listen(name);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message.find("another engine runs"), std::string::npos);
}

} // namespace
} // namespace fulcrum::engine
