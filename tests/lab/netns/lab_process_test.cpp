// Programs in nodes: those of the plan, and those a client runs.
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tests/lab/netns/lab_fixture.h"

namespace fulcrum::netns {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

LabPlan with_process(const std::string& script, bool signals_ready, const std::string& input = "") {
    LabPlan plan = pair();
    plan.nodes[0].processes = {{"engine", {"sh", "-c", script}, input, signals_ready}};
    return plan;
}

TEST_F(LabTest, ExecKeepsStatusAndStreams) {
    up(pair());
    const Output output = sh("a", "echo out; echo err >&2; exit 42");
    EXPECT_EQ(output.status, 42);
    EXPECT_EQ(output.out, "out\n");
    EXPECT_EQ(output.err, "err\n");
    EXPECT_EQ(sh("a", "kill -9 $$").status, 128 + 9);
}

TEST_F(LabTest, ExecOfWhatCannotRun) {
    up(pair());
    const Output missing = run(lab_, "a", {"no-such-program"});
    EXPECT_EQ(missing.status, 127);
    EXPECT_EQ(missing.err, "a: no-such-program: No such file or directory\n");
    EXPECT_EQ(run(lab_, "a", {"/etc/passwd"}).status, 126);
    EXPECT_THAT(run(lab_, "z", {"true"}).err, HasSubstr("has no node z"));
}

TEST_F(LabTest, ExecGetsEnvironmentDirectoryAndBytes) {
    LabClient client = up(pair());
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ExecRequest request;
    request.node = "a";
    request.argv = {"/bin/sh", "-c", "pwd; printf %s \"$X\"; printf %s \"$1\"", "sh", "\xff\x01"};
    request.environment = {"X=caf\xe9"};
    request.directory = "/usr";
    request.out = ends[1];
    EXPECT_EQ(client.exec(request).value(), 0);
    char text[64] = {};
    ASSERT_GT(::read(ends[0], text, sizeof text - 1), 0);
    EXPECT_STREQ(text, "/usr\ncaf\xe9\xff\x01");
    request.directory = "/no/such/place";
    request.err = ends[1];
    EXPECT_EQ(client.exec(request).value(), 126);
}

TEST_F(LabTest, ManyExecsAtOnce) {
    up(pair());
    std::vector<pid_t> children;
    for (int i = 0; i < 10; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            ::_exit(sh("a", fmt::format("sleep 0.3; exit {}", i)).status);
        }
        children.push_back(child);
    }
    for (int i = 0; i < 10; ++i) {
        int status = 0;
        ::waitpid(children[static_cast<std::size_t>(i)], &status, 0);
        EXPECT_EQ(WEXITSTATUS(status), i);
    }
}

TEST_F(LabTest, TerminalIsARealOne) {
    LabClient client = up(pair());
    int in[2], out[2];
    ASSERT_EQ(::pipe(in), 0);
    ASSERT_EQ(::pipe(out), 0);
    ExecRequest request;
    request.node = "a";
    request.argv = {"sh", "-c", "tty; stty size; read line; echo got $line; ps -o tty= -p $$; exit 3"};
    request.in = in[0];
    request.out = out[1];
    request.terminal = true;
    ASSERT_EQ(::write(in[1], "hello\n", 6), 6);
    EXPECT_EQ(client.exec(request).value(), 3);
    char text[1024] = {};
    ASSERT_GT(::read(out[0], text, sizeof text - 1), 0);
    EXPECT_THAT(text, HasSubstr("/dev/pts/0\r\n")); // what was typed is echoed at any time between these
    EXPECT_THAT(text, HasSubstr("24 80\r\n"));
    EXPECT_THAT(text, HasSubstr("got hello"));
    EXPECT_THAT(text, HasSubstr("pts/0"));
}

TEST_F(LabTest, ProgramGoesWithItsClientAndDaemonsStay) {
    up(pair());
    const pid_t child = ::fork();
    if (child == 0) {
        // A daemon, then a program that shrugs at SIGHUP, in one group.
        sh("a", "setsid sleep 1001 & trap '' HUP; sleep 1002; sleep 1003");
        ::_exit(0);
    }
    const auto running = [&](const char* seconds) {
        return sh("b", fmt::format("ps -eo args | grep -c '^sleep {}'", seconds)).out == "1\n";
    };
    ASSERT_TRUE(eventually([&] { return running("1001") && running("1002"); }));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(eventually([&] { return !running("1002") && !running("1003"); }));
    EXPECT_TRUE(running("1001"));
}

TEST_F(LabTest, SignalsAreForwarded) {
    up(pair());
    const pid_t child = ::fork();
    if (child == 0) {
        auto client = LabClient::connect(lab_);
        ExecRequest request;
        request.node = "a";
        request.argv = {"sh", "-c", "trap 'exit 9' TERM; while :; do sleep 0.05; done"};
        const auto status = client->exec(request, true);
        ::_exit(status ? *status : 99);
    }
    ASSERT_TRUE(
        eventually([&] { return sh("b", "ps -eo args | grep -c \"^sh -c trap 'exit\"").out == "1\n"; }));
    ::kill(child, SIGTERM);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 9);
}

TEST_F(LabTest, LaunchWaitsUntilProcessesAreReady) {
    LabClient client = up(with_process("cat > /run/input; sleep 0.3; echo x >&$FULCRUM_READY_FD; "
                                       "touch /run/ready; exec sleep 1000",
                                       true, "configuration"));
    EXPECT_EQ(sh("a", "sleep 0.1; cat /run/input; ls /run/ready").out, "configuration/run/ready\n");
    EXPECT_NE(sh("b", "ls /run/ready").status, 0); // each node has its own
    const auto status = client.status();
    ASSERT_TRUE(status);
    EXPECT_EQ(status->nodes[0].state, NodeState::running);
    EXPECT_THAT(status->nodes[0].processes, ElementsAre("engine"));
}

TEST_F(LabTest, FailedProcessUnwindsTheLaunchWithItsLastWords) {
    const std::string name = unique_lab_name();
    const auto launched =
        launch(with_process("echo starting; echo 'line 3: bad VIP' >&2; exit 4", true), options(name));
    ASSERT_FALSE(launched);
    EXPECT_EQ(launched.error().message,
              "bring up lab " + name + ": node a: engine: exited with status 4: line 3: bad VIP");
    EXPECT_FALSE(name_is_taken(name));
    const auto missing = launch(
        [] {
            LabPlan plan = pair();
            plan.nodes[1].processes = {{"server", {"no-such-server"}, "", false}};
            return plan;
        }(),
        options(name));
    ASSERT_FALSE(missing);
    EXPECT_THAT(
        missing.error().message,
        HasSubstr("node b: server: exited with status 127: b: no-such-server: No such file or directory"));
}

TEST_F(LabTest, DeathOfAProcessFailsItsNodeOnly) {
    LabClient client = up(with_process("echo before; echo x >&$FULCRUM_READY_FD; exec sleep 1000", true));
    std::uint64_t cursor = 0;
    ASSERT_TRUE(client.events(cursor, 0));
    ASSERT_EQ(sh("b", "kill -9 $(ps -eo pid,args | awk '$2==\"sleep\" {print $1}')").status, 0);
    const auto events = client.events(cursor, 2000);
    ASSERT_TRUE(events);
    ASSERT_EQ(events->size(), 1U);
    EXPECT_EQ(events->front().node, "a");
    EXPECT_EQ(events->front().text, "engine: killed by signal 9: before");
    const auto status = client.status();
    EXPECT_EQ(status->nodes[0].state, NodeState::failed);
    EXPECT_EQ(status->nodes[1].state, NodeState::running);
    EXPECT_EQ(client.process_log("a", "engine").value(), "before\n");
    ASSERT_TRUE(client.start_node("a")); // again
    EXPECT_EQ(client.status()->nodes[0].state, NodeState::running);
    EXPECT_TRUE(pings("a", "b"));
}

TEST_F(LabTest, StopEndsDaemonsAndStartBringsProcessesBack) {
    LabClient client = up(with_process("echo x >&$FULCRUM_READY_FD; exec sleep 1000", true));
    ASSERT_EQ(sh("a", "trap '' TERM; setsid sleep 1001 > /dev/null 2>&1 &").status, 0);
    ASSERT_EQ(sh("b", "setsid sleep 1002 > /dev/null 2>&1 &").status, 0);
    const auto start = std::chrono::steady_clock::now();
    const auto stopped = client.stop_node("a");
    ASSERT_TRUE(stopped) << stopped.error().message;
    EXPECT_GT(std::chrono::steady_clock::now() - start,
              std::chrono::milliseconds(1900)); // one ignored SIGTERM
    EXPECT_EQ(sh("b", "ps -eo args | grep '^sleep'").out, "sleep 1002\n");
    EXPECT_EQ(client.status()->nodes[0].state, NodeState::stopped);
    ASSERT_TRUE(client.start_node("a"));
    EXPECT_EQ(sh("b", "ps -eo args | grep -c '^sleep 1000'").out, "1\n");
}

// The distribution's own configuration: port 80, files in /var/log/nginx, /run/nginx.pid, workers as
// www-data.
TEST_F(LabTest, ThreeNginxSideBySide) {
    up(star(3));
    if (sh("host1", "command -v nginx").status != 0) {
        GTEST_SKIP() << "nginx is not installed";
    }
    for (const char* server : {"host1", "host2", "host3"}) {
        const Output started = run(lab_, server, {"nginx"});
        ASSERT_EQ(started.status, 0) << server << ": " << started.err;
    }
    for (const char* server : {"host1", "host2", "host3"}) {
        const Output answer =
            sh("host1", fmt::format("curl -s -o /dev/null -w '%{{http_code}}' http://{}/", server));
        EXPECT_EQ(answer.out, "200") << server;
        EXPECT_EQ(sh(server, "grep -c 'GET / ' /var/log/nginx/access.log").out, "1\n");
    }
}

TEST_F(LabTest, ExecLooksNoFurtherThanItMay) {
    LabClient client = up(pair());
    ExecRequest request;
    request.node = "a";
    request.argv = {"no-such-program"};
    request.environment = {"PATH=/proc/1/root/nowhere:/usr/bin"};
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    request.err = null.get();
    EXPECT_EQ(client.exec(request).value(), 127);
}

} // namespace
} // namespace fulcrum::netns
