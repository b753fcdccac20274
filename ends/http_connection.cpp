#include "ends/http_connection.h"

#include <algorithm>
#include <fmt/format.h>

#include "engine/wire/http_status.h"

namespace fulcrum::ends {

HttpConnection::HttpConnection(HttpSite& site, std::string peer, std::string local)
    : site_(site), speaker_{site.server, std::move(peer), std::move(local), nullptr} {}

HttpConnection::~HttpConnection() {
    site_.echo_held_bytes -= held_;
}

bool HttpConnection::wants_input() const {
    return !finished_ && !input_ended_ && stage_ != Stage::delayed && pattern_left_ == 0 &&
           output_waiting() < output_limit();
}

std::size_t HttpConnection::output_limit() const {
    const bool echoing = stage_ == Stage::body && answer_.echo;
    return echoing && site_.echo_held_bytes < echo_total_bytes ? echo_limit_bytes : output_limit_bytes;
}

void HttpConnection::process_input(std::string_view bytes, Instant now) {
    if (finished_) {
        return;
    }
    input_ += bytes;
    advance(now);
}

void HttpConnection::process_end(Instant now) {
    input_ended_ = true;
    advance(now);
}

void HttpConnection::process_time(Instant now) {
    if (wake_at_ && now >= *wake_at_) {
        wake_at_.reset();
        emit_answer(answer_, head_only_);
        finish_request();
        advance(now);
    }
}

void HttpConnection::sent(std::uint64_t bytes, Instant now) {
    const auto of_text = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, output_waiting()));
    output_sent_ += of_text;
    pattern_offset_ += bytes - of_text;
    pattern_left_ -= bytes - of_text;
    if (output_sent_ == output_.size()) {
        output_.clear();
        output_sent_ = 0;
    } else if (output_sent_ > output_limit_bytes && output_sent_ > output_.size() / 2) {
        output_.erase(0, output_sent_);
        output_sent_ = 0;
    }
    update_held();
    if (!finished_) {
        advance(now);
    }
}

// Goes on until input runs out or the output has to be sent first: a pipelined request waits for the answer
// before it, in order and in memory.
void HttpConnection::advance(Instant now) {
    bool moved = true;
    while (moved && !finished_ && stage_ != Stage::delayed && pattern_left_ == 0 &&
           output_waiting() < output_limit()) {
        switch (stage_) {
        case Stage::preface:
            moved = process_preface();
            break;
        case Stage::head:
            moved = process_head(now);
            break;
        case Stage::body:
            moved = process_body(now);
            break;
        case Stage::delayed:
            moved = false;
            break;
        }
    }
    // Nothing more will come: what is left is an unfinished request, or nothing.
    if (!moved && input_ended_ && stage_ != Stage::delayed) {
        finished_ = true;
    }
}

bool HttpConnection::process_preface() {
    const auto outcome = parse_proxy_header(input(), proxy_);
    switch (outcome.kind) {
    case ProxyOutcome::Kind::incomplete:
        return false;
    case ProxyOutcome::Kind::refused:
        refuse(400, outcome.reason);
        return false;
    case ProxyOutcome::Kind::complete:
        drop_input(outcome.length);
        speaker_.proxy = &proxy_;
        break;
    case ProxyOutcome::Kind::absent:
        break;
    }
    stage_ = Stage::head;
    return true;
}

bool HttpConnection::process_head(Instant now) {
    if (input().empty()) {
        return false;
    }
    const auto outcome = parse_request(input(), request_);
    if (outcome.kind == RequestOutcome::Kind::incomplete) {
        return false;
    }
    if (outcome.kind == RequestOutcome::Kind::refused) {
        refuse(outcome.status, outcome.reason);
        return false;
    }
    // Everything that outlives the head is taken out of it here: its views die with the input.
    answer_ = answer_to(request_, speaker_);
    head_only_ = request_.method == "HEAD";
    keep_alive_ = request_.keep_alive;
    old_client_ = request_.minor_version == 0;
    chunked_in_ = request_.framing.chunked;
    body_left_ = request_.framing.length.value_or(0);
    chunked_ = {};
    const bool continue_wanted = request_.expects_continue && request_.has_body();
    drop_input(outcome.length);
    if (continue_wanted) {
        output_ += "HTTP/1.1 100 Continue\r\n\r\n";
    }
    stage_ = Stage::body;
    if (answer_.echo) {
        emit_head(answer_, head_only_);
    }
    if (!chunked_in_ && body_left_ == 0) {
        begin_answer(now);
    }
    return true;
}

// Reads the body, echoing it or not, and answers when it is complete.
bool HttpConnection::process_body(Instant now) {
    auto rest = input();
    if (rest.empty()) {
        return false;
    }
    if (!chunked_in_) {
        const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, rest.size()));
        append_echo(rest.substr(0, take));
        body_left_ -= take;
        drop_input(take);
        if (body_left_ == 0) {
            begin_answer(now);
        }
        return true;
    }
    const auto step = chunked_.process(rest);
    append_echo(step.data);
    drop_input(step.used);
    if (step.state == ChunkedBody::State::bad) {
        if (answer_.echo) { // half an answer is out: the only honest end is to break off
            finished_ = refused_ = true;
        } else {
            refuse(400, "bad chunk");
        }
        return false;
    }
    if (step.state == ChunkedBody::State::done) {
        begin_answer(now);
    }
    return true;
}

// The request has been read to its end.
void HttpConnection::begin_answer(Instant now) {
    if (answer_.echo) {
        if (chunked_in_ && !head_only_) {
            output_ += "0\r\n\r\n";
        }
        finish_request();
        return;
    }
    if (answer_.delay.count() > 0) {
        stage_ = Stage::delayed;
        wake_at_ = now + answer_.delay;
        return;
    }
    emit_answer(answer_, head_only_);
    finish_request();
}

void HttpConnection::finish_request() {
    stage_ = Stage::head;
    answer_ = {};
    if (!keep_alive_) {
        finished_ = true;
    }
}

void HttpConnection::refuse(int status, std::string_view reason) {
    keep_alive_ = false;
    finished_ = refused_ = true;
    emit_answer(refusal(status, reason), false);
}

void HttpConnection::emit_head(const HttpAnswer& answer, bool head_only) {
    auto out = std::back_inserter(output_);
    fmt::format_to(out, "HTTP/1.1 {} {}\r\nServer: {}\r\n", answer.status,
                   http::reason_phrase(static_cast<std::uint16_t>(answer.status)), site_.server);
    if (!site_.date.empty()) {
        fmt::format_to(out, "Date: {}\r\n", site_.date);
    }
    if (status_has_body(answer.status)) {
        fmt::format_to(out, "Content-Type: {}\r\n", answer.content_type);
        if (answer.echo && chunked_in_ && !head_only) {
            output_ += "Transfer-Encoding: chunked\r\n";
        } else if (!answer.echo || !chunked_in_) {
            const auto length = answer.echo ? body_left_ : answer.pattern_bytes.value_or(answer.body.size());
            fmt::format_to(out, "Content-Length: {}\r\n", length);
        }
    }
    if (!keep_alive_) {
        output_ += "Connection: close\r\n";
    } else if (old_client_) {
        output_ += "Connection: keep-alive\r\n";
    }
    output_ += "\r\n";
}

void HttpConnection::emit_answer(const HttpAnswer& answer, bool head_only) {
    emit_head(answer, head_only);
    if (head_only || !status_has_body(answer.status)) {
        return;
    }
    if (answer.pattern_bytes) {
        pattern_offset_ = 0;
        pattern_left_ = *answer.pattern_bytes;
    } else {
        output_ += answer.body;
    }
}

void HttpConnection::append_echo(std::string_view data) {
    if (!answer_.echo || head_only_ || data.empty()) {
        return;
    }
    if (chunked_in_) {
        fmt::format_to(std::back_inserter(output_), "{:x}\r\n{}\r\n", data.size(), data);
    } else {
        output_ += data;
    }
    update_held();
}

void HttpConnection::update_held() {
    const auto held = output_waiting();
    site_.echo_held_bytes += held;
    site_.echo_held_bytes -= held_;
    held_ = held;
}

void HttpConnection::drop_input(std::size_t bytes) {
    input_used_ += bytes;
    if (input_used_ == input_.size()) {
        input_.clear();
        input_used_ = 0;
    } else if (input_used_ > output_limit_bytes) {
        input_.erase(0, input_used_);
        input_used_ = 0;
    }
}

} // namespace fulcrum::ends
