#include "engine/balance/health_prober.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/balance/quoted_packet.h"
#include "engine/wire/icmpv4.h"
#include "engine/wire/tcp.h"
#include "engine/wire/udp.h"

namespace fulcrum::balance {

using engine::HealthKind;
namespace flag = wire::tcp_flag;

namespace {

constexpr std::size_t echo_payload_bytes = 16;
constexpr std::uint16_t probe_mss = 1460;

void emit_ip(const device::Frame& frame, std::uint8_t protocol, const IpAddress& source,
             std::uint32_t destination) {
    const wire::Ipv4Header header{.total_length =
                                      static_cast<std::uint16_t>(frame.size - wire::ethernet_header_bytes),
                                  .protocol = protocol,
                                  .source = source,
                                  .destination = IpAddress::v4(destination)};
    header.emit(frame.data + wire::ethernet_header_bytes);
}

std::span<std::uint8_t> payload_of(const device::Frame& frame) {
    return frame.bytes().subspan(wire::ethernet_header_bytes + wire::ipv4_min_header_bytes);
}

bool same_check(const engine::HealthConfig& a, const engine::HealthConfig& b) {
    return a.kind == b.kind && a.interval == b.interval && a.timeout == b.timeout && a.rise == b.rise &&
           a.fall == b.fall && a.method == b.method && a.path == b.path && a.host == b.host &&
           a.expect_status == b.expect_status && a.expect_body == b.expect_body;
}

// The services that say where a pool's servers are and which port they are asked on: the first of those that
// ask a server by its own address, and the first for each VIP and kind of tunnel.
std::vector<const Service*> askers_of(const ServiceTable& services, std::uint32_t pool) {
    std::vector<const Service*> out;
    for (const Service& s : services.services) {
        const auto uses_it = [pool](const PoolUse& use) { return use.pool == pool; };
        if (!s.config.enabled || s.mode == nullptr || std::none_of(s.uses.begin(), s.uses.end(), uses_it)) {
            continue;
        }
        const auto asks_alike = [&s](const Service* other) {
            const Tunnel tunnel = tunnel_of(s.config.mode);
            return tunnel == tunnel_of(other->config.mode) &&
                   (tunnel == Tunnel::none || (s.vrf == other->vrf && s.config.vip == other->config.vip));
        };
        if (std::none_of(out.begin(), out.end(), asks_alike)) {
            out.push_back(&s);
        }
    }
    return out;
}

std::uint16_t probed_port(const Service& service, const Server& server, const engine::HealthConfig& check) {
    if (check.port != 0) {
        return check.port;
    }
    const auto& ports = service.config.ports;
    const auto tcp = std::find_if(ports.begin(), ports.end(),
                                  [](const auto& p) { return p.protocol == engine::Protocol::tcp; });
    const engine::ServicePort& port = tcp == ports.end() ? ports.front() : *tcp;
    // Nobody translates ports of what comes through a tunnel.
    return tunnel_of(service.config.mode) != Tunnel::none ? port.port
                                                          : ServiceTable::server_port(server, port);
}

// Where a probe that fails would have had to arrive; empty for the server's own address.
std::string how(const ServerWay& way) {
    if (way.is_direct()) {
        return {};
    }
    return fmt::format(", asked as {} through {}", IpAddress::v4(way.asked).text(),
                       way.tunnel == Tunnel::gre ? "GRE" : "IP in IP");
}

} // namespace

bool HealthProber::Probe::continues(const Probe& old) const {
    return pool_name == old.pool_name && vrf == old.vrf && way == old.way && port == old.port &&
           proxy == old.proxy && same_check(tracker.config(), old.tracker.config());
}

HealthProber::HealthProber(stack::IpStack& stack, std::uint64_t seed, HealthListener& listener)
    : stack_(stack), sender_(stack), listener_(listener), random_state_(seed | 1),
      echo_identifier_(static_cast<std::uint16_t>(random())) {}

std::uint32_t HealthProber::random() { // splitmix64
    random_state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = random_state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return static_cast<std::uint32_t>(z >> 32);
}

void HealthProber::configure(const ServiceTable& services, Instant now) {
    for (Probe& probe : probes_) {
        if (probe.waiting && probe.by_conversation()) { // it holds on to what is replaced here
            give_up(probe, now);
            probe.waiting = false; // asked again at once: nothing was found out
            probe.next = now;
        }
    }
    std::vector<Probe> fresh;
    for (std::uint32_t p = 0; p < services.pools.size(); ++p) {
        for (Probe& probe : probes_of(services, p, now)) {
            const auto old = std::find_if(probes_.begin(), probes_.end(),
                                          [&probe](const Probe& was) { return probe.continues(was); });
            if (old != probes_.end()) {
                const std::uint32_t pool_index = probe.pool;
                const std::uint32_t server_index = probe.server;
                probe = *old;
                probe.pool = pool_index;
                probe.server = server_index;
            }
            fresh.push_back(std::move(probe));
        }
    }
    probes_ = std::move(fresh);
    outstanding_.clear();
    for (std::size_t i = 0; i < probes_.size(); ++i) {
        if (probes_[i].waiting) {
            outstanding_[probes_[i].token] = i;
        }
    }
    for (const Probe& probe : probes_) {
        conclude(probe);
    }
    schedule();
}

std::vector<HealthProber::Probe> HealthProber::probes_of(const ServiceTable& services, std::uint32_t pool,
                                                         Instant now) const {
    std::vector<Probe> out;
    const engine::PoolConfig& config = services.pools[pool].config();
    const std::vector<const Service*> askers = askers_of(services, pool);
    for (std::uint32_t s = 0; s < services.pools[pool].servers().size(); ++s) {
        const Server& server = services.pools[pool].servers()[s];
        for (const engine::HealthConfig& check : config.health) {
            for (const Service* asker : askers) {
                out.push_back({.pool_name = config.name,
                               .pool = pool,
                               .server = s,
                               .vrf = asker->vrf,
                               .way = way_to(server, *asker),
                               .port = probed_port(*asker, server, check),
                               .proxy = asker->config.proxy_out,
                               .tracker = HealthTracker(check),
                               .born = now,
                               .next = now,
                               .sent = {}});
            }
        }
    }
    return out;
}

void HealthProber::schedule() {
    next_ = Instant::max();
    for (const Probe& probe : probes_) {
        next_ = std::min(next_, probe.waiting ? probe.sent + probe.tracker.config().timeout : probe.next);
    }
}

void HealthProber::poll(Instant now) {
    if (now < next_) {
        return;
    }
    for (Probe& probe : probes_) {
        if (probe.waiting && now >= probe.sent + probe.tracker.config().timeout) {
            give_up(probe, now);
            finish(probe, result_of_silence(probe), now);
        }
        if (!probe.waiting && now >= probe.next) {
            send(probe, now);
        }
    }
    schedule();
}

ProbeResult HealthProber::result_of_silence(const Probe& probe) {
    if (!probe.is(HealthKind::udp) || !probe.ponged) {
        return ProbeResult::lost;
    }
    return probe.refused && probe.sent < *probe.refused + refusal_holds ? ProbeResult::refused
                                                                        : ProbeResult::answered;
}

// One row of numbers for all kinds, as ports and as sequence numbers of echoes; those whose answers are still
// waited for are passed over.
std::optional<std::uint16_t> HealthProber::free_token() {
    constexpr std::uint32_t tokens = 65536 - first_port;
    for (std::uint32_t i = 0; i < tokens; ++i) {
        next_token_ = static_cast<std::uint16_t>((next_token_ + 1) % tokens);
        const auto token = static_cast<std::uint16_t>(first_port + next_token_);
        if (!outstanding_.contains(token)) {
            return token;
        }
    }
    return std::nullopt;
}

void HealthProber::send(Probe& probe, Instant now) {
    const auto token = free_token();
    if (!token) { // hundreds of servers are silent at once: this one is asked when another was given up
        probe.next = now + start_pace;
        return;
    }
    // From one probe to the next it is always one interval, however late this turn of the loop came; but a
    // pause (a suspended machine) is not made up for.
    probe.next = std::max(probe.next + probe.tracker.config().interval, now);
    probe.sent = now;
    const auto hop = stack_.route(probe.vrf, IpAddress::v4(probe.way.server));
    const auto source = hop ? stack_.source_address(*hop) : std::nullopt;
    if (!source) {
        finish(probe, ProbeResult::unreachable, now);
        return;
    }
    probe.token = *token;
    probe.sequence = random();
    probe.ponged = false;
    probe.waiting = true; // a probe that found no room to be sent is lost like any other
    outstanding_[probe.token] = static_cast<std::size_t>(&probe - probes_.data());
    const Route route{probe.way, *hop, *source};
    switch (probe.tracker.config().kind) {
    case HealthKind::ping:
        send_ping(probe, route, now);
        break;
    case HealthKind::udp:
        send_ping(probe, route, now);
        send_udp(probe, route, now);
        break;
    case HealthKind::tcp_half_open:
        send_tcp(probe.port, probe.token, probe.sequence, flag::syn, route, now);
        break;
    case HealthKind::tcp:
    case HealthKind::http:
        conversations_->ask({.port = probe.token,
                             .vrf = probe.vrf,
                             .source = source->v4_value(),
                             .way = probe.way,
                             .server_port = probe.port,
                             .proxy = probe.proxy,
                             .check = &probe.tracker.config()},
                            now);
        break;
    }
}

void HealthProber::give_up(Probe& probe, Instant now) {
    if (probe.waiting && probe.by_conversation()) {
        outstanding_.erase(probe.token);
        conversations_->give_up(probe.token, now);
    }
}

void HealthProber::conversation_over(std::uint16_t port, ProbeResult result, const std::string& detail,
                                     Instant now) {
    const auto found = outstanding_.find(port);
    if (found != outstanding_.end() && probes_[found->second].waiting &&
        probes_[found->second].by_conversation()) {
        finish(probes_[found->second], result, now, detail);
    }
}

void HealthProber::finish(Probe& probe, ProbeResult result, Instant now, const std::string& detail) {
    if (probe.waiting) {
        outstanding_.erase(probe.token);
        probe.waiting = false;
    }
    if (result == ProbeResult::answered) {
        const double took = std::chrono::duration<double, std::micro>(now - probe.sent).count();
        const double sample = std::max(took, 1.0);
        probe.response_us =
            probe.response_us == 0 ? sample : probe.response_us + (sample - probe.response_us) / 8;
        listener_.server_measured(probe.pool, probe.server, static_cast<std::uint32_t>(probe.response_us));
    }
    const bool starting =
        probe.tracker.verdict() != HealthTracker::Verdict::up && now < probe.born + start_phase;
    const bool changed = probe.tracker.add(result, detail);
    if (starting) {
        probe.next = probe.tracker.is_up() ? probe.sent + probe.tracker.config().interval
                                           : std::min(probe.next, std::max(now, probe.sent + start_pace));
    }
    if (changed) {
        conclude(probe);
    }
    next_ = std::min(next_, probe.next);
}

void HealthProber::conclude(const Probe& probe) {
    bool all_up = true;
    bool any_down = false;
    for (const Probe& other : probes_) {
        if (other.pool == probe.pool && other.server == probe.server) {
            all_up = all_up && other.tracker.is_up();
            any_down = any_down || other.tracker.verdict() == HealthTracker::Verdict::down;
        }
    }
    if (all_up || any_down) {
        listener_.server_changed(probe.pool, probe.server, all_up);
    }
}

void HealthProber::send_ping(const Probe& probe, const Route& route, Instant now) {
    const auto frame =
        stack_.make_frame(wire::ipv4_min_header_bytes + wire::icmp_header_bytes + echo_payload_bytes);
    if (!frame) {
        return;
    }
    emit_ip(*frame, wire::protocol_icmp, route.source, route.way.asked);
    const auto message = payload_of(*frame);
    std::fill(message.begin(), message.end(), std::uint8_t{0});
    wire::IcmpHeader::echo(wire::IcmpType::echo_request, echo_identifier_, probe.token).emit(message);
    sender_.send(*frame, route.way, route.source, route.hop, now);
}

void HealthProber::send_tcp(std::uint16_t port, std::uint16_t from, std::uint32_t sequence,
                            std::uint8_t flags, const Route& route, Instant now) {
    wire::TcpHeader header{
        .source_port = from, .destination_port = port, .sequence = sequence, .flags = flags};
    if ((flags & flag::syn) != 0) {
        header.window = 1024;
        header.options.mss = static_cast<std::uint16_t>(probe_mss - tunnel_overhead_bytes(route.way.tunnel));
    }
    const auto frame =
        stack_.make_frame(static_cast<std::uint32_t>(wire::ipv4_min_header_bytes + header.size()));
    if (!frame) {
        return;
    }
    emit_ip(*frame, wire::protocol_tcp, route.source, route.way.asked);
    header.emit(payload_of(*frame), route.source.v4_value(), route.way.asked);
    sender_.send(*frame, route.way, route.source, route.hop, now);
}

void HealthProber::send_udp(const Probe& probe, const Route& route, Instant now) {
    const auto frame = stack_.make_frame(wire::ipv4_min_header_bytes + wire::udp_header_bytes);
    if (!frame) {
        return;
    }
    emit_ip(*frame, wire::protocol_udp, route.source, route.way.asked);
    wire::UdpHeader{.source_port = probe.token, .destination_port = probe.port}.emit(
        payload_of(*frame), route.source.v4_value(), route.way.asked);
    sender_.send(*frame, route.way, route.source, route.hop, now);
}

// The way to whoever answered a probe from `token`: several servers answer from one VIP, and what was asked
// last from that port tells them apart. None: no route, or a VIP's answer to a probe that is forgotten.
std::optional<HealthProber::Route> HealthProber::route_back(const stack::Packet& packet,
                                                            std::uint16_t token) const {
    const std::uint32_t address = packet.ip.source_value();
    ServerWay way{.asked = address, .server = address};
    for (const Probe& probe : probes_) {
        if (probe.way.asked == address && !probe.way.is_direct() && probe.vrf == packet.vrf) {
            way = probe.way;
            if (probe.token == token) {
                break;
            }
            way.server = 0;
        }
    }
    const auto hop = way.server == 0 ? std::nullopt : stack_.route(packet.vrf, IpAddress::v4(way.server));
    return hop ? std::optional(Route{way, *hop, packet.ip.destination()}) : std::nullopt;
}

bool HealthProber::process(const stack::Packet& packet, Instant now) {
    switch (packet.ip.protocol()) {
    case wire::protocol_tcp:
        return process_tcp(packet, now);
    case wire::protocol_udp:
        return process_udp(packet, now);
    case wire::protocol_icmp:
        return process_icmp(packet, now);
    default:
        return false;
    }
}

HealthProber::Probe* HealthProber::waiting_for(bool ping, std::uint16_t token, std::uint32_t address) {
    const auto found = outstanding_.find(token);
    if (found == outstanding_.end()) {
        return nullptr;
    }
    Probe& probe = probes_[found->second];
    const bool pings = probe.is(HealthKind::ping) || probe.is(HealthKind::udp);
    return probe.way.asked == address && (ping ? pings : !probe.is(HealthKind::ping)) ? &probe : nullptr;
}

bool HealthProber::process_tcp(const stack::Packet& packet, Instant now) {
    const auto l4 = packet.ip.payload();
    if (l4.size() < wire::tcp_min_header_bytes || load_be16(l4.data() + 2) < first_port) {
        return false; // most of what is sent to an engine's own address is full proxy's
    }
    const auto tcp = wire::TcpMutableView::parse(packet.ip.payload(), packet.checksum_check());
    if (!tcp) {
        stack_.drops().add(tcp.error());
        return true;
    }
    if (conversations_ != nullptr && conversations_->process(packet, tcp->destination_port(), now)) {
        return true;
    }
    Probe* probe = waiting_for(false, tcp->destination_port(), packet.ip.source_value());
    const bool ours = probe != nullptr && probe->is(HealthKind::tcp_half_open) && probe->vrf == packet.vrf &&
                      probe->port == tcp->source_port() && tcp->has(flag::ack) &&
                      tcp->acknowledgement() == probe->sequence + 1;
    if (ours) {
        finish(*probe, tcp->has(flag::rst) ? ProbeResult::refused : ProbeResult::answered, now);
    }
    if (tcp->has(flag::ack) && !tcp->has(flag::rst)) {
        // Ends the half-open connection; also one whose probe was given up.
        if (const auto route = route_back(packet, tcp->destination_port())) {
            send_tcp(tcp->source_port(), tcp->destination_port(), tcp->acknowledgement(), flag::rst, *route,
                     now);
        }
    }
    return true;
}

bool HealthProber::process_udp(const stack::Packet& packet, Instant now) {
    const auto l4 = packet.ip.payload();
    if (l4.size() < wire::udp_header_bytes || load_be16(l4.data() + 2) < first_port) {
        return false;
    }
    const auto udp = wire::UdpMutableView::parse(packet.ip.payload(), packet.checksum_check());
    if (!udp) {
        stack_.drops().add(udp.error());
        return true;
    }
    Probe* probe = waiting_for(false, udp->destination_port(), packet.ip.source_value());
    if (probe != nullptr && probe->is(HealthKind::udp) && probe->vrf == packet.vrf &&
        probe->port == udp->source_port()) {
        probe->refused.reset();
        finish(*probe, ProbeResult::answered, now);
    }
    return true;
}

bool HealthProber::process_icmp(const stack::Packet& packet, Instant now) {
    if (const auto quoted = quoted_flow(packet)) {
        Probe* probe = waiting_for(false, quoted->source_port, quoted->destination);
        if (probe == nullptr || probe->port != quoted->destination_port) {
            return false;
        }
        if (probe->is(HealthKind::udp) && quoted->protocol == wire::protocol_udp) {
            probe->refused = now;
            finish(*probe, ProbeResult::refused, now);
            return true;
        }
        if (probe->is(HealthKind::tcp_half_open) && quoted->protocol == wire::protocol_tcp &&
            quoted_tcp_sequence(packet) == probe->sequence) {
            finish(*probe, ProbeResult::unreachable, now);
            return true;
        }
        return false;
    }
    if (const auto tunnel = quoted_tunnel(packet)) { // the server is not there, or nobody at its end of it
        Probe* probe = waiting_for(false, tunnel->inside.source_port, tunnel->inside.destination);
        const bool ours = probe != nullptr && probe->way.server == tunnel->server &&
                          probe->port == tunnel->inside.destination_port && probe->vrf == packet.vrf;
        const bool told = ours && (probe->is(HealthKind::udp) || (probe->is(HealthKind::tcp_half_open) &&
                                                                  tunnel->tcp_sequence == probe->sequence));
        if (told) {
            finish(*probe, ProbeResult::unreachable, now);
        }
        return told;
    }
    const auto icmp =
        wire::IcmpMutableView::parse(packet.ip.payload(), !packet.frame.meta.checksum_is_trusted());
    if (!icmp || icmp->type() != wire::IcmpType::echo_reply || icmp->identifier() != echo_identifier_) {
        return false;
    }
    if (Probe* probe = waiting_for(true, icmp->sequence(), packet.ip.source_value());
        probe != nullptr && probe->vrf == packet.vrf) {
        if (probe->is(HealthKind::udp)) {
            probe->ponged = true;
        } else {
            finish(*probe, ProbeResult::answered, now);
        }
    }
    return true;
}

bool HealthProber::is_settled(Instant now) const {
    return std::all_of(probes_.begin(), probes_.end(), [now](const Probe& probe) {
        return probe.tracker.is_up() || now >= probe.born + start_phase;
    });
}

std::string HealthProber::why(std::uint32_t pool, std::uint32_t server) const {
    const Probe* first = nullptr;
    for (const Probe& probe : probes_) {
        if (probe.pool == pool && probe.server == server) {
            if (probe.tracker.verdict() == HealthTracker::Verdict::down) {
                return probe.tracker.why() + how(probe.way);
            }
            const bool says_more = first != nullptr && first->tracker.is_up() && !probe.tracker.is_up();
            first = first == nullptr || says_more ? &probe : first;
        }
    }
    return first == nullptr ? "" : first->tracker.why();
}

} // namespace fulcrum::balance
