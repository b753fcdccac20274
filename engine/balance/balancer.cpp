#include "engine/balance/balancer.h"

#include <algorithm>

#include "engine/wire/tcp.h"
#include "engine/wire/udp.h"

namespace fulcrum::balance {

using engine::FlowState;
using engine::Protocol;
using stack::Destination;
using wire::DropReason;
namespace flag = wire::tcp_flag;

namespace {

constexpr std::uint32_t expiries_per_poll = 8192; // a turn of the loop stays below a millisecond or two

bool is_first_syn(std::uint8_t flags) {
    return (flags & (flag::syn | flag::ack)) == flag::syn;
}

} // namespace

void Balancer::process(const stack::Packet& packet, Instant now) {
    switch (packet.ip.protocol()) {
    case wire::protocol_tcp:
    case wire::protocol_udp:
        process_transport(packet, now);
        return;
    case wire::protocol_icmp:
        process_icmp(packet, now);
        return;
    default:
        if (packet.destination == Destination::transit) {
            process_transit(packet, now);
        } else {
            drop(DropReason::unknown_protocol);
        }
    }
}

void Balancer::process_transport(const stack::Packet& packet, Instant now) {
    const auto l4 = packet.ip.payload();
    if (l4.size() >= wire::udp_header_bytes && !packet.ip.is_fragment()) {
        const FlowKey key{.source = packet.ip.source_value(),
                          .destination = packet.ip.destination_value(),
                          .source_port = load_be16(l4.data()),
                          .destination_port = load_be16(l4.data() + 2),
                          .protocol = packet.ip.protocol(),
                          .vrf = packet.vrf.value};
        if (const FlowTable::Hit hit = flows_->find(key); hit.flow != nullptr) {
            process_known(packet, hit, key, now);
            return;
        }
        if (packet.destination != Destination::transit) {
            if (const auto segment = checked(packet)) {
                process_unknown(packet, key, *segment, now);
            }
            return;
        }
    } else if (packet.destination != Destination::transit) {
        drop(packet.ip.protocol() == wire::protocol_tcp ? DropReason::tcp_too_short
                                                        : DropReason::udp_too_short);
        return;
    }
    process_transit(packet, now);
}

std::optional<Balancer::Segment> Balancer::checked(const stack::Packet& packet) {
    if (packet.ip.protocol() == wire::protocol_tcp) {
        const auto tcp = wire::TcpMutableView::parse(packet.ip.payload(), packet.checksum_check());
        if (!tcp) {
            drop(tcp.error());
            return std::nullopt;
        }
        return Segment{tcp->flags()};
    }
    const auto udp = wire::UdpMutableView::parse(packet.ip.payload(), packet.checksum_check());
    if (!udp) {
        drop(udp.error());
        return std::nullopt;
    }
    return Segment{};
}

void Balancer::process_known(const stack::Packet& packet, FlowTable::Hit hit, const FlowKey& key,
                             Instant now) {
    const auto segment = checked(packet);
    if (!segment) {
        return;
    }
    FlowRecord& flow = *hit.flow;
    if (flow.session != no_session) {
        note_packet(packet, flow, hit.direction, now);
        taker_->process_known(packet, flow, hit.direction, now);
        return;
    }
    const bool tcp = key.protocol == wire::protocol_tcp;
    const bool unanswered = flow.state == FlowState::opening && hit.direction == Direction::in;
    if (tcp ? starts_anew(flow, hit.direction, segment->tcp_flags) : false) {
        end(flow, flow.is_over() ? flow.state : FlowState::closed);
        process_unknown(packet, key, *segment, now);
        return;
    }
    if ((tcp ? unanswered && is_first_syn(segment->tcp_flags) : hit.direction == Direction::in) &&
        !server_of(flow).up) {
        end(flow, FlowState::timed_out);
        process_unknown(packet, key, *segment, now);
        return;
    }
    const FlowState before = flow.state;
    if (tcp) {
        track_tcp(flow, hit.direction, segment->tcp_flags);
    } else if (hit.direction == Direction::out) {
        flow.state = FlowState::established;
    }
    if (flow.state != before) {
        count_active(flow, (before < FlowState::closed ? -1 : 0) + (flow.is_over() ? 0 : 1));
        timers_->set(flow, now + timeout_of(flow));
    }
    move(packet, flow, hit.direction, now);
}

void Balancer::process_unknown(const stack::Packet& packet, const FlowKey& key, const Segment& segment,
                               Instant now) {
    const Vip* vip = table_.find_vip(packet.vrf, key.destination);
    if (vip == nullptr) {
        process_stray(packet, key, now);
        return;
    }
    const Endpoint* endpoint = vip->find(key.protocol, key.destination_port);
    if (endpoint == nullptr) {
        refuse(packet, table_.services[vip->first_service], DropReason::closed_port, now);
        return;
    }
    if (table_.services[endpoint->service].config.mode == engine::Mode::full_proxy &&
        key.protocol == wire::protocol_tcp && table_.services[endpoint->service].mode != nullptr) {
        taker_->process_unknown(packet, key, *endpoint, now);
        return;
    }
    start(packet, key, segment, *endpoint, now);
}

// To an address of ours without services: an engine's own, a floating one, one of a SNAT pool.
void Balancer::process_stray(const stack::Packet& packet, const FlowKey& key, Instant now) {
    if (key.protocol == wire::protocol_tcp && packet.destination != Destination::floating) {
        taker_->process_stray(packet, key, now);
    } else {
        drop(DropReason::closed_port);
    }
}

void Balancer::refuse(const stack::Packet& packet, const Service& service, DropReason reason, Instant now) {
    const bool is_end = service.config.mode == engine::Mode::full_proxy && reason != DropReason::closed_port;
    if (is_end || service.config.closed_ports == engine::ClosedPort::refuse) {
        stack_.refuse(packet, reason, now);
    } else {
        drop(reason);
    }
}

void Balancer::start(const stack::Packet& packet, const FlowKey& key, const Segment& segment,
                     const Endpoint& endpoint, Instant now) {
    Service& service = table_.services[endpoint.service];
    Pool& pool = table_.pools[service.uses.front().pool];
    if (service.mode == nullptr) {
        drop(DropReason::not_available);
        return;
    }
    const bool tcp = key.protocol == wire::protocol_tcp;
    const bool adopt = tcp && !is_first_syn(segment.tcp_flags);
    if (adopt && (pool.config().algorithm != engine::Algorithm::maglev ||
                  (segment.tcp_flags & (flag::rst | flag::syn)) != 0)) {
        if ((segment.tcp_flags & flag::rst) != 0) {
            drop(DropReason::no_flow); // a reset is never answered (RFC 9293 section 3.10.7.1)
        } else {
            refuse(packet, service, DropReason::no_flow, now);
        }
        return;
    }
    if (may_begin(endpoint, key.source, now) == Admission::limit) {
        refuse(packet, service, DropReason::limit, now);
        return;
    }
    auto pick = pool.pick(key, now);
    if (!pick) {
        if (admission_without_server(service) == Admission::unknown) {
            drop(DropReason::no_server);
        } else {
            refuse(packet, service, DropReason::no_server, now);
        }
        return;
    }
    if (adopt) {
        pick->reason = PickReason::adopted;
    }
    const auto inserted = insert(service, key, endpoint, *pick, now);
    if (!inserted) {
        if (service.mode->translates_source()) {
            refuse(packet, service, inserted.error(), now);
        } else {
            drop(inserted.error());
        }
        return;
    }
    FlowRecord* const flow = *inserted;
    // An adopted flow must prove itself like a new one: a flood of stray segments must not fill the table for
    // long.
    flow->state = !tcp && !flow->keys[1].is_set() ? FlowState::established : FlowState::opening;
    note_station(packet, *flow);
    flow->started_ns = now.time_since_epoch().count();
    ++tally_of(*flow).connections;
    count_active(*flow, 1);
    if (ClientLimits::apply(service.config.limits)) {
        client_limits_.begin(service.config.limits, service.name, key.source, now);
    }
    timers_->set(*flow, now + timeout_of(*flow));
    move(packet, *flow, Direction::in, now);
    log_.append(log_record(*flow));
}

tl::expected<FlowRecord*, DropReason> Balancer::insert(Service& service, const FlowKey& key,
                                                       const Endpoint& endpoint, Pick& pick, Instant now) {
    Pool& pool = table_.pools[service.uses.front().pool];
    DropReason reason = DropReason::port_conflict; // unless a server has no ports left, or no route
    const auto attempt = [&](std::uint32_t index) {
        const Server& server = pool.servers()[index];
        const std::uint32_t address = server.config.address.v4_value();
        const std::uint16_t port = ServiceTable::server_port(server, endpoint.port);
        FlowKey out = service.mode->return_key(key, address, port);
        if (service.mode->translates_source()) {
            const auto source = source_for(service, key, address, port);
            if (!source) {
                reason = reason == DropReason::ports_exhausted ? reason : source.error();
                return FlowTable::Inserted{nullptr, FlowTable::Refusal::key_taken};
            }
            out = *source;
        }
        const auto inserted = flows_->insert(key, out);
        if (inserted.flow == nullptr && service.mode->translates_source()) {
            give_back_port(out);
        }
        if (inserted.flow != nullptr) {
            inserted.flow->id = next_flow_id_++;
            inserted.flow->service = endpoint.service;
            inserted.flow->server = index;
            inserted.flow->server_address = address;
            inserted.flow->server_port = port;
            inserted.flow->mode = service.config.mode;
            inserted.flow->reason = pick.reason;
            inserted.flow->pick_value = pick.value;
        }
        return inserted;
    };
    auto inserted = attempt(pick.server);
    if (inserted.refusal == FlowTable::Refusal::key_taken) {
        pick.reason = PickReason::second_choice;
        for (std::uint32_t i = 0; i < pool.servers().size() && inserted.flow == nullptr; ++i) {
            if (i != pick.server && pool.servers()[i].accepts()) {
                inserted = attempt(i);
            }
        }
        if (inserted.flow != nullptr) {
            pool.correct(key, inserted.flow->server, now);
        }
    }
    if (inserted.flow == nullptr) {
        return wire::drop(inserted.refusal == FlowTable::Refusal::full ? DropReason::flow_table_full
                                                                       : reason);
    }
    return inserted.flow;
}

void Balancer::note_packet(const stack::Packet& packet, FlowRecord& flow, Direction direction, Instant now) {
    const auto way = static_cast<std::size_t>(direction);
    const std::uint32_t bytes = packet.ip.total_length();
    ++flow.packets[way];
    flow.bytes[way] += bytes;
    flow.last_ns = now.time_since_epoch().count();
    if (direction == Direction::in) {
        note_station(packet, flow);
    }
    // What a taker's client says reaches the server as other packets: note_sent().
    if (flow.has_server() && (flow.session == no_session || direction == Direction::out)) {
        note_server_bytes(flow, direction, bytes);
    }
}

void Balancer::note_server_bytes(const FlowRecord& flow, Direction direction, std::uint64_t bytes) {
    PoolUse& use = use_of(flow);
    use.tallies[flow.server].bytes[static_cast<std::size_t>(direction)] += bytes;
    if (Pool& pool = table_.pools[use.pool]; pool.measures_load()) {
        pool.servers()[flow.server].recent_bytes += static_cast<double>(bytes);
    }
}

void Balancer::move(const stack::Packet& packet, FlowRecord& flow, Direction direction, Instant now) {
    note_packet(packet, flow, direction, now);
    table_.services[flow.service].mode->forward(packet, flow, direction, now);
}

void Balancer::process_icmp(const stack::Packet& packet, Instant now) {
    // Echo to our addresses is the stack's own; what is left is errors about flows, and other people's
    // messages.
    if (const auto quoted = quoted_flow(packet)) {
        if (const FlowTable::Hit hit = flows_->find(quoted->reversed()); hit.flow != nullptr) {
            if (!wire::IcmpMutableView::parse(packet.ip.payload(),
                                              !packet.frame.meta.checksum_is_trusted())) {
                drop(DropReason::icmp_bad_checksum);
                return;
            }
            // The quote is of a packet that went against the error's own way: reversed, it is the key of the
            // way the error goes.
            if (hit.flow->session != no_session) {
                process_proxied_error(packet, *hit.flow, hit.direction, now);
                return;
            }
            table_.services[hit.flow->service].mode->forward_error(packet, *hit.flow, hit.direction, now);
            return;
        }
    }
    if (packet.destination == Destination::transit) {
        process_transit(packet, now);
    } else if (const auto tunnel = quoted_tunnel(packet)) {
        process_tunnel_error(packet, *tunnel, now);
    } else {
        drop(DropReason::icmp_unsupported);
    }
}

// A router on the way to an L3 DSR server. It must quote a flow that is there, on its way to the server that
// it has: a stranger would have to guess both.
void Balancer::process_tunnel_error(const stack::Packet& packet, const QuotedTunnel& tunnel, Instant now) {
    const auto error =
        wire::IcmpMutableView::parse(packet.ip.payload(), !packet.frame.meta.checksum_is_trusted());
    const FlowTable::Hit hit = flows_->find(tunnel.inside);
    if (!error) {
        drop(DropReason::icmp_bad_checksum);
    } else if (error->type() == wire::IcmpType::unreachable &&
               error->code() == wire::icmp_code::fragmentation_needed && hit.flow != nullptr &&
               hit.flow->server_address == tunnel.server) {
        paths_.learn_path_mtu(packet.vrf, tunnel.server, load_be16(packet.ip.payload().data() + 6), now);
        tell_client_of_tunnel(tunnel, *hit.flow, packet.vrf, now);
    } else {
        drop(DropReason::icmp_unsupported);
    }
}

// The client's packet is lost; it hears so at once, where the router quotes enough (8 bytes behind the inner
// header: RFC 2003 section 4), else with its next packet.
void Balancer::tell_client_of_tunnel(const QuotedTunnel& tunnel, const FlowRecord& flow, stack::VrfId vrf,
                                     Instant now) {
    constexpr std::size_t least_quoted = 8;
    const std::size_t header = std::size_t{4} * (tunnel.packet[0] & 0x0fU);
    const stack::InterfaceId gateway{flow.client_interface};
    if (tunnel.packet.size() < header + least_quoted) {
        return;
    }
    std::optional<stack::IpStack::Station> station;
    if (flow.client_interface != no_interface && stack_.interface(gateway) != nullptr) {
        station = {gateway, flow.client_mac};
    }
    const std::uint32_t room = paths_.path_mtu_bytes(vrf, tunnel.server, 65535, now) - tunnel.overhead_bytes;
    stack_.send_icmp_error(tunnel.packet, vrf, station,
                           {wire::IcmpType::unreachable, wire::icmp_code::fragmentation_needed,
                            static_cast<std::uint16_t>(room)},
                           IpAddress::v4(tunnel.inside.destination), now);
}

// Our own connection's segment did not arrive; the quote is as we sent it.
void Balancer::process_proxied_error(const stack::Packet& packet, FlowRecord& flow, Direction direction,
                                     Instant now) {
    const auto message = packet.ip.payload();
    const auto sequence = quoted_tcp_sequence(packet);
    if (message[0] != static_cast<std::uint8_t>(wire::IcmpType::unreachable) || !sequence) {
        drop(DropReason::icmp_unsupported);
        return;
    }
    const bool too_big = message[1] == wire::icmp_code::fragmentation_needed;
    taker_->process_error(flow, direction, *sequence, too_big ? load_be16(message.data() + 6) : 0, now);
}

void Balancer::process_transit(const stack::Packet& packet, Instant now) {
    if (role_ == engine::Role::active && packet.vrf.value < routed_vrfs_.size() &&
        routed_vrfs_[packet.vrf.value]) {
        stack_.forward(packet, now);
        return;
    }
    const Vip* vip = table_.find_vip(packet.vrf, packet.ip.destination_value());
    if (vip == nullptr) {
        drop(DropReason::not_for_us);
    } else if (role_ == engine::Role::active && table_.services[vip->first_service].mode == nullptr) {
        drop(DropReason::not_available);
    } else {
        drop(DropReason::standby);
    }
}

Instant Balancer::next_deadline() const {
    Instant next = timers_->next_deadline();
    for (const Pool& pool : table_.pools) {
        next = std::min(next, pool.next_back());
    }
    return next;
}

void Balancer::poll(Instant now) {
    for (Pool& pool : table_.pools) {
        pool.bring_back(now);
    }
    timers_->advance(now, expiries_per_poll, [this, now](FlowRecord& flow) { expire(flow, now); });
}

void Balancer::expire(FlowRecord& flow, Instant now) {
    const Instant deadline = Instant(Duration(flow.last_ns)) + timeout_of(flow);
    if (deadline > now) {
        timers_->set(flow, deadline);
        return;
    }
    // In DSR the server's FIN is never seen: a client that has finished is the end.
    const bool finished = flow.state == FlowState::closing && !flow.keys[1].is_set();
    end(flow, flow.is_over() ? flow.state : finished ? FlowState::closed : FlowState::timed_out);
}

Duration Balancer::timeout_of(const FlowRecord& flow) const {
    const engine::ServiceConfig& service = table_.services[flow.service].config;
    return flow.protocol() == Protocol::tcp ? tcp_timeout(flow, service.tcp_idle_timeout)
                                            : Duration(service.udp_idle_timeout);
}

void Balancer::count_active(const FlowRecord& flow, std::int64_t change) {
    const auto by = static_cast<std::uint64_t>(change);
    table_.services[flow.service].active += by;
    if (flow.has_server()) {
        tally_of(flow).active += by;
        server_of(flow).active += by;
    }
}

void Balancer::end(FlowRecord& flow, FlowState state) {
    if (!flow.is_over()) {
        count_active(flow, -1);
    }
    flow.state = state;
    if (flow.has_server() || flow.server_address == 0) { // else its last exchange has been logged: unbind()
        log_.append(log_record(flow));
    }
    forget(flow);
}

// What the flow holds beyond its record, and the record itself.
void Balancer::forget(FlowRecord& flow) {
    client_limits_.end(table_.services[flow.service].name, flow.keys[0].source);
    if (flow.mode == engine::Mode::full_proxy && flow.keys[1].is_set()) {
        give_back_port(flow.keys[1]);
    }
    timers_->clear(flow);
    flows_->erase(flow);
}

} // namespace fulcrum::balance
