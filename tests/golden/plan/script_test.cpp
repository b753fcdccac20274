// The script of a plan, run by a plain shell in namespaces of its own: the network it builds carries packets.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>

#include "designer/plan/plan.h"
#include "tests/golden/plan/drawings.h"

namespace fulcrum::designer {
namespace {

struct Finished {
    int status = -1;
    std::string output;
};

Finished run(const std::string& command) {
    Finished done;
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) {
        return done;
    }
    char buffer[4096];
    while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) {
        done.output += buffer;
    }
    const int status = ::pclose(pipe);
    done.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return done;
}

class Script : public ::testing::Test {
protected:
    void SetUp() override {
        const Finished able =
            run("unshare -rmn sh -c 'mount -t tmpfs tmpfs /run && mkdir /run/netns && "
                "ip netns add probe && ip netns exec probe sysctl -qw net.ipv4.ip_forward=1 && "
                "ip netns exec probe ping -V'");
        if (able.status != 0) {
            GTEST_SKIP() << "needs user namespaces, ip, sysctl and ping: " << able.output;
        }
        std::string name = "/tmp/fulcrum-script-XXXXXX";
        const int fd = ::mkstemp(name.data());
        ASSERT_GE(fd, 0);
        ::close(fd);
        file_ = name;
    }
    void TearDown() override {
        if (!file_.empty()) {
            ::unlink(file_.c_str());
        }
    }

    // Runs the commands (with $s in front of what the script does) after `up`, and `down` after them.
    Finished in_network_of(const testing::Drawing& drawing, const std::string& commands) {
        const Result<Plan> plan = make_plan(drawing.document);
        EXPECT_TRUE(plan.has_value()) << plan.error().message;
        std::ofstream(file_) << plan_as_script(*plan);
        return run("timeout 60 unshare -rmn sh -euc 's=\"sh " + file_ +
                   "\"; mount -t tmpfs tmpfs /run; $s up; " + commands +
                   "; $s down; ls /run/netns | grep -c . || :'");
    }

    std::string file_;
};

constexpr const char* ping = "ping -q -c 1 -W 2 ";

// What needs no engine: everything but the SE itself.
TEST_F(Script, builds_a_network_that_routes) {
    const Finished done = in_network_of(testing::dsr_ring(),
                                        std::string("$s in client1 ") + ping + "10.1.1.11; $s in client2 " +
                                            ping + "10.1.1.12; $s in client1 " + ping + "192.168.2.101");
    EXPECT_EQ(done.status, 0) << done.output;
    EXPECT_THAT(done.output, ::testing::EndsWith("\n0\n")) << "down left a namespace";
}

TEST_F(Script, M3_dsr_servers_own_the_vip_and_are_silent_about_it) {
    // The neighbour of the VIP stays unknown on the router as long as no SE answers, though both servers own
    // it.
    const Finished done = in_network_of(
        testing::dsr_ring(),
        std::string("$s in server1 ") + ping + "10.1.1.100; $s in router3 " + ping +
            "10.1.1.100 || :; $s in router3 ip neigh show 10.1.1.100; $s in server1 ip address show lo");
    EXPECT_EQ(done.status, 0) << done.output;
    EXPECT_THAT(done.output, ::testing::HasSubstr("10.1.1.100 dev eth2 ")) << "asked for";
    EXPECT_THAT(done.output, ::testing::Not(::testing::HasSubstr("10.1.1.100 dev eth2 lladdr")))
        << "answered";
    EXPECT_THAT(done.output, ::testing::HasSubstr("inet 10.1.1.100/32"));
}

TEST_F(Script, policy_routes_lead_answers_to_the_se) {
    // Stands in for the SE: an address of its own in the place of the engine.
    const Finished done = in_network_of(
        testing::in_line_far(),
        "$s in router2 ip rule; $s in router2 ip route get 192.168.1.101 from 172.16.10.11 iif eth1; "
        "$s in router1 ip route get 192.168.1.101 from 172.16.10.11 iif eth2; "
        "$s in router1 ip route get 192.168.1.101 from 172.16.10.11 iif eth1");
    EXPECT_EQ(done.status, 0) << done.output;
    EXPECT_THAT(done.output, ::testing::HasSubstr("from 172.16.10.0/24 iif eth1 lookup 100"));
    EXPECT_THAT(done.output, ::testing::HasSubstr("192.168.1.101 from 172.16.10.11 via 10.254.0.1 dev eth0"));
    EXPECT_THAT(done.output, ::testing::HasSubstr("192.168.1.101 from 172.16.10.11 via 172.16.1.5 dev eth1"));
    EXPECT_THAT(done.output, ::testing::HasSubstr("192.168.1.101 from 172.16.10.11 dev eth0"))
        << "what comes from the SE goes on to the client";
}

} // namespace
} // namespace fulcrum::designer
