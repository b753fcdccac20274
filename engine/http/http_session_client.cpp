// The client's side of a session: request heads, routing, request bodies.
#include "engine/http/http_session.h"

namespace fulcrum::http {

namespace {
std::string_view text_of(const tcp::Slice& slice, std::size_t bytes) {
    return {reinterpret_cast<const char*>(slice.data()), bytes};
}

std::uint16_t status_of(HeadFault fault) {
    switch (fault) {
    case HeadFault::start_line_too_long:
        return 414;
    case HeadFault::too_large:
    case HeadFault::too_many_fields:
        return 431;
    default:
        return 400;
    }
}

std::string_view reason_of(HeadFault fault) {
    switch (fault) {
    case HeadFault::none:
        return "";
    case HeadFault::bad_byte:
        return "a control character in the head";
    case HeadFault::bad_line_end:
        return "a line does not end in CR LF";
    case HeadFault::folded:
        return "a folded header line";
    case HeadFault::start_line_too_long:
        return "the request line is too long";
    case HeadFault::too_large:
        return "the head is too large";
    case HeadFault::too_many_fields:
        return "too many header fields";
    }
    return "";
}
} // namespace

void HttpSession::from_client(tcp::Slice bytes, Instant now) {
    if (bytes.empty() || client_finished_) {
        return;
    }
    if (client_ == Client::body || client_ == Client::pipe) {
        active_ = now;
    }
    if (current_.empty() && input_.empty()) {
        current_ = std::move(bytes);
    } else {
        input_.push(std::move(bytes));
    }
    advance(now);
}

void HttpSession::advance(Instant now) {
    if (to_client_.size() < to_client_seen_) { // the client reads: the answer is not stuck
        active_ = client_ == Client::waiting ? now : active_;
        to_client_seen_ = to_client_.size();
    }
    for (;;) {
        if (current_.empty()) {
            if (input_.empty()) {
                break;
            }
            current_ = input_.pop(input_.size());
        }
        if (!step_client(now)) {
            return;
        }
    }
    if (client_finished_) {
        settle_client_end(now);
    }
}

void HttpSession::client_finished(Instant now) {
    client_finished_ = true;
    advance(now);
}

// The client has finished, and all that it sent has been looked at.
void HttpSession::settle_client_end(Instant now) {
    switch (client_) {
    case Client::head:
        if (client_scan_.started()) {
            refuse(400, "the request ends within its head", RequestEnd::client_gone, now);
        } else {
            begin_closing(now);
        }
        break;
    case Client::body:
        refuse(400, "the request ends within its body", RequestEnd::client_gone, now);
        break;
    case Client::waiting:
        break; // it still listens: half-closed after its last request
    case Client::pipe:
        finish_server_ = true;
        if (closing_ && to_server_.empty()) { // both have finished
            end_pipe(RequestEnd::complete, now);
        }
        break;
    case Client::discard:
        break;
    }
}

void HttpSession::client_aborted(Instant now) {
    write_log(client_ == Client::pipe && closing_ ? RequestEnd::complete : RequestEnd::client_gone, now);
    release_server(false);
    begin_closing(now);
    to_client_.clear();
}

bool HttpSession::wants_client_bytes() const {
    if (client_ == Client::discard) {
        return true;
    }
    if (client_finished_ || !current_.empty() || !input_.empty()) {
        return false;
    }
    return (client_ != Client::body && client_ != Client::pipe) || has_server_room();
}

// Deals with some of current_. False: it has to wait.
bool HttpSession::step_client(Instant now) {
    switch (client_) {
    case Client::head:
        return has_client_room() && step_client_head(now);
    case Client::body:
        if (server_ == Server::none || server_ == Server::wanted || !has_server_room()) {
            return false;
        }
        step_client_body(now);
        return true;
    case Client::waiting:
        return false;
    case Client::pipe:
        if (!has_server_room()) {
            return false;
        }
        log_.bytes_from_client += current_.size();
        send_to_server(std::exchange(current_, tcp::Slice()));
        return true;
    case Client::discard:
        current_ = tcp::Slice();
        return true;
    }
    return false;
}

bool HttpSession::step_client_head(Instant now) {
    if (client_scan_.bytes() == 0) {
        begin_log(now);
    }
    const bool had_started = client_scan_.started();
    const std::size_t used = client_scan_.scan(current_.bytes(), policy_->head);
    log_.bytes_from_client += used;
    if (!had_started) {
        log_.began = now;
        logging_ = client_scan_.started(); // an empty line alone is no request
    }
    if (client_scan_.state() == HeadScanner::State::refused) {
        logging_ = true;
        const HeadFault fault = client_scan_.fault();
        client_scan_.reset();
        refuse(status_of(fault), reason_of(fault), RequestEnd::refused, now);
        return true;
    }
    if (client_scan_.state() == HeadScanner::State::more || !client_head_.empty()) {
        client_head_.append(text_of(current_, used));
    }
    // What the head's views point into lives until it has been read.
    const tcp::Slice in_place = current_;
    current_.drop_front(static_cast<std::uint32_t>(used));
    if (current_.empty()) {
        current_ = tcp::Slice(); // an empty slice still holds its block
    }
    if (client_scan_.state() == HeadScanner::State::more) {
        return true;
    }
    std::string gathered;
    gathered.swap(client_head_);
    std::string_view text = gathered.empty() ? text_of(in_place, used) : std::string_view(gathered);
    text.remove_prefix(client_scan_.leading());
    client_scan_.reset();
    process_request(text, now);
    return true;
}

void HttpSession::process_request(std::string_view text, Instant now) {
    // Five kilobytes that would have to be cleared for each request; all that is read is written by the
    // parser.
    static thread_local RequestHead head;
    ++requests_;
    log_.head_done = now;
    active_ = now;
    const auto refusal = parse_request(text, head);
    method_ = head.method;
    minor_version_ = head.minor_version;
    note_request(head);
    if (refusal) {
        return refuse(refusal->status, refusal->reason, RequestEnd::refused, now);
    }
    route(head, now);
}

void HttpSession::begin_log(Instant now) {
    log_.method.clear(); // not a new record: the strings keep their room
    log_.host.clear();
    log_.path.clear();
    log_.pool.clear();
    log_.server.clear();
    log_.reason = {};
    log_.status = 0;
    log_.server_reused = false;
    log_.retries = 0;
    log_.bytes_from_client = log_.bytes_to_client = 0;
    log_.began = log_.head_done = now;
    log_.sent = log_.answered = Instant();
}

void HttpSession::note_request(const RequestHead& head) {
    log_.method.assign(head.method_text.substr(0, RequestLog::max_text));
    log_.host.assign(head.host.substr(0, RequestLog::max_text));
    log_.path.assign((head.path.empty() ? head.target : head.path).substr(0, RequestLog::max_text));
}

void HttpSession::route(const RequestHead& head, Instant now) {
    keep_client_ = head.keeps_alive() &&
                   (policy_->requests_per_connection == 0 || requests_ < policy_->requests_per_connection);
    if (method_ == Method::connect && !policy_->allow_connect) {
        return refuse(405, "CONNECT is not allowed here", RequestEnd::refused, now);
    }
    pool_name_ = policy_->default_pool;
    if (const auto* rule = policy_->find_rule(head.host, head.path)) {
        if (const auto* redirect = std::get_if<Redirect>(rule)) {
            return answer_rule(head,
                               {.status = redirect->status,
                                .location = redirect->location,
                                .location_rest = redirect->append_target ? head.path : std::string_view{}},
                               now);
        }
        if (const auto* fixed = std::get_if<FixedAnswer>(rule)) {
            return answer_rule(head, {.status = fixed->status, .body = fixed->body}, now);
        }
        pool_name_ = std::get<ToPool>(*rule).pool;
    }
    log_.pool.assign(pool_name_.substr(0, RequestLog::max_text));
    if (policy_->cookie) {
        const std::string_view value = find_cookie(head, policy_->cookie->name);
        cookie_ = value.empty() ? nullptr : policy_->cookie->find_value(pool_name_, value);
    }
    HeadWriter writer;
    write_request(writer, head, *policy_, facts_);
    request_out_ = writer.finish(pool_);
    if (request_out_.empty()) {
        return writer.overflowed() ? refuse(431, "the head is too large", RequestEnd::refused, now)
                                   : refuse(503, "no buffer is left", RequestEnd::refused, now);
    }
    request_body_.begin(head.body);
    upgrade_offered_ = policy_->allow_upgrade && !head.upgrade.empty();
    expects_continue_ = head.expects_continue;
    client_ = head.body.kind == BodyFraming::Kind::none ? Client::waiting : Client::body;
    server_ = Server::wanted;
}

void HttpSession::answer_rule(const RequestHead& head, OwnAnswer answer, Instant now) {
    // A body that nobody wants would have to be read to its end first.
    keep_client_ = keep_client_ && head.body.kind == BodyFraming::Kind::none;
    answer.head_only = method_ == Method::head;
    answer.connection = !keep_client_         ? ClientConnection::close
                        : minor_version_ == 0 ? ClientConnection::keep_alive
                                              : ClientConnection::implied;
    HeadWriter writer;
    write_answer(writer, answer);
    tcp::Slice bytes = writer.finish(pool_);
    if (bytes.empty()) {
        return truncate(RequestEnd::answered_here, now);
    }
    log_.status = answer.status;
    send_to_client(std::move(bytes));
    write_log(RequestEnd::answered_here, now);
    if (keep_client_) {
        begin_request();
    } else {
        begin_closing(now);
    }
}

void HttpSession::step_client_body(Instant now) {
    std::uint32_t taken = 0;
    while (taken < current_.size() && !request_body_.complete() && !request_body_.refused()) {
        taken += static_cast<std::uint32_t>(
            request_body_.next(current_.bytes().subspan(taken), policy_->chunk).bytes);
    }
    log_.bytes_from_client += taken;
    if (request_body_.refused()) { // of the request only a part has gone out, and its connection closes
        return refuse(400, "a malformed chunk", RequestEnd::refused, now);
    }
    send_to_server(current_.part(0, taken));
    current_.drop_front(taken);
    if (current_.empty()) {
        current_ = tcp::Slice();
    }
    if (request_body_.complete()) {
        client_ = Client::waiting;
        active_ = now;
        if (server_ == Server::done) {
            end_exchange(now);
        }
    }
}

} // namespace fulcrum::http
