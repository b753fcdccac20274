// The exchange as a whole: routing, retries, time-outs, the end. What each side's bytes do is in
// http_session_client.cpp and http_session_server.cpp.
#include "engine/http/http_session.h"

#include <cassert>

#include <fmt/format.h>

#include "engine/wire/http_status.h"

namespace fulcrum::http {

std::string_view name_of(RequestEnd end) {
    switch (end) {
    case RequestEnd::complete:
        return "complete";
    case RequestEnd::answered_here:
        return "answered-here";
    case RequestEnd::refused:
        return "refused";
    case RequestEnd::no_server:
        return "no-server";
    case RequestEnd::server_failed:
        return "server-failed";
    case RequestEnd::server_timed_out:
        return "server-timed-out";
    case RequestEnd::server_truncated:
        return "server-truncated";
    case RequestEnd::client_timed_out:
        return "client-timed-out";
    case RequestEnd::client_gone:
        return "client-gone";
    }
    return "unknown";
}

HttpSession::HttpSession(std::shared_ptr<const HttpPolicy> policy, const ClientFacts& client,
                         tcp::BufferPool& pool, RequestSink* sink, Instant now)
    : policy_(std::move(policy)), pool_(pool), sink_(sink), facts_(client), active_(now) {
    assert(policy_ != nullptr);
}

HttpSession::~HttpSession() {
    write_log(client_ == Client::pipe ? RequestEnd::complete : RequestEnd::client_gone, active_);
}

// --- servers ---

ServerRequest HttpSession::request() const {
    ServerRequest out;
    out.pool = pool_name_;
    out.server = cookie_ == nullptr ? std::string_view{} : std::string_view(cookie_->server);
    out.host = log_.host;
    out.path = log_.path;
    out.method = method_;
    out.replayable = is_idempotent(method_) && request_body_.kind() == BodyFraming::Kind::none;
    out.fresh = fresh_needed_;
    return out;
}

void HttpSession::server_connected(std::string_view name, bool fresh, Instant now) {
    assert(server_ == Server::wanted);
    fate_ = ServerFate::in_use;
    server_ = Server::head;
    server_fresh_ = fresh;
    server_spoke_ = false;
    interim_answers_ = 0;
    log_.server.assign(name.substr(0, RequestLog::max_text));
    log_.server_reused = !fresh;
    log_.sent = now;
    active_ = now;
    send_to_server(request_out_);
    advance(now);
}

void HttpSession::server_failed(ServerFailure why, Instant now) {
    if (server_ != Server::wanted) {
        return;
    }
    switch (why) {
    case ServerFailure::none_available:
        refuse(503, "no server is available", RequestEnd::no_server, now);
        break;
    case ServerFailure::refused:
        refuse(502, "no server could be reached", RequestEnd::server_failed, now);
        break;
    case ServerFailure::timed_out:
        refuse(504, "no server answered", RequestEnd::server_timed_out, now);
        break;
    }
    advance(now);
}

void HttpSession::server_detached() {
    assert(fate_ != ServerFate::in_use);
    fate_ = ServerFate::none;
}

// The connection leaves the exchange. What was still to be sent on it is not sent: either the request has
// gone out whole, or the connection closes.
void HttpSession::release_server(bool reusable) {
    if (fate_ == ServerFate::in_use) {
        fate_ = reusable && to_server_.empty() ? ServerFate::reusable : ServerFate::close;
    }
    server_ = Server::none;
    to_server_.clear();
    server_waste_ = 0;
    server_scan_.reset();
    std::string().swap(server_head_);
    request_out_ = tcp::Slice();
}

// --- output ---

namespace {
// A slice of few bytes may hold a large block: such waste counts, or a peer that sends byte by byte would
// make the queues a thousand times larger than their limit says.
void push(tcp::SliceQueue& queue, std::uint32_t& waste, tcp::Slice bytes) {
    if (queue.empty()) {
        waste = 0;
    }
    if (bytes.pinned_bytes() / 4 > bytes.size()) {
        waste += bytes.pinned_bytes() - bytes.size();
    }
    queue.push(std::move(bytes));
}
} // namespace

void HttpSession::send_to_client(tcp::Slice bytes) {
    log_.bytes_to_client += bytes.size();
    push(to_client_, client_waste_, std::move(bytes));
    to_client_seen_ = to_client_.size();
}

void HttpSession::send_to_server(tcp::Slice bytes) {
    push(to_server_, server_waste_, std::move(bytes));
}

bool HttpSession::has_client_room() const {
    const std::uint32_t limit = policy_->buffer_bytes;
    return to_client_.empty() || (to_client_.size() < limit && client_waste_ < limit);
}

bool HttpSession::has_server_room() const {
    const std::uint32_t limit = policy_->buffer_bytes;
    return to_server_.empty() || (to_server_.size() < limit && server_waste_ < limit);
}

// --- the end of an exchange ---

void HttpSession::end_exchange(Instant now) {
    write_log(RequestEnd::complete, now);
    release_server(keep_server_ && request_body_.complete());
    if (keep_client_) {
        begin_request();
        active_ = now;
    } else {
        begin_closing(now);
    }
}

void HttpSession::begin_request() {
    client_ = Client::head;
    method_ = Method::get;
    minor_version_ = 1;
    keep_client_ = keep_server_ = true;
    answer_begun_ = upgrade_offered_ = expects_continue_ = dechunk_ = fresh_needed_ = false;
    cookie_ = nullptr;
    request_body_.begin({});
}

// What the client still sends is read and dropped: a reset while our answer is under way would destroy it
// (RFC 9112 section 9.6).
void HttpSession::begin_closing(Instant now) {
    closing_ = true;
    client_ = Client::discard;
    current_ = tcp::Slice();
    input_.clear();
    std::string().swap(client_head_);
    active_ = now;
}

// A text answer of our own, after which the connection closes. When another answer has begun, all that is
// left is to make sure that the client does not take its beginning for the whole.
void HttpSession::refuse(std::uint16_t status, std::string_view reason, RequestEnd end, Instant now) {
    log_.reason = reason;
    if (answer_begun_) {
        return truncate(end, now);
    }
    const std::string text = fmt::format("{} {}: {}\n", status, reason_phrase(status), reason);
    HeadWriter writer;
    write_answer(writer, {.status = status, .body = text, .head_only = method_ == Method::head});
    tcp::Slice bytes = writer.finish(pool_);
    if (bytes.empty()) {
        return truncate(end, now);
    }
    log_.status = status;
    send_to_client(std::move(bytes));
    write_log(end, now);
    release_server(false);
    begin_closing(now);
}

void HttpSession::truncate(RequestEnd end, Instant now) {
    write_log(end, now);
    release_server(false);
    begin_closing(now);
    abort_client_ = true;
}

void HttpSession::write_log(RequestEnd end, Instant now) {
    if (logging_ && sink_ != nullptr) {
        log_.end = end;
        log_.ended = now;
        sink_->request_done(log_);
    }
    logging_ = false;
}

// --- time ---

void HttpSession::client_progressed(Instant now) {
    const bool waits_for_client = client_ == Client::discard ||
                                  (client_ == Client::head && !client_scan_.started()) ||
                                  (client_ == Client::waiting && !to_client_.empty());
    if (waits_for_client) {
        active_ = now;
    }
}

Instant HttpSession::deadline() const {
    if (abort_client_ || server_ == Server::wanted) {
        return Instant::max();
    }
    switch (client_) {
    case Client::head:
        if (client_scan_.started()) {
            return log_.began + policy_->head_timeout;
        }
        return active_ + (requests_ == 0 ? policy_->head_timeout : policy_->keep_alive_timeout);
    case Client::body:
        return active_ + (has_server_room() ? policy_->body_timeout : policy_->response_timeout);
    case Client::waiting:
        return active_ + policy_->response_timeout;
    case Client::pipe:
        return Instant::max();
    case Client::discard:
        return active_ + policy_->linger_timeout;
    }
    return Instant::max();
}

void HttpSession::process_deadline(Instant now) {
    if (now < deadline()) {
        return;
    }
    switch (client_) {
    case Client::head:
        if (client_scan_.started()) {
            refuse(408, "the request took too long", RequestEnd::client_timed_out, now);
        } else {
            begin_closing(now);
        }
        break;
    case Client::body:
        if (has_server_room()) {
            refuse(408, "the request's body took too long", RequestEnd::client_timed_out, now);
        } else {
            refuse(504, "the server does not read the request", RequestEnd::server_timed_out, now);
        }
        break;
    case Client::waiting:
        if (!to_client_.empty()) {
            truncate(RequestEnd::client_timed_out, now);
        } else {
            refuse(504, "the server did not answer in time", RequestEnd::server_timed_out, now);
        }
        break;
    case Client::pipe:
        break;
    case Client::discard:
        abort_client_ = true;
        break;
    }
}

bool HttpSession::is_idle() const {
    return client_ == Client::head && !client_scan_.started() && current_.empty() && input_.empty() &&
           to_client_.empty();
}

} // namespace fulcrum::http
