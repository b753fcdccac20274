// The balancer: takes what the stack does not keep for itself, finds or starts the flow a packet belongs to,
// and lets the service's mode move it.
//
// One worker owns a balancer. Per packet of a known flow: one hash look-up, one record, no allocation, no
// system call; frames leave with the stack's next flush.
//
// Rules for packets that belong to no flow:
//   - TCP SYN or UDP for a service port: a new flow, on a server the pool picks. When the picked server
//     would give two flows of one client port the same return path (in-line cannot translate client
//     ports), another server is taken; when there is none, the packet is dropped (port-conflict).
//   - TCP without SYN for a service port, as after a restart of this engine: with Maglev the hash finds
//     the server again and the flow is adopted; with any other algorithm nobody knows the server, and the
//     packet is dropped (no-flow), answered by a reset when the service refuses closed ports.
//   - any other port of a VIP: dropped (closed-port), answered when the service refuses closed ports.
//   - no server accepts (no-server), or the service is over a limit (limit): the same in modes that only pass
//     packets on. Full proxy is the client's other end and refuses at once, whatever closed ports do, also
//     when its source ports are used up (ports-exhausted) or its flow table is full. As long as a server's
//     health is not known yet, no-server is silent: the client asks again, and may find it up.
//   - transit: routed while this engine is active and has an in-line service in the VRF, else dropped
//     (not-for-us, or standby when it was for a VIP of ours that another engine owns). Service VIPs of
//     other modes hide everything behind them.
//
// Full proxy: TCP segments go to the StreamTaker, which has the connections; here are their flow records,
// servers, source addresses and ports. UDP flows of full proxy are moved here like those of every other mode.
//
// Rules for flows whose server goes down: TCP flows stay until they time out or are reset by either end,
// because the server may only have missed a probe; a repeated SYN that was never answered and the next UDP
// packet get another server. Draining and disabled servers keep the flows they have.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/balance/client_limits.h"
#include "engine/balance/flow_log.h"
#include "engine/balance/flow_paths.h"
#include "engine/balance/flow_table.h"
#include "engine/balance/flow_timers.h"
#include "engine/balance/health_prober.h"
#include "engine/balance/mode.h"
#include "engine/balance/name_table.h"
#include "engine/balance/quoted_packet.h"
#include "engine/balance/service.h"
#include "engine/balance/source_ports.h"
#include "engine/balance/stream_taker.h"
#include "engine/balance/tcp_tracker.h"
#include "engine/stack/ip_stack.h"

namespace fulcrum::balance {

class Balancer final : public HealthListener {
public:
    // `stack` outlives the balancer. `hasher`: random secrets, fixed ones in tests.
    Balancer(stack::IpStack& stack, const FlowHasher& hasher, Instant now);
    void set_taker(StreamTaker& taker) { taker_ = &taker; } // before the first packet

    // Takes a configuration that the stack has taken already. Flows live on whose VIP, port, mode, server
    // address and server port still exist; the others end here and now and are logged as closed. Counters of
    // services and servers that keep their name and address go on.
    void configure(const engine::EngineConfig& config, Instant now);

    // A packet that is not the stack's nor the prober's.
    void process(const stack::Packet& packet, Instant now);

    void tick(Instant now) { paths_.tick(now); } // once per batch, before process()
    void poll(Instant now);                      // ends flows that timed out
    Instant next_deadline() const;

    ServiceTable& services() { return table_; }
    void server_changed(std::uint32_t pool, std::uint32_t server, bool up) override {
        table_.pools[pool].set_up(server, up);
    }
    void server_measured(std::uint32_t pool, std::uint32_t server, std::uint32_t response_us) override {
        table_.pools[pool].servers()[server].response_us = response_us;
    }

    // Services with their servers (up, draining, why left empty), and the flow figures.
    void report(engine::EngineReport& out) const;
    // `wall_ns`: what to add to monotonic nanoseconds to get CLOCK_REALTIME.
    std::vector<engine::FlowReport> flows(std::size_t limit, std::int64_t wall_ns) const; // newest first
    std::vector<engine::FlowReport> flow_log(std::uint64_t& cursor, std::size_t limit, std::int64_t wall_ns);

    // --- for the StreamTaker (balancer_proxied.cpp)
    enum class Admission : std::uint8_t {
        yes,
        limit,
        no_server,
        unknown // no server yet: one that may be up has not answered a health check so far
    };
    // Whether a client's handshake may be answered; takes nothing.
    Admission may_begin(const Endpoint& endpoint, std::uint32_t client, Instant now);
    // The flow of a client whose handshake is complete. It has no server yet. Null: none is to be had
    // (counted).
    FlowRecord* begin_proxied(const stack::Packet& packet, const FlowKey& in, const Endpoint& endpoint,
                              Instant now);
    struct Wish {
        std::uint16_t use = 0;               // of the service's pools
        std::optional<std::uint32_t> server; // a cookie's; taken when it accepts
        bool another = false;                // than the one it had, if there is one: that did not answer
        bool reuse = false;                  // an idle connection of the taker's will do
    };
    // Gives the flow a server, a source address and a free port: keys[1] is then the key of what the server
    // sends. False: no server accepts, or all ports are taken (counted).
    bool bind(FlowRecord& flow, const Wish& wish, Instant now);
    // Takes the server away again, logged as an exchange that has ended. `keep_port`: the connection stays
    // open, and its owner gives the port back.
    FlowKey unbind(FlowRecord& flow, engine::FlowState state, bool keep_port);
    void give_back_port(const FlowKey& out) { source_ports_.give_back(out); }
    void end_proxied(FlowRecord& flow, engine::FlowState state) { end(flow, state); }
    void set_state(FlowRecord& flow, engine::FlowState state);
    // Passive health: the server refused, reset, did not answer, or answered that it cannot.
    void report_failure(const FlowRecord& flow, Instant now) {
        if (flow.has_server()) {
            table_.pools[use_of(flow).pool].note_failure(flow.server, now);
        }
    }
    void report_success(const FlowRecord& flow) {
        if (flow.has_server()) {
            table_.pools[use_of(flow).pool].note_success(flow.server);
        }
    }
    // What the taker's connection to the flow's server has sent, as IP bytes.
    void note_sent(const FlowRecord& flow, std::uint64_t bytes) {
        if (flow.has_server()) {
            note_server_bytes(flow, Direction::in, bytes);
        }
    }
    // Counts a packet of a client for which there is nothing, and tells it where the rules say so.
    void refuse(const stack::Packet& packet, const Endpoint& endpoint, wire::DropReason reason, Instant now) {
        refuse(packet, table_.services[endpoint.service], reason, now);
    }
    FlowRecord& flow(std::uint32_t index) { return flows_->at(index); }
    std::uint32_t index_of(const FlowRecord& flow) const { return flows_->index_of(flow); }
    bool reads_http(const Endpoint& endpoint) const {
        return table_.services[endpoint.service].config.layer7;
    }
    const Service& service_of(const FlowRecord& flow) const { return table_.services[flow.service]; }
    const std::string& server_name(const FlowRecord& flow) { return server_of(flow).config.name; }
    bool server_accepts(const FlowRecord& flow) { return server_of(flow).accepts(); }
    std::optional<std::uint16_t> find_use(const FlowRecord& flow, std::string_view pool) const;
    std::optional<std::uint32_t> find_server(const FlowRecord& flow, std::uint16_t use,
                                             std::string_view name) const;
    FlowPaths& paths() { return paths_; }

private:
    using ServerMoves = std::vector<std::optional<std::uint32_t>>; // by old index: new index, none: gone

    // An L4 header, checked as far as flows need it.
    struct Segment {
        std::uint8_t tcp_flags = 0;
    };

    ServiceTable build(const engine::EngineConfig& config);
    const ModeHandler* handler_of(engine::Mode mode) const;
    void carry_counters(const ServiceTable& old, const std::vector<ServerMoves>& moved);
    void carry_flows(ServiceTable& old, Instant now);
    void carry_limits(const ServiceTable& old);
    const Service* predecessor_of(const Service& service, const ServiceTable& old) const;
    bool adopt_into_new(FlowRecord& flow);
    void resize_flows(std::uint32_t max_flows, Instant now);

    void process_transport(const stack::Packet& packet, Instant now);
    void process_icmp(const stack::Packet& packet, Instant now);
    void process_known(const stack::Packet& packet, FlowTable::Hit hit, const FlowKey& key, Instant now);
    void process_unknown(const stack::Packet& packet, const FlowKey& key, const Segment& segment,
                         Instant now);
    void process_transit(const stack::Packet& packet, Instant now);
    std::optional<Segment> checked(const stack::Packet& packet); // none: dropped and counted
    void refuse(const stack::Packet& packet, const Service& service, wire::DropReason reason, Instant now);

    void start(const stack::Packet& packet, const FlowKey& key, const Segment& segment,
               const Endpoint& endpoint, Instant now);
    tl::expected<FlowRecord*, wire::DropReason> insert(Service& service, const FlowKey& key,
                                                       const Endpoint& endpoint, Pick& pick, Instant now);
    Admission admission_without_server(const Service& service) const;
    void move(const stack::Packet& packet, FlowRecord& flow, Direction direction, Instant now);
    void end(FlowRecord& flow, engine::FlowState state);
    void forget(FlowRecord& flow);
    void expire(FlowRecord& flow, Instant now);
    Duration timeout_of(const FlowRecord& flow) const;
    PoolUse& use_of(const FlowRecord& flow) { return table_.services[flow.service].uses[flow.use]; }
    Tally& tally_of(const FlowRecord& flow) { return use_of(flow).tallies[flow.server]; } // has_server()
    Server& server_of(const FlowRecord& flow) {
        return table_.pools[use_of(flow).pool].servers()[flow.server];
    }
    void process_tunnel_error(const stack::Packet& packet, const QuotedTunnel& tunnel, Instant now);
    void tell_client_of_tunnel(const QuotedTunnel& tunnel, const FlowRecord& flow, stack::VrfId vrf,
                               Instant now);
    void process_proxied_error(const stack::Packet& packet, FlowRecord& flow, Direction direction,
                               Instant now);
    const Endpoint* endpoint_of(const FlowRecord& flow) const;
    void process_stray(const stack::Packet& packet, const FlowKey& key, Instant now);
    void note_packet(const stack::Packet& packet, FlowRecord& flow, Direction direction, Instant now);
    void note_server_bytes(const FlowRecord& flow, Direction direction, std::uint64_t bytes); // has_server()
    void note_station(const stack::Packet& packet, FlowRecord& flow) const {
        flow.client_mac = packet.source_mac;
        flow.client_interface = auto_gateway_ ? packet.ingress.value : no_interface;
    }
    void attach(FlowRecord& flow, std::uint16_t use, const Pick& pick, const FlowKey& out, Instant now);
    // A free source address and port towards a server, as the key of what it sends; else no_route, or
    // ports_exhausted when all are taken.
    tl::expected<FlowKey, wire::DropReason> source_for(const Service& service, const FlowKey& in,
                                                       std::uint32_t server, std::uint16_t server_port);
    void count_active(const FlowRecord& flow, std::int64_t change);
    FlowLogRecord log_record(const FlowRecord& flow) const;
    void drop(wire::DropReason reason) { stack_.drops().add(reason); }

    stack::IpStack& stack_;
    FlowHasher hasher_;
    FlowPaths paths_;
    std::unique_ptr<ModeHandler> in_line_, l2_dsr_, l3_dsr_ipip_, l3_dsr_gre_, full_proxy_udp_;
    StreamTaker* taker_ = nullptr;
    SourcePorts source_ports_;
    ClientLimits client_limits_;
    std::uint32_t next_source_ = 0; // of a SNAT pool
    bool auto_gateway_ = true;
    NameTable names_;
    std::uint32_t unnamed_ = names_.intern("");
    ServiceTable table_;
    std::vector<bool> routed_vrfs_; // by VrfId: transit is routed
    engine::Role role_ = engine::Role::standby;
    std::unique_ptr<FlowTable> flows_;
    std::unique_ptr<FlowTimers> timers_;
    FlowLog log_;
    std::uint64_t next_flow_id_ = 1;
};

} // namespace fulcrum::balance
