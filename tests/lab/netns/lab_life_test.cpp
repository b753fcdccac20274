// How labs begin and end, by the book and otherwise.
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <random>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>

#include "netns/control_socket.h"
#include "tests/lab/netns/lab_fixture.h"

namespace fulcrum::netns {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// Two planned processes, and one that the first left behind.
LabPlan two_nodes_with_daemons() {
    LabPlan plan = pair();
    for (NodePlan& node : plan.nodes) {
        node.processes = {
            {"p", {"sh", "-c", "setsid sleep 1001 & echo x >&$FULCRUM_READY_FD; exec sleep 1000"}, "", true}};
    }
    return plan;
}

TEST_F(LabTest, IsListedWhileItRuns) {
    LabClient client = up(pair());
    EXPECT_THAT(running_labs().value(), Contains(lab_));
    ASSERT_TRUE(client.down());
    EXPECT_THAT(running_labs().value(), Not(Contains(lab_)));
    EXPECT_FALSE(LabClient::connect(lab_));
}

TEST_F(LabTest, KeepsPlanAndDocumentForWhoeverAttachesLater) {
    LabPlan plan = pair();
    plan.document = "{\"drawing\": \"…\"}";
    up(plan);
    const pid_t child = ::fork(); // another process, which knows only the name
    if (child == 0) {
        auto client = LabClient::connect(lab_);
        const bool same = client && client->document().value() == plan.document &&
                          client->plan().value().nodes.size() == 2 && client->status()->nodes[1].name == "b";
        ::_exit(same ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

TEST_F(LabTest, NameClash) {
    up(pair());
    const auto again = launch(pair(), options(lab_));
    ASSERT_FALSE(again);
    EXPECT_THAT(again.error().message, HasSubstr("a lab of this name runs already"));
    LabPlan plan = pair();
    plan.name = lab_;
    const auto next = launch(plan, options());
    ASSERT_TRUE(next) << next.error().message;
    labs_.push_back(next->lab);
    EXPECT_EQ(next->lab, lab_ + "-2");
}

TEST_F(LabTest, ProblemsAreToldBeforeAnythingIsMade) {
    LabPlan plan = pair();
    plan.wires[0].b.interface = "eth5";
    const auto launched = launch(plan, options(unique_lab_name()));
    ASSERT_FALSE(launched);
    EXPECT_EQ(launched.error().kind, ErrorKind::bad_input);
    EXPECT_THAT(launched.error().message, HasSubstr("node b has no interface eth5"));
}

TEST_F(LabTest, FailureUnwindsAndNamesTheObject) {
    LabPlan plan = pair();
    plan.nodes[1].sysctls = {{"net/ipv4/no_such_key", "1"}};
    const std::string name = unique_lab_name();
    const auto launched = launch(plan, options(name));
    ASSERT_FALSE(launched);
    EXPECT_EQ(launched.error().message,
              "bring up lab " + name +
                  ": node b: sysctl net/ipv4/no_such_key = 1: No such file or directory");
    EXPECT_FALSE(name_is_taken(name));
}

TEST_F(LabTest, RefusalOfTheMachineNamesTheSetting) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const uid_t uid = ::geteuid();
    const pid_t child = ::fork();
    if (child == 0) {
        // A user namespace of our own, in which the setting is ours to make.
        const auto write = [](const char* path, const std::string& text) {
            const UniqueFd fd(::open(path, O_WRONLY | O_CLOEXEC));
            return ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
        };
        std::string said = "could not prepare";
        if (::unshare(CLONE_NEWUSER) == 0 && write("/proc/self/uid_map", fmt::format("0 {} 1", uid)) &&
            write("/proc/sys/user/max_user_namespaces", "0")) {
            const auto launched = launch(pair(), options(unique_lab_name()));
            said = launched ? "launched" : launched.error().message;
        }
        (void)!::write(ends[1], said.data(), said.size());
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    char said[1024] = {};
    ASSERT_GT(::read(ends[0], said, sizeof said - 1), 0);
    EXPECT_THAT(said, HasSubstr("allow them with \"sudo sysctl user.max_user_namespaces=10000\""));
}

TEST_F(LabTest, KillMinus9OfTheSupervisorLeavesNothing) {
    const HostView before = host_view();
    LabPlan plan = two_nodes_with_daemons();
    LabClient client = up(plan);
    const int pid = client.status()->supervisor_pid;
    const std::uint64_t space = user_namespace_of(pid);
    ASSERT_NE(space, user_namespace_of(::getpid()));
    ASSERT_GE(processes_in(space), 4U); // supervisor, two planned, one daemon
    EXPECT_EQ(host_view(), before);     // nothing shows in the host even while it runs
    ASSERT_EQ(::kill(pid, SIGKILL), 0);
    EXPECT_TRUE(eventually([&] { return processes_in(space) == 0 && !name_is_taken(lab_); }));
    EXPECT_EQ(host_view(), before);
    const auto again = launch(pair(), options(lab_)); // the name is free at once
    EXPECT_TRUE(again) << again.error().message;
}

TEST_F(LabTest, SigtermTakesItDown) {
    LabClient client = up(two_nodes_with_daemons());
    const int pid = client.status()->supervisor_pid;
    const std::uint64_t space = user_namespace_of(pid);
    ASSERT_EQ(::kill(pid, SIGTERM), 0);
    EXPECT_TRUE(eventually([&] { return processes_in(space) == 0 && !name_is_taken(lab_); }));
}

TEST_F(LabTest, TwentyTimesUpAndDownLeaveNothing) {
    const HostView before = host_view();
    for (int i = 0; i < 20; ++i) {
        LabClient client = up(two_nodes_with_daemons());
        const std::uint64_t space = user_namespace_of(client.status()->supervisor_pid);
        const auto down = client.down();
        ASSERT_TRUE(down) << down.error().message;
        ASSERT_EQ(processes_in(space), 0U);
        ASSERT_FALSE(name_is_taken(lab_));
    }
    EXPECT_EQ(host_view(), before);
}

TEST_F(LabTest, LauncherKilledMidLaunchLeavesNothing) {
    std::minstd_rand random(7);
    for (int i = 0; i < 8; ++i) {
        const std::string name = unique_lab_name();
        LabPlan plan = star(60);
        plan.nodes[0].processes = {
            {"slow", {"sh", "-c", "sleep 1; echo x >&$FULCRUM_READY_FD; sleep 9"}, "", true}};
        const pid_t child = ::fork();
        if (child == 0) {
            (void)launch(plan, options(name));
            ::_exit(0);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        EXPECT_TRUE(eventually([&] { return !name_is_taken(name); })) << name;
    }
}

TEST_F(LabTest, CancelledLaunchLeavesNothing) {
    LaunchOptions cancelling = options(unique_lab_name());
    std::size_t reports = 0;
    cancelling.progress = [&](const LaunchProgress& progress) {
        EXPECT_LE(progress.done, progress.total);
        ++reports;
    };
    cancelling.cancelled = [&] { return reports >= 1; };
    const auto launched = launch(star(300), cancelling);
    ASSERT_FALSE(launched);
    EXPECT_THAT(launched.error().message, HasSubstr("cancelled"));
    EXPECT_FALSE(name_is_taken(cancelling.name));
}

TEST_F(LabTest, DialReachesAnAbstractSocketInTheNode) {
    LabClient client = up(pair());
    ASSERT_EQ(
        sh("a",
           "(timeout 20 python3 -c 'import socket\ns=socket.socket(socket.AF_UNIX)\ns.bind(\"\\0door\")\n"
           "s.listen()\nc=s.accept()[0]\nc.sendall(c.recv(9)[::-1])' > /dev/null 2>&1 &); true")
            .status,
        0);
    Result<UniqueFd> socket = fail("");
    ASSERT_TRUE(eventually([&] {
        socket = client.dial("a", "door");
        return socket.has_value();
    }));
    ASSERT_EQ(::send(socket->get(), "abc", 3, 0), 3);
    char text[4] = {};
    ASSERT_EQ(::recv(socket->get(), text, 3, 0), 3);
    EXPECT_STREQ(text, "cba");
    const auto elsewhere = client.dial("b", "door");
    ASSERT_FALSE(elsewhere);
    EXPECT_THAT(elsewhere.error().message, HasSubstr("node b: connect to door: Connection refused"));
}

TEST_F(LabTest, GarbageOnTheControlSocketHurtsNobody) {
    LabClient client = up(pair());
    std::minstd_rand random(11);
    for (int i = 0; i < 50; ++i) {
        const auto socket = connect_to_socket(control_socket_name(::geteuid(), lab_));
        ASSERT_TRUE(socket);
        std::string bytes(random() % 5000, '\0');
        for (char& byte : bytes) {
            byte = static_cast<char>(random());
        }
        if (i % 2 == 0) { // a good header before the garbage
            bytes.insert(0, std::string("flb1\x10\0\0\0\0\0\0\0", 12));
        }
        (void)::send(socket->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    EXPECT_EQ(client.status()->nodes.size(), 2U);
    EXPECT_EQ(sh("a", "exit 5").status, 5);
}

TEST_F(LabTest, EventsWaitForTheNextOne) {
    LabClient client = up(pair());
    std::uint64_t cursor = 0;
    ASSERT_FALSE(client.events(cursor, 0)->empty());
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(client.events(cursor, 200)->empty());
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(190));
    std::jthread other([&] { (void)LabClient::connect(lab_)->set_link("a", "eth0", false); });
    const auto events = client.events(cursor, 5000);
    ASSERT_EQ(events->size(), 1U);
    EXPECT_EQ(events->front().text, "eth0 down");
}

} // namespace
} // namespace fulcrum::netns
