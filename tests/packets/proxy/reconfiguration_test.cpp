// M13: a full proxy's limits while its configuration changes.
#include "tests/packets/proxy/full_proxy_rig.h"

namespace fulcrum::test {
namespace {

struct Reconfiguration : FullProxy {
    engine::EngineConfig config = full_proxy_config();

    void configure() {
        ASSERT_TRUE(rig->engine().configure(config));
        rig->settle();
        rig->take_seen();
    }
    bool is_refused(std::uint16_t port) {
        End c = client_end(port);
        const auto answer = send(c.segment(syn));
        EXPECT_EQ(answer.size(), 1U);
        return !answer.empty() && (answer[0].tcp_flags() & rst) != 0;
    }
};

TEST_F(Reconfiguration, M13_what_a_client_has_counts_on_when_its_service_is_renamed) {
    config.services[0].limits.client_connections = 2;
    restart(config);
    End first = client_end(40000), second = client_end(40001);
    ASSERT_EQ(handshake(first).size(), 1U);
    ASSERT_EQ(handshake(second).size(), 1U);
    config.services[0].name = "shop";
    configure();
    EXPECT_TRUE(is_refused(40002));
    EXPECT_EQ(rig->report().services[0].connections, 2U) << "and its totals are the same service's";
    send(first.segment(rst | ack));
    End third = client_end(40003);
    EXPECT_EQ(handshake(third).size(), 1U) << "one has ended: there is room for one";
    EXPECT_TRUE(is_refused(40004));
    config.services[0].name = "web";
    configure();
    EXPECT_TRUE(is_refused(40005)) << "back again: nothing was left behind under the old name";
    send(second.segment(rst | ack));
    send(third.segment(rst | ack));
    End fourth = client_end(40006), fifth = client_end(40007);
    EXPECT_EQ(handshake(fourth).size(), 1U);
    EXPECT_EQ(handshake(fifth).size(), 1U);
}

TEST_F(Reconfiguration, M13_a_used_up_rate_stays_used_up_when_the_service_is_renamed) {
    config.services[0].limits.client_rate_per_s = 2;
    restart(config);
    for (const std::uint16_t port : std::initializer_list<std::uint16_t>{40000, 40001}) {
        End c = client_end(port);
        ASSERT_EQ(handshake(c).size(), 1U);
    }
    ASSERT_TRUE(is_refused(40002));
    config.services[0].name = "shop";
    ASSERT_TRUE(rig->engine().configure(config));
    EXPECT_TRUE(is_refused(40003));
    rig->run_for(std::chrono::seconds(1));
    EXPECT_FALSE(is_refused(40004));
}

TEST_F(Reconfiguration, M13_a_limit_that_comes_later_counts_the_connections_that_are_there) {
    End first = client_end(40000), second = client_end(40001);
    ASSERT_EQ(handshake(first).size(), 1U);
    ASSERT_EQ(handshake(second).size(), 1U);
    config.services[0].limits.client_connections = 2;
    configure();
    EXPECT_TRUE(is_refused(40002));
    send(first.segment(rst | ack));
    EXPECT_FALSE(is_refused(40003));
}

TEST_F(Reconfiguration, M13_another_service_with_an_old_ones_name_inherits_its_limits_only) {
    config.services[0].limits.client_connections = 1;
    restart(config);
    End first = client_end(40000);
    ASSERT_EQ(handshake(first).size(), 1U);
    engine::ServiceConfig other = config.services[0]; // takes the name; the old one stays under a new one
    other.ports = {{engine::Protocol::tcp, 81, 0}};
    config.services[0].name = "old";
    config.services.push_back(other);
    configure();
    EXPECT_TRUE(is_refused(40001)) << "the connection belongs to the service that has its port";
    End at_81 = client_end(40002);
    at_81.peer = vip + ":81";
    EXPECT_EQ(send(at_81.segment(syn)).at(0).tcp_flags(), syn_ack);
}

} // namespace
} // namespace fulcrum::test
