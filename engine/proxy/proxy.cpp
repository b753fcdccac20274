#include "engine/proxy/proxy.h"

#include <algorithm>

#include "engine/proxy/arrived_segment.h"
#include "engine/proxy/legs.h"

namespace fulcrum::proxy {

using balance::Balancer;
using balance::Direction;
using balance::FlowKey;
using balance::FlowRecord;
using engine::FlowState;
using wire::DropReason;
namespace flag = wire::tcp_flag;

namespace {

constexpr Duration opening_timeout = std::chrono::seconds(10); // for a client's PROXY header

// Everything that one leg has and the other has room for. What the other does not take stays, and closes the
// window of this one: back-pressure.
void move_bytes(tcp::Connection& from, tcp::Connection& to) {
    while (from.readable() > 0) {
        const std::uint32_t room = to.send_room();
        if (room == 0) {
            return;
        }
        to.push(from.read(room));
    }
    if (from.peer_finished()) {
        to.close();
    }
}

} // namespace

Proxy::Proxy(stack::IpStack& stack, Balancer& balancer, const tcp::HashKey& key,
             const balance::FlowHasher& hasher, Instant now, const ProxyLimits& limits)
    : stack_(stack), balancer_(balancer), buffers_(limits.buffer_bytes), sender_(balancer.paths()),
      listener_(stack, sender_, key, limits.half_open, limits.time_wait), spare_(listener_, sender_, hasher),
      timers_(now) {}

void Proxy::configure(const engine::EngineConfig& config, Instant now) {
    // The same on every engine, so that each understands the others' cookies. It hides names, no more.
    constexpr tcp::HashKey cookie_key{0x66756c6372756d2dULL, 0x636f6f6b69657321ULL};
    spare_.close_idle(now); // their servers may be gone
    listener_.set_auto_gateway(config.auto_gateway);
    policies_.clear();
    for (const engine::ServiceConfig& service : config.services) {
        if (service.layer7) {
            policies_[service.name] =
                std::make_shared<http::HttpPolicy>(http::make_http_policy(config, service, cookie_key));
        }
    }
}

// --- segments ---

void Proxy::process_unknown(const stack::Packet& packet, const FlowKey& key,
                            const balance::Endpoint& endpoint, Instant now) {
    auto segment = arrived_segment(packet, buffers_, stack_.drops());
    const tcp::Endpoints ends = ends_of(key);
    if (!segment || listener_.process_late(packet, ends, *segment, now)) {
        return;
    }
    if (segment->has(flag::rst)) {
        listener_.process_reset(ends, *segment);
        return;
    }
    if (segment->has(flag::syn) && !segment->has(flag::ack)) {
        switch (balancer_.may_begin(endpoint, key.source, now)) {
        case Balancer::Admission::yes:
            listener_.process_syn(packet, ends, *segment, now);
            return;
        case Balancer::Admission::limit:
            balancer_.refuse(packet, endpoint, DropReason::limit, now);
            return;
        case Balancer::Admission::no_server:
            if (balancer_.reads_http(endpoint)) { // its rules may redirect, and others hear 503
                listener_.process_syn(packet, ends, *segment, now);
            } else {
                balancer_.refuse(packet, endpoint, DropReason::no_server, now);
            }
            return;
        case Balancer::Admission::unknown:
            stack_.drops().add(DropReason::no_server);
            return;
        }
    }
    const auto handshake = segment->has(flag::ack) && !segment->has(flag::syn)
                               ? listener_.complete(packet, ends, *segment, now)
                               : std::nullopt;
    if (handshake) {
        open(packet, key, endpoint, *handshake, std::move(*segment), now);
        return;
    }
    stack_.drops().add(DropReason::no_flow);
    if (segment->has(flag::ack) && !listener_.awaits_cookies(now)) {
        // RFC 9293 section 3.10.7.2, second: a client that was cut off (this engine is new) learns so at
        // once.
        listener_.reset(packet, ends, *segment, now);
    }
}

void Proxy::open(const stack::Packet& packet, const FlowKey& key, const balance::Endpoint& endpoint,
                 const tcp::Handshake& handshake, tcp::Segment first, Instant now) {
    FlowRecord* flow = balancer_.begin_proxied(packet, key, endpoint, now);
    if (flow == nullptr) {
        listener_.reset(packet, ends_of(key), first, now);
        return;
    }
    const tcp::Settings& front = listener_.settings_for(packet.ingress);
    const std::uint32_t index = sessions_.take(front, front);
    flow->session = index;
    Session& session = sessions_.at(index);
    session.flow = balancer_.index_of(*flow);
    session.active = now;
    session.front.open_completed(handshake, now);
    session.front.process_segment(std::move(first), now);
    if (balancer_.service_of(*flow).config.proxy_in) {
        session.opening = std::make_unique<http::ProxyHeaderReader>();
        session.connect_deadline = now + opening_timeout;
    } else {
        begin_service(session, *flow, now);
    }
    touch(index);
}

void Proxy::begin_service(Session& session, FlowRecord& flow, Instant now) {
    const engine::ServiceConfig& config = balancer_.service_of(flow).config;
    if (config.layer7) {
        const http::ProxiedConnection client = client_of(session, flow);
        http::RequestSink* const sink = this;
        session.http = std::make_unique<http::HttpSession>(
            policies_.at(config.name),
            http::ClientFacts{client.source, client.destination, client.source_port, client.destination_port},
            buffers_, sink, now);
    } else if (!connect(session, flow, {}, now)) {
        session.front.abort(now);
    }
}

// The header belongs to whoever speaks for the client, not to the client: it is taken off before anything
// else.
void Proxy::read_opening(Session& session, FlowRecord& flow, Instant now) {
    using State = http::ProxyHeaderReader::State;
    http::ProxyHeaderReader& reader = *session.opening;
    tcp::Slice rest;
    while (session.front.readable() > 0 && reader.state() == State::more) {
        rest = session.front.read(session.front.readable());
        rest.drop_front(static_cast<std::uint32_t>(reader.feed(rest.bytes())));
    }
    if (reader.state() == State::refused ||
        (reader.state() == State::more && session.front.peer_finished())) {
        stack_.drops().add(DropReason::bad_proxy_header);
        session.front.abort(now);
        return;
    }
    if (reader.state() == State::more) {
        return;
    }
    if (reader.connection()) {
        session.announced = std::make_unique<http::ProxiedConnection>(*reader.connection());
    }
    session.opening.reset();
    session.connect_deadline = Instant::max();
    session.front.unread(std::move(rest));
    begin_service(session, flow, now);
}

http::ProxiedConnection Proxy::client_of(const Session& session, const FlowRecord& flow) const {
    const FlowKey& in = flow.keys[0];
    return session.announced
               ? *session.announced
               : http::ProxiedConnection{IpAddress::v4(in.source), IpAddress::v4(in.destination),
                                         in.source_port, in.destination_port};
}

bool Proxy::greet_server(Session& session, const FlowRecord& flow) {
    const engine::ProxyProtocol version = balancer_.service_of(flow).config.proxy_out;
    if (version == engine::ProxyProtocol::off) {
        return true;
    }
    const auto header = http::emit_proxy_header(version == engine::ProxyProtocol::v1 ? http::ProxyVersion::v1
                                                                                     : http::ProxyVersion::v2,
                                                client_of(session, flow));
    tcp::Slice bytes = buffers_.copy(header.span());
    if (bytes.empty()) {
        // Without its header the client could forge one.
        stack_.drops().add(DropReason::no_buffer);
        return false;
    }
    session.back.push(std::move(bytes));
    return true;
}

bool Proxy::connect(Session& session, FlowRecord& flow, const Balancer::Wish& wish, Instant now) {
    if (!balancer_.bind(flow, wish, now)) {
        return false;
    }
    const FlowKey& key = flow.keys[1];
    if (auto idle = spare_.take(key)) {
        session.back = std::move(*idle);
        session.back_state = BackState::open;
        session.server_end_told = false;
        session.http->server_connected(balancer_.server_name(flow), false, now);
        return true;
    }
    const auto hop = stack_.route(stack::VrfId{key.vrf}, IpAddress::v4(flow.server_address), key.source);
    const tcp::Endpoints ends = ends_of(key);
    listener_.forget_lingering(ends); // ours to use again: sequence numbers and timestamps are newer
    session.back = tcp::Connection(listener_.settings_for(hop ? hop->egress : stack::InterfaceId{}));
    session.back.open_active(listener_.secrets().initial_sequence(ends, now),
                             listener_.secrets().timestamp_offset(ends), now);
    session.back_state = BackState::connecting;
    session.server_end_told = session.connect_timed_out = false;
    session.connect_deadline = now + balancer_.service_of(flow).config.connect_timeout;
    return true;
}

void Proxy::process_known(const stack::Packet& packet, FlowRecord& flow, Direction direction, Instant now) {
    auto segment = arrived_segment(packet, buffers_, stack_.drops());
    if (!segment) {
        return;
    }
    Session& session = sessions_.at(flow.session);
    tcp::Connection& leg = direction == Direction::in ? session.front : session.back;
    // Progress keeps a session, not the answers to our probes of a window that stays closed.
    const bool says_something = !segment->payload.empty() || segment->has(flag::fin);
    const tcp::Sequence acknowledged = leg.sender().una();
    leg.process_segment(std::move(*segment), now);
    if (says_something || leg.sender().una() != acknowledged) {
        session.active = now;
    }
    touch(flow.session);
}

void Proxy::process_stray(const stack::Packet& packet, const FlowKey& key, Instant now) {
    auto segment = arrived_segment(packet, buffers_, stack_.drops());
    if (!segment || spare_.process_segment(key, *segment, now) ||
        listener_.process_late(packet, ends_of(key), *segment, now)) {
        return;
    }
    if (segment->has(flag::ack) && !segment->has(flag::rst)) {
        listener_.reset(packet, ends_of(key), *segment, now); // a server holds on to what is long gone
    }
    const bool knocks = segment->has(flag::syn) && !segment->has(flag::ack);
    stack_.drops().add(knocks ? DropReason::closed_port : DropReason::no_flow);
}

void Proxy::process_error(FlowRecord& flow, Direction direction, std::uint32_t quoted_sequence,
                          std::uint16_t mtu_bytes, Instant now) {
    Session& session = sessions_.at(flow.session);
    // An error that travels towards the client is about what we sent to the server, and the other way round.
    tcp::Connection& leg = direction == Direction::out ? session.back : session.front;
    const tcp::Sequence sequence(quoted_sequence);
    if (mtu_bytes != 0) {
        leg.process_path_mtu(sequence, mtu_bytes, now);
    } else {
        leg.process_unreachable(sequence, true, now);
    }
    touch(flow.session);
}

// --- carrying ---

void Proxy::touch(std::uint32_t index) {
    Session& session = sessions_.at(index);
    if (!session.touched) {
        session.touched = true;
        touched_.push_back(index);
    }
}

void Proxy::flush(Instant now) {
    for (std::size_t i = 0; i < touched_.size(); ++i) {
        pump(touched_[i], now);
    }
    touched_.clear();
}

void Proxy::pump(std::uint32_t index, Instant now) {
    Session& session = sessions_.at(index);
    session.touched = false;
    FlowRecord& flow = balancer_.flow(session.flow);
    if (session.opening) {
        read_opening(session, flow, now);
    }
    follow_back(session, flow, now);
    bool more = false;
    if (session.http) {
        more = carry_http(session, flow, now);
    } else {
        follow_resets(session, now);
        if (session.back_state == BackState::open) { // before, what the client sends waits in its own window
            move_bytes(session.front, session.back);
            move_bytes(session.back, session.front);
        }
    }
    if (session.front.peer_finished() || session.back.peer_finished()) {
        balancer_.set_state(flow, FlowState::closing);
    }
    send_front(session, flow, now);
    send_back(session, flow, now);
    if (is_done(session.front) && (is_done(session.back) || session.back_state == BackState::none)) {
        close(index, now);
    } else {
        arm(index, flow, now);
        if (more) {
            timers_.set(index, now, [this](std::uint32_t i) -> TimerLink& { return sessions_.at(i).timer; });
        }
    }
}

// The server has answered, or it has not and another one is asked.
void Proxy::follow_back(Session& session, FlowRecord& flow, Instant now) {
    if (session.back_state != BackState::connecting) {
        return;
    }
    if (session.back.is_open()) {
        session.back_state = BackState::open;
        session.connect_deadline = Instant::max();
        balancer_.set_state(flow, FlowState::established);
        if (!session.http) { // at layer 7 the answer says
            balancer_.report_success(flow);
        }
        if (!greet_server(session, flow)) {
            session.front.abort(now);
            session.back.abort(now);
            return;
        }
        current_ = &flow;
        if (session.http && !session.http->server_wanted()) {
            close_server(session, flow, now); // the client has given up meanwhile
        } else if (session.http) {
            session.http->server_connected(balancer_.server_name(flow), true, now);
        }
        return;
    }
    if (is_done(session.front)) {
        session.back.abort(now);
        return;
    }
    if (session.back.end() == tcp::End::none) {
        return;
    }
    ++counters_.connect_failures;
    balancer_.report_failure(flow, now);
    const unsigned most = 1U + balancer_.service_of(flow).config.connect_retries;
    if (session.servers_tried < most) {
        ++session.servers_tried;
        if (connect(session, flow, {.use = flow.use, .another = true}, now)) {
            ++counters_.connect_retries;
            return;
        }
    }
    session.back_state = BackState::none;
    if (session.http) {
        server_failed(session, flow, now);
    } else {
        session.front.abort(now);
    }
}

// A leg that did not end well takes the other one with it.
void Proxy::follow_resets(Session& session, Instant now) {
    if (session.back_state == BackState::open && has_failed(session.back) && !is_done(session.front)) {
        session.front.abort(now);
    }
    if (has_failed(session.front) && session.back_state != BackState::none && !is_done(session.back)) {
        session.back.abort(now);
    }
}

void Proxy::send_front(Session& session, FlowRecord& flow, Instant now) {
    const tcp::Endpoints ends = ends_of(flow.keys[0]);
    if (const Station station{flow.client_interface, flow.client_mac}; station.is_known()) {
        sender_.aim(ends, station, now);
    } else {
        sender_.aim(ends, flow.hops[1], now);
    }
    session.front.flush(sender_, now);
}

void Proxy::send_back(Session& session, FlowRecord& flow, Instant now) {
    if (session.back_state == BackState::none) {
        return;
    }
    sender_.aim(ends_of(flow.keys[1]), flow.hops[0], now);
    const std::uint64_t before = sender_.sent_bytes();
    session.back.flush(sender_, now);
    balancer_.note_sent(flow, sender_.sent_bytes() - before);
}

// --- the end ---

void Proxy::close(std::uint32_t index, Instant now) {
    Session& session = sessions_.at(index);
    FlowRecord& flow = balancer_.flow(session.flow);
    listener_.linger(session.front, ends_of(flow.keys[0]), now);
    if (session.back_state != BackState::none) {
        listener_.linger(session.back, ends_of(flow.keys[1]), now);
    }
    const bool late = session.front.end() == tcp::End::timed_out || session.back.end() == tcp::End::timed_out;
    const bool reset = has_failed(session.front) || has_failed(session.back);
    give_back(index, flow);
    balancer_.end_proxied(flow, late ? FlowState::timed_out : reset ? FlowState::reset : FlowState::closed);
}

void Proxy::flow_ended(FlowRecord& flow, Instant now) {
    Session& session = sessions_.at(flow.session);
    session.front.abort(now);
    send_front(session, flow, now);
    if (session.back_state != BackState::none) {
        session.back.abort(now);
        send_back(session, flow, now);
    }
    if (session.touched) {
        std::erase(touched_, flow.session);
    }
    give_back(flow.session, flow);
}

void Proxy::give_back(std::uint32_t index, FlowRecord& flow) {
    Session& session = sessions_.at(index);
    counters_.retransmitted_bytes += session.front.sender().retransmitted_bytes();
    if (session.back_state != BackState::none) { // else it is elsewhere, and counted there
        counters_.retransmitted_bytes += session.back.sender().retransmitted_bytes();
    }
    timers_.clear(index, [this](std::uint32_t i) -> TimerLink& { return sessions_.at(i).timer; });
    sessions_.give_back(index);
    flow.session = balance::no_session;
}

void Proxy::flow_moved(FlowRecord& flow, std::uint32_t index) {
    sessions_.at(flow.session).flow = index;
}

// --- time ---

Duration Proxy::idle_timeout(const FlowRecord& flow) const {
    return balancer_.service_of(flow).config.tcp_idle_timeout;
}

void Proxy::arm(std::uint32_t index, const FlowRecord& flow, Instant now) {
    Session& session = sessions_.at(index);
    const Instant next =
        std::min({session.front.next_deadline(),
                  session.back_state == BackState::none ? Instant::max() : session.back.next_deadline(),
                  session.connect_deadline, session.http ? session.http->deadline() : Instant::max(),
                  session.active + idle_timeout(flow)});
    timers_.set(index, std::max(now, next),
                [this](std::uint32_t i) -> TimerLink& { return sessions_.at(i).timer; });
}

void Proxy::expire(std::uint32_t index, Instant now) {
    Session& session = sessions_.at(index);
    if (now >= session.active + idle_timeout(balancer_.flow(session.flow))) {
        ++counters_.idle_timeouts;
        session.front.abort(now);
        session.back.abort(now);
    } else if (now >= session.connect_deadline) {
        session.connect_deadline = Instant::max();
        session.connect_timed_out = true;
        if (session.opening) {
            stack_.drops().add(DropReason::bad_proxy_header);
            session.front.abort(now);
        }
        session.back.abort(now); // follow_back() asks another server
    }
    if (now >= session.front.next_deadline()) {
        session.front.process_deadline(now);
    }
    if (session.back_state != BackState::none && now >= session.back.next_deadline()) {
        session.back.process_deadline(now);
    }
    if (session.http && now >= session.http->deadline()) {
        current_ = &balancer_.flow(session.flow);
        session.http->process_deadline(now);
    }
    touch(index);
}

// Memory is short: whoever has made no progress for a while gives back what waits for him.
void Proxy::shed(Instant now) {
    constexpr Duration patience = std::chrono::seconds(10), interval = std::chrono::seconds(1);
    if (buffers_.used_bytes() < buffers_.limit_bytes() / 8 * 7 || now < next_shed_) {
        return;
    }
    next_shed_ = now + interval;
    sessions_.for_each([&](std::uint32_t index, Session& session) {
        const bool holds = session.front.sender().queued() + session.back.sender().queued() +
                               session.front.readable() + session.back.readable() >
                           0;
        if (holds && now - session.active >= patience) {
            ++counters_.shed_sessions;
            session.front.abort(now);
            session.back.abort(now);
            touch(index);
        }
    });
}

void Proxy::poll(Instant now) {
    shed(now);
    timers_.advance(
        now, [this](std::uint32_t i) -> TimerLink& { return sessions_.at(i).timer; },
        [this, now](std::uint32_t index) { expire(index, now); });
    listener_.poll(now);
    spare_.poll(now, [this](const FlowKey& key) { balancer_.give_back_port(key); });
    flush(now);
}

Instant Proxy::next_deadline() const {
    return std::min({timers_.next_deadline(), listener_.next_deadline(), spare_.next_deadline()});
}

engine::ProxyReport Proxy::report() const {
    engine::ProxyReport out = counters_;
    const ListenerCounters& listener = listener_.counters();
    out.syns = listener.syns;
    out.handshakes = listener.handshakes;
    out.cookies_sent = listener.cookies_sent;
    out.cookies_accepted = listener.cookies_accepted;
    out.syn_acks_repeated = listener.syn_acks_repeated;
    out.retransmitted_bytes += spare_.retransmitted_bytes();
    out.sessions = sessions_.size();
    out.idle_server_connections = spare_.idle();
    out.session_bytes = sizeof(Session);
    out.request_log_lost = requests_.lost();
    out.half_open = listener_.half_open();
    out.time_wait = listener_.time_wait();
    out.buffer_bytes = buffers_.used_bytes();
    out.buffer_limit_bytes = buffers_.limit_bytes();
    return out;
}

} // namespace fulcrum::proxy
