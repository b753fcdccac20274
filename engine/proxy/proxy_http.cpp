// Layer 7: what a session does when an HttpSession stands between its connections.
#include "engine/proxy/legs.h"
#include "engine/proxy/proxy.h"

namespace fulcrum::proxy {

using balance::Balancer;
using balance::FlowKey;
using balance::FlowRecord;
using engine::FlowState;

namespace {

constexpr std::uint32_t read_bytes = 65536;

// What waits to be sent, as far as the connection takes it.
bool push_out(tcp::SliceQueue& from, tcp::Connection& to) {
    bool any = false;
    while (!from.empty()) {
        const std::uint32_t room = to.send_room();
        if (room == 0) {
            break;
        }
        to.push(from.pop(room));
        any = true;
    }
    return any;
}

// Open in both directions, and with nothing that would be taken for the next answer.
bool is_quiet(const tcp::Connection& c) {
    return c.is_open() && c.readable() == 0 && !c.peer_finished();
}

// What the client has said, as far as it can be dealt with. True: something.
bool hear_client(Session& session, Instant now) {
    http::HttpSession& http = *session.http;
    bool moved = false;
    while (session.front.readable() > 0 && http.wants_client_bytes()) {
        http.from_client(session.front.read(read_bytes), now);
        moved = true;
    }
    if (!session.client_end_told && (has_failed(session.front) || session.front.peer_finished())) {
        session.client_end_told = moved = true;
        if (has_failed(session.front)) {
            http.client_aborted(now);
        } else {
            http.client_finished(now);
        }
    }
    return moved;
}

tcp::Connection take_back(Session& session) {
    return std::exchange(session.back, tcp::Connection(session.back.settings()));
}

} // namespace

bool Proxy::carry_http(Session& session, FlowRecord& flow, Instant now) {
    // Each turn ends an exchange or empties a queue; a client that pipelines many small requests continues in
    // the next batch.
    constexpr int most_turns = 256;
    current_ = &flow;
    int turn = 0;
    while (turn < most_turns && carry_http_once(session, flow, now)) {
        ++turn;
    }
    current_ = nullptr;
    if (is_done(session.front) && session.back_state == BackState::kept) {
        close_server(session, flow, now);
    }
    return turn == most_turns;
}

bool Proxy::carry_http_once(Session& session, FlowRecord& flow, Instant now) {
    http::HttpSession& http = *session.http;
    if (session.active == now && session.front.sender().queued() > 0) {
        http.client_progressed(now); // it still takes what it was sent
    }
    if (session.back_state == BackState::connecting && !http.server_wanted()) {
        close_server(session, flow, now); // nobody waits for it any more
    }
    bool moved = hear_client(session, now);
    moved = hear_server(session, flow, now) || moved;
    http.advance(now);
    moved = push_out(http.to_client(), session.front) || moved;
    if (session.back_state == BackState::open) {
        moved = push_out(http.to_server(), session.back) || moved;
        if (http.close_server_wanted()) {
            session.back.close();
        }
    }
    if (const http::ServerFate fate = http.server_fate();
        fate == http::ServerFate::reusable || fate == http::ServerFate::close) {
        if (fate == http::ServerFate::reusable && session.back_state == BackState::open &&
            is_quiet(session.back)) {
            release_server(session, flow, now);
        } else {
            close_server(session, flow, now);
        }
        http.server_detached();
        moved = true;
    }
    if (http.server_wanted() && session.back_state != BackState::connecting) {
        find_server(session, flow, now);
        moved = true;
    }
    if (http.abort_client_wanted() && !is_done(session.front)) {
        session.front.abort(now);
        moved = true;
    } else if (http.close_client_wanted()) {
        session.front.close();
    }
    return moved;
}

bool Proxy::hear_server(Session& session, FlowRecord& flow, Instant now) {
    http::HttpSession& http = *session.http;
    bool moved = false;
    if (session.back_state == BackState::open) {
        while (session.back.readable() > 0 && http.wants_server_bytes()) {
            http.from_server(session.back.read(read_bytes), now);
            moved = true;
        }
        if (!session.server_end_told && (has_failed(session.back) || session.back.peer_finished())) {
            session.server_end_told = moved = true;
            if (has_failed(session.back)) {
                balancer_.report_failure(flow, now);
                http.server_aborted(now);
            } else {
                http.server_finished(now);
            }
        }
    } else if (session.back_state == BackState::kept &&
               (session.back.peer_finished() || session.back.readable() > 0 || is_done(session.back))) {
        close_server(session, flow, now); // an idle one that the server has ended
    }
    return moved;
}

void Proxy::find_server(Session& session, FlowRecord& flow, Instant now) {
    const http::ServerRequest request = session.http->request();
    const std::uint16_t use = balancer_.find_use(flow, request.pool).value_or(0);
    const auto named =
        request.server.empty() ? std::nullopt : balancer_.find_server(flow, use, request.server);
    if (session.back_state == BackState::kept) {
        const bool fits = flow.use == use && (!named || *named == flow.server) && !request.fresh &&
                          balancer_.server_accepts(flow);
        if (fits && is_quiet(session.back)) {
            session.back_state = BackState::open;
            session.http->server_connected(balancer_.server_name(flow), false, now);
            return;
        }
        close_server(session, flow, now);
    }
    const engine::ServiceConfig& config = balancer_.service_of(flow).config;
    session.servers_tried = 1;
    // What may not be sent twice is not sent where the server may just be closing (RFC 9110 section 9.2.2).
    const bool reuse = config.server_reuse && config.proxy_out == engine::ProxyProtocol::off &&
                       !request.fresh && request.replayable;
    if (!connect(session, flow, {.use = use, .server = named, .reuse = reuse}, now)) {
        session.http->server_failed(http::ServerFailure::none_available, now);
    }
}

// The exchange is over and the connection is good for another one: anybody's, or only this client's when the
// server was told whose it is.
void Proxy::release_server(Session& session, FlowRecord& flow, Instant now) {
    const balance::Service& service = balancer_.service_of(flow);
    if (!service.config.server_reuse || service.config.proxy_out != engine::ProxyProtocol::off) {
        session.back_state = BackState::kept;
        return;
    }
    const std::uint32_t name = service.name;
    const FlowKey key = balancer_.unbind(flow, FlowState::closed, true);
    spare_.park(key, name, take_back(session), now);
    session.back_state = BackState::none;
}

// The session goes on; the connection's end is not its business any more.
void Proxy::close_server(Session& session, FlowRecord& flow, Instant now) {
    if (session.back_state == BackState::none) {
        return;
    }
    const bool failed = has_failed(session.back);
    if (session.back_state == BackState::connecting) {
        session.back.abort(now);
        session.connect_deadline = Instant::max();
    }
    const FlowKey key = balancer_.unbind(flow, failed ? FlowState::reset : FlowState::closed, true);
    spare_.close(key, take_back(session), now);
    session.back_state = BackState::none;
}

void Proxy::server_failed(Session& session, FlowRecord& flow, Instant now) {
    current_ = &flow;
    if (flow.has_server()) {
        balancer_.unbind(flow, FlowState::reset, false);
    }
    session.http->server_failed(
        session.connect_timed_out ? http::ServerFailure::timed_out : http::ServerFailure::refused, now);
}

void Proxy::request_done(const http::RequestLog& log) {
    ++counters_.requests;
    if (current_ != nullptr) {
        const balance::Service& service = balancer_.service_of(*current_);
        if (log.end == http::RequestEnd::complete && !log.server.empty()) {
            if (log.status >= 500) {
                balancer_.report_failure(*current_, log.ended);
            } else {
                balancer_.report_success(*current_);
            }
        }
        requests_.append(log, service.config.name, current_->keys[0]);
    }
}

} // namespace fulcrum::proxy
