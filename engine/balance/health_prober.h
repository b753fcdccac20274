// Probes every server for itself (SPEC M6), from an address of this engine's own and from ports nothing else
// uses. In L3 DSR it is asked the way that clients' packets take (server_way.h): as the VIP, through its
// tunnel, once for each VIP that its pool stands behind. It answers from there, plainly; the port that it
// answers to tells which server it was.
//
// Ping is an ICMP echo; half-open TCP is SYN, SYN-ACK, and a reset so that the server's program never hears
// of it. tcp and http are conversations over a connection of their own (conversation.h). udp is an empty
// datagram together with a ping: a datagram in answer is good, "port unreachable" is bad, and silence is what
// many services answer to nothing, so then the ping decides. But kernels tell only so many ICMP errors (RFC
// 1812 section 4.3.2.8; Linux: one a second to each peer), so silence soon after "port unreachable" is a port
// that is closed still.
//
// Timing: a probe leaves every `interval`, from the moment the server is configured; it is lost when no
// answer came within `timeout`. Only the start differs: a server that has never been up is asked again 100 ms
// after each bad result for the first 1.5 s, because servers and engines of a network start together in any
// order.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/balance/conversation.h"
#include "engine/balance/health_tracker.h"
#include "engine/balance/server_way.h"
#include "engine/balance/service.h"
#include "engine/stack/ip_stack.h"

namespace fulcrum::balance {

// Who wants to know. Indices as in the ServiceTable.
class HealthListener {
public:
    virtual ~HealthListener() = default;
    virtual void server_changed(std::uint32_t pool, std::uint32_t server, bool up) = 0;
    // Time from probe to answer, smoothed over about eight probes.
    virtual void server_measured(std::uint32_t pool, std::uint32_t server, std::uint32_t response_us) = 0;
};

class HealthProber final : public AnswerTaker {
public:
    static constexpr std::uint16_t first_port = engine::last_source_port + 1; // … to 65535
    static constexpr Duration start_phase{std::chrono::milliseconds(1500)};
    static constexpr Duration start_pace{std::chrono::milliseconds(100)};
    // For so long after "port unreachable" silence counts as refused: three of Linux' icmp_ratelimit, because
    // checks of several ports of one server share what it tells.
    static constexpr Duration refusal_holds{std::chrono::seconds(3)};

    // `stack` and `listener` outlive the prober. `seed`: random, or strangers could forge answers.
    HealthProber(stack::IpStack& stack, std::uint64_t seed, HealthListener& listener);

    // Who holds tcp and http checks; before configure().
    void set_conversations(Conversations& conversations) { conversations_ = &conversations; }

    // Probes what `services` has. A check of a server that was there before goes on where it was; each new
    // one is asked at once.
    void configure(const ServiceTable& services, Instant now);

    // A packet for one of the engine's own addresses; true when it answered a probe (also one that was given
    // up).
    bool process(const stack::Packet& packet, Instant now);

    void poll(Instant now);
    Instant next_deadline() const { return next_; }

    // Every probed server is up, or its start phase is over.
    bool is_settled(Instant now) const;
    std::string why(std::uint32_t pool, std::uint32_t server) const; // empty: not probed

private:
    struct Probe {
        std::string pool_name;
        std::uint32_t pool = 0, server = 0;
        stack::VrfId vrf;
        ServerWay way;
        std::uint16_t port = 0; // TCP
        engine::ProxyProtocol proxy = engine::ProxyProtocol::off;
        HealthTracker tracker;
        Instant born;
        Instant next; // when the next one leaves
        Instant sent;
        bool waiting = false;           // for an answer to the one that left at `sent`
        std::uint16_t token = 0;        // our port, or the echo's sequence number
        std::uint32_t sequence = 0;     // TCP
        bool ponged = false;            // udp: the ping beside it was answered
        std::optional<Instant> refused; // udp: when its port was last told unreachable; none: answered since
        double response_us = 0;

        bool is(engine::HealthKind kind) const { return tracker.config().kind == kind; }
        bool by_conversation() const { return is(engine::HealthKind::tcp) || is(engine::HealthKind::http); }
        bool continues(const Probe& old) const; // the same check of the same server
    };

    std::optional<std::uint16_t> free_token();
    void send(Probe& probe, Instant now);
    void conversation_over(std::uint16_t port, ProbeResult result, const std::string& detail,
                           Instant now) override;
    void give_up(Probe& probe, Instant now);
    static ProbeResult result_of_silence(const Probe& probe);
    void finish(Probe& probe, ProbeResult result, Instant now, const std::string& detail = {});
    void conclude(const Probe& probe);
    void schedule();
    // From where to where: the way to a server, and its first hop.
    struct Route {
        ServerWay way;
        stack::Hop hop;
        IpAddress source;
    };
    std::vector<Probe> probes_of(const ServiceTable& services, std::uint32_t pool, Instant now) const;
    void send_ping(const Probe& probe, const Route& route, Instant now);
    void send_tcp(std::uint16_t port, std::uint16_t from, std::uint32_t sequence, std::uint8_t flags,
                  const Route& route, Instant now);
    void send_udp(const Probe& probe, const Route& route, Instant now);
    std::optional<Route> route_back(const stack::Packet& packet, std::uint16_t token) const;
    bool process_tcp(const stack::Packet& packet, Instant now);
    bool process_udp(const stack::Packet& packet, Instant now);
    bool process_icmp(const stack::Packet& packet, Instant now);
    // The probe that an answer from `address` to `token` is for; `ping`: the token is an echo's sequence
    // number.
    Probe* waiting_for(bool ping, std::uint16_t token, std::uint32_t address);
    std::uint32_t random();

    stack::IpStack& stack_;
    WaySender sender_;
    HealthListener& listener_;
    Conversations* conversations_ = nullptr;
    std::uint64_t random_state_;
    std::uint16_t echo_identifier_;
    std::uint16_t next_token_ = 0;
    std::vector<Probe> probes_;
    std::unordered_map<std::uint32_t, std::size_t> outstanding_; // our port → index into probes_
    Instant next_ = Instant::max();
};

} // namespace fulcrum::balance
