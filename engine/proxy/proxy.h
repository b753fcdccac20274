// Full proxy for TCP services (SPEC M1): ends the client's connection, opens one to a server, carries bytes
// between them.
//
//   SYN, ACK       the listener's, until the handshake is complete; nothing is sent towards servers
//   complete       a session: a server from the pool, a source port, our SYN to the server
//   data           read from one leg, pushed into the other, by reference
//   FIN            passed on (half close); both ways: the session ends, late segments meet the listener
//   RST, time-out  the other leg is reset
//   no answer      from a server: another one is tried, as often as the service says; then the client is
//   reset
//
// A layer-7 service puts an HttpSession between the two: it asks for a server for each request, and server
// connections outlive it (server_connections.h).
//
// One worker owns a proxy. Work is collected per batch: process_… only feeds the state machines, flush()
// carries bytes and sends.
#pragma once

#include <vector>

#include "engine/balance/balancer.h"
#include "engine/http/http_policy.h"
#include "engine/proxy/listener.h"
#include "engine/proxy/request_ring.h"
#include "engine/proxy/server_connections.h"
#include "engine/proxy/session.h"

namespace fulcrum::proxy {

struct ProxyLimits {
    std::size_t half_open = HalfOpenTable::default_limit;
    std::size_t time_wait = TimeWaitTable::default_limit;
    std::size_t buffer_bytes = std::size_t{512} << 20; // payload held for all sessions together
};

class Proxy final : public balance::StreamTaker, private http::RequestSink {
public:
    // `stack` and `balancer` outlive the proxy. `key`: random.
    Proxy(stack::IpStack& stack, balance::Balancer& balancer, const tcp::HashKey& key,
          const balance::FlowHasher& hasher, Instant now, const ProxyLimits& limits = {});

    // After the balancer's.
    void configure(const engine::EngineConfig& config, Instant now);

    void process_unknown(const stack::Packet& packet, const balance::FlowKey& key,
                         const balance::Endpoint& endpoint, Instant now) override;
    void process_known(const stack::Packet& packet, balance::FlowRecord& flow, balance::Direction direction,
                       Instant now) override;
    void process_stray(const stack::Packet& packet, const balance::FlowKey& key, Instant now) override;
    void process_error(balance::FlowRecord& flow, balance::Direction direction, std::uint32_t quoted_sequence,
                       std::uint16_t mtu_bytes, Instant now) override;
    bool holds(const balance::FlowKey& out) const override { return spare_.holds(out); }
    std::optional<balance::FlowKey> find_idle(const balance::Service& service, std::uint32_t server,
                                              std::uint16_t port, std::uint16_t vrf) const override {
        return spare_.find_idle(service.name, server, port, vrf);
    }
    void flow_ended(balance::FlowRecord& flow, Instant now) override;
    void flow_moved(balance::FlowRecord& flow, std::uint32_t index) override;

    void flush(Instant now); // once per batch, before the stack's flush
    void poll(Instant now);
    Instant next_deadline() const;

    engine::ProxyReport report() const;
    // Requests of layer-7 services that have ended, from `cursor` on, oldest first.
    std::vector<engine::RequestReport> requests(std::uint64_t& cursor, std::size_t limit,
                                                std::int64_t wall_ns) const {
        return requests_.read(cursor, limit, wall_ns);
    }

private:
    using FlowRecord = balance::FlowRecord;

    void open(const stack::Packet& packet, const balance::FlowKey& key, const balance::Endpoint& endpoint,
              const tcp::Handshake& handshake, tcp::Segment first, Instant now);
    // Gives the session a server and begins the handshake with it; false: there is none.
    bool connect(Session& session, FlowRecord& flow, const balance::Balancer::Wish& wish, Instant now);

    void touch(std::uint32_t index);
    void pump(std::uint32_t index, Instant now);
    void follow_back(Session& session, FlowRecord& flow, Instant now);
    void follow_resets(Session& session, Instant now);
    void read_opening(Session& session, FlowRecord& flow, Instant now);
    void begin_service(Session& session, FlowRecord& flow, Instant now);
    bool greet_server(Session& session, const FlowRecord& flow);
    http::ProxiedConnection client_of(const Session& session, const FlowRecord& flow) const;

    // proxy_http.cpp
    bool carry_http(Session& session, FlowRecord& flow, Instant now); // true: there is more to do at once
    bool carry_http_once(Session& session, FlowRecord& flow, Instant now); // true: something moved
    bool hear_server(Session& session, FlowRecord& flow, Instant now);     // the same
    void find_server(Session& session, FlowRecord& flow, Instant now);
    void release_server(Session& session, FlowRecord& flow, Instant now);
    void close_server(Session& session, FlowRecord& flow, Instant now);
    void server_failed(Session& session, FlowRecord& flow, Instant now);
    void request_done(const http::RequestLog& log) override;

    void send_front(Session& session, FlowRecord& flow, Instant now);
    void send_back(Session& session, FlowRecord& flow, Instant now);
    void shed(Instant now);
    void expire(std::uint32_t index, Instant now);
    void arm(std::uint32_t index, const FlowRecord& flow, Instant now);
    void close(std::uint32_t index, Instant now);
    void give_back(std::uint32_t index, FlowRecord& flow);
    Duration idle_timeout(const FlowRecord& flow) const;

    stack::IpStack& stack_;
    balance::Balancer& balancer_;
    tcp::BufferPool buffers_; // before sessions_: outlives what they hold
    SegmentSender sender_;
    Listener listener_;
    ServerConnections spare_;
    SessionTable sessions_;
    SessionTimers timers_;
    std::vector<std::uint32_t> touched_;
    std::map<std::string, std::shared_ptr<const http::HttpPolicy>> policies_; // by service
    RequestRing requests_;
    Instant next_shed_{};
    const FlowRecord* current_ = nullptr; // whose HttpSession is being called
    engine::ProxyReport counters_;
};

} // namespace fulcrum::proxy
