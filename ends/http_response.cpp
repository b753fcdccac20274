#include "ends/http_response.h"

#include <algorithm>

#include "engine/wire/http_tokens.h"

namespace fulcrum::ends {

void HttpResponseReader::restart(bool head_only) {
    stage_ = Stage::head;
    head_.clear();
    chunked_ = {};
    left_ = body_bytes_ = 0;
    kept_.clear();
    status_ = 0;
    keep_alive_ = true;
    head_only_ = head_only;
    fault_ = "";
}

HttpResponseReader::State HttpResponseReader::bad(const char* why) {
    fault_ = why;
    return State::bad;
}

void HttpResponseReader::take(std::string_view data) {
    body_bytes_ += data.size();
    if (kept_.size() < keep_bytes_) {
        kept_ += data.substr(0, keep_bytes_ - kept_.size());
    }
}

HttpResponseReader::State HttpResponseReader::process(std::string_view& bytes) {
    while (!bytes.empty() && stage_ != Stage::done) {
        switch (stage_) {
        case Stage::head: {
            // The head is gathered in a buffer of ours, so that it may arrive in any pieces.
            const auto before = head_.size();
            head_ += bytes.substr(0, max_head_bytes - std::min(before, max_head_bytes));
            const auto length = head_length(head_);
            if (!length) {
                if (head_.size() >= max_head_bytes) {
                    return bad("head too large");
                }
                bytes = {};
                break;
            }
            bytes.remove_prefix(*length - before);
            head_.resize(*length);
            if (process_head() == State::bad) {
                return State::bad;
            }
            break;
        }
        case Stage::length: {
            const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
            take(bytes.substr(0, n));
            bytes.remove_prefix(n);
            left_ -= n;
            if (left_ == 0) {
                stage_ = Stage::done;
            }
            break;
        }
        case Stage::chunks: {
            const auto step = chunked_.process(bytes);
            take(step.data);
            bytes.remove_prefix(step.used);
            if (step.state == ChunkedBody::State::bad) {
                return bad("bad chunk");
            }
            if (step.state == ChunkedBody::State::done) {
                stage_ = Stage::done;
            }
            break;
        }
        case Stage::until_end:
            take(bytes);
            bytes = {};
            break;
        case Stage::done:
            break;
        }
    }
    return stage_ == Stage::done ? State::done : State::more;
}

HttpResponseReader::State HttpResponseReader::process_end() {
    if (stage_ == Stage::until_end) {
        stage_ = Stage::done;
    }
    return stage_ == Stage::done ? State::done : bad("closed before the answer was complete");
}

HttpResponseReader::State HttpResponseReader::process_head() {
    const std::string_view head = head_;
    const auto line_end = head.find("\r\n");
    const auto line = head.substr(0, line_end);
    const auto code = line.size() >= 12 ? parse_decimal(line.substr(9, 3)) : std::nullopt;
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ' || !code || *code < 100) {
        return bad("no HTTP/1 status line");
    }
    status_ = static_cast<int>(*code);
    if (const char* fault = parse_fields(head.substr(line_end + 2, head.size() - line_end - 4), fields_)) {
        return bad(fault);
    }
    BodyFraming framing;
    if (const char* fault = parse_framing(fields_, framing)) {
        return bad(fault);
    }
    if (status_ < 200) { // interim: the answer proper follows
        head_.clear();
        return State::more;
    }
    keep_alive_ = line[7] != '0';
    for (const auto& field : fields_) {
        if (http::same_name(field.name, "connection")) {
            keep_alive_ =
                list_has(field.value, "keep-alive") || (keep_alive_ && !list_has(field.value, "close"));
        }
    }
    // RFC 9112 section 6.3
    if (head_only_ || status_ == 204 || status_ == 304) {
        stage_ = Stage::done;
    } else if (framing.chunked) {
        stage_ = Stage::chunks;
    } else if (framing.length) {
        left_ = *framing.length;
        stage_ = left_ == 0 ? Stage::done : Stage::length;
    } else {
        keep_alive_ = false;
        stage_ = Stage::until_end;
    }
    return State::more;
}

std::string_view server_named_in(std::string_view body) {
    constexpr std::string_view key = "\"server\"";
    const auto at = body.find(key);
    if (at == std::string_view::npos || !body.starts_with('{')) {
        return {};
    }
    auto rest = body.substr(at + key.size());
    const auto skip = [&](char wanted) {
        const auto next = rest.find_first_not_of(" \t\r\n");
        if (next == std::string_view::npos || rest[next] != wanted) {
            return false;
        }
        rest.remove_prefix(next + 1);
        return true;
    };
    if (!skip(':') || !skip('"')) {
        return {};
    }
    const auto end = rest.find('"');
    return end == std::string_view::npos ? std::string_view{} : rest.substr(0, end);
}

} // namespace fulcrum::ends
