// The server's side of a session: answers, interim answers, upgrades, and servers that go away.
#include "engine/http/http_session.h"

namespace fulcrum::http {

namespace {
constexpr std::uint8_t max_interim_answers = 32;
constexpr std::uint8_t max_retries = 3;
} // namespace

void HttpSession::from_server(tcp::Slice bytes, Instant now) {
    if (fate_ == ServerFate::in_use && !bytes.empty()) {
        server_spoke_ = true;
        request_out_ = tcp::Slice();
        if (client_ != Client::body) {
            active_ = now;
        }
    }
    while (!bytes.empty() && fate_ == ServerFate::in_use) {
        switch (server_) {
        case Server::head:
            process_server_head(bytes, now);
            break;
        case Server::body:
            process_server_body(bytes, now);
            break;
        case Server::done: // more than was asked for; the request's body may still be on its way
            keep_server_ = false;
            bytes = tcp::Slice();
            break;
        case Server::pipe:
            send_to_client(std::exchange(bytes, tcp::Slice()));
            break;
        case Server::none:
        case Server::wanted:
            bytes = tcp::Slice();
            break;
        }
    }
    if (!bytes.empty() && fate_ == ServerFate::reusable) {
        fate_ = ServerFate::close; // an answer that nobody asked for: the next one would be taken for another
    }
    advance(now);
}

bool HttpSession::wants_server_bytes() const {
    return has_client_room();
}

void HttpSession::process_server_head(tcp::Slice& bytes, Instant now) {
    const auto used = static_cast<std::uint32_t>(server_scan_.scan(bytes.bytes(), policy_->head));
    const std::string_view piece(reinterpret_cast<const char*>(bytes.data()), used);
    if (server_scan_.state() == HeadScanner::State::refused || server_scan_.leading() > 0) {
        return refuse(502, "the server's answer has a malformed head", RequestEnd::server_failed, now);
    }
    if (server_scan_.state() == HeadScanner::State::more || !server_head_.empty()) {
        server_head_.append(piece);
    }
    const tcp::Slice in_place = bytes.part(0, used); // what the head's views point into
    bytes.drop_front(used);
    if (server_scan_.state() == HeadScanner::State::more) {
        return;
    }
    std::string gathered;
    gathered.swap(server_head_);
    server_scan_.reset();
    process_response(gathered.empty() ? piece : std::string_view(gathered), now);
}

void HttpSession::process_response(std::string_view text, Instant now) {
    static thread_local ResponseHead head; // as in process_request
    if (const auto refusal = parse_response(text, method_, head)) {
        return refuse(502, "the server's answer cannot be understood", RequestEnd::server_failed, now);
    }
    if (head.status == 101 || (method_ == Method::connect && head.status / 100 == 2)) {
        return switch_to_pipe(head, now);
    }
    if (head.status < 200) {
        if (++interim_answers_ > max_interim_answers) {
            return refuse(502, "too many interim answers", RequestEnd::server_failed, now);
        }
        const bool asked_for = head.status != 100 || expects_continue_;
        if (asked_for && minor_version_ == 1) { // HTTP/1.0 knows none (RFC 9110 section 15.2)
            send_head(head, {}, now);
        }
        if (head.status == 100) {
            expects_continue_ = false;
        }
        return;
    }
    log_.status = head.status;
    log_.answered = now;
    upgrade_offered_ = false;
    keep_server_ = head.keeps_alive() && policy_->server_keep_alive;
    dechunk_ = minor_version_ == 0 && head.body.kind == BodyFraming::Kind::chunked;
    if (head.body.kind == BodyFraming::Kind::until_close || dechunk_) {
        keep_client_ = false;
    }
    if (!request_body_.complete()) {
        if (expects_continue_ && !request_body_.started()) {
            keep_server_ = false; // whether the body still comes nobody knows
        }
        if (!keep_server_) {
            keep_client_ = false;
        }
    }
    ResponseRewrite rewrite;
    rewrite.dechunk = minor_version_ == 0;
    rewrite.connection = !keep_client_         ? ClientConnection::close
                         : minor_version_ == 0 ? ClientConnection::keep_alive
                                               : ClientConnection::implied;
    if (policy_->cookie) {
        const CookieServer* server = policy_->cookie->find_server(pool_name_, log_.server);
        if (server != nullptr && server != cookie_) {
            rewrite.cookie_name = policy_->cookie->name;
            rewrite.cookie_value = server->value;
        }
    }
    if (!send_head(head, rewrite, now)) {
        return;
    }
    answer_begun_ = true;
    response_body_.begin(head.body);
    server_ = Server::body;
    if (response_body_.complete()) {
        response_done(now);
    }
}

bool HttpSession::send_head(const ResponseHead& head, const ResponseRewrite& rewrite, Instant now) {
    HeadWriter writer;
    write_response(writer, head, rewrite);
    tcp::Slice out = writer.finish(pool_);
    if (out.empty()) {
        refuse(502, "the server's answer has too large a head", RequestEnd::server_failed, now);
        return false;
    }
    send_to_client(std::move(out));
    return true;
}

void HttpSession::switch_to_pipe(const ResponseHead& head, Instant now) {
    if (head.status == 101 && !upgrade_offered_) {
        return refuse(502, "the server switched protocols unasked", RequestEnd::server_failed, now);
    }
    ResponseRewrite rewrite;
    rewrite.connection = head.status == 101 ? ClientConnection::upgrade : ClientConnection::implied;
    log_.status = head.status;
    log_.answered = now;
    if (!send_head(head, rewrite, now)) {
        return;
    }
    answer_begun_ = true;
    client_ = Client::pipe;
    server_ = Server::pipe;
}

void HttpSession::process_server_body(tcp::Slice& bytes, Instant now) {
    // Runs of framing and data side by side go on as one slice, unless the framing is taken off.
    std::uint32_t taken = 0, sent = 0;
    const auto send = [&](std::uint32_t end) {
        if (end > sent) {
            send_to_client(bytes.part(sent, end - sent));
        }
    };
    while (taken < bytes.size() && !response_body_.complete() && !response_body_.refused()) {
        const auto run = response_body_.next(bytes.bytes().subspan(taken), policy_->chunk);
        const auto end = taken + static_cast<std::uint32_t>(run.bytes);
        if (dechunk_ && !run.data) {
            send(taken);
            sent = end;
        }
        taken = end;
    }
    if (response_body_.refused()) {
        log_.reason = "a malformed chunk";
        return truncate(RequestEnd::server_truncated, now);
    }
    send(taken);
    bytes.drop_front(taken);
    if (response_body_.complete()) {
        response_done(now);
    }
}

// The answer is complete. A request that is still coming is carried to its end, so that both connections live
// on; unless one of them will not.
void HttpSession::response_done(Instant now) {
    server_ = Server::done;
    if (client_ == Client::waiting || !keep_client_) {
        end_exchange(now);
    }
}

void HttpSession::server_finished(Instant now) {
    server_lost(true, now);
}

void HttpSession::server_aborted(Instant now) {
    server_lost(false, now);
}

void HttpSession::server_lost(bool finished, Instant now) {
    if (fate_ != ServerFate::in_use) {
        fate_ = fate_ == ServerFate::reusable ? ServerFate::close : fate_;
        return;
    }
    switch (server_) {
    case Server::head:
        if (!server_spoke_ && !server_fresh_ && request().replayable && log_.retries < max_retries) {
            tcp::Slice again = std::move(request_out_);
            release_server(false);
            request_out_ = std::move(again);
            server_ = Server::wanted;
            fresh_needed_ = true;
            ++log_.retries;
            return;
        }
        refuse(502, "the server closed the connection without an answer", RequestEnd::server_failed, now);
        break;
    case Server::body:
        if (finished && response_body_.kind() == BodyFraming::Kind::until_close) {
            keep_server_ = false;
            response_done(now);
        } else {
            log_.reason = "the server closed the connection within its answer";
            truncate(RequestEnd::server_truncated, now);
        }
        break;
    case Server::done: // the answer is whole; the rest of the request has nobody to go to
        keep_server_ = keep_client_ = false;
        end_exchange(now);
        break;
    case Server::pipe:
        if (!finished) {
            end_pipe(RequestEnd::server_truncated, now);
            abort_client_ = true;
        } else if (client_finished_ && to_server_.empty()) {
            end_pipe(RequestEnd::complete, now);
        } else {
            closing_ = true; // half closed: the client may go on
        }
        break;
    case Server::none:
    case Server::wanted:
        break;
    }
    advance(now);
}

void HttpSession::end_pipe(RequestEnd end, Instant now) {
    write_log(end, now);
    release_server(false);
    begin_closing(now);
}

} // namespace fulcrum::http
