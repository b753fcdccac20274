#include "engine/http/health_check.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace fulcrum::http {

namespace {
Method method_of(std::string_view text) {
    return text == "HEAD" ? Method::head : Method::get;
}
} // namespace

HttpCheck make_http_check(const engine::HealthConfig& config) {
    HttpCheck out;
    out.method = config.method;
    out.path = config.path;
    out.host = config.host;
    out.statuses = {{config.expect_status, config.expect_status}};
    out.body = config.expect_body;
    return out;
}

std::string emit_check_request(const HttpCheck& check, const IpAddress& server, std::uint16_t port) {
    std::string host = check.host;
    if (host.empty()) {
        host = server.is_v4() ? server.text() : "[" + server.text() + "]";
        if (port != 80) {
            host += fmt::format(":{}", port);
        }
    }
    return fmt::format(
        "{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: fulcrum-health\r\nAccept: */*\r\nConnection: "
        "close\r\n\r\n",
        check.method, check.path, host);
}

CheckJudge::Verdict CheckJudge::say(Verdict verdict, std::string reason) {
    verdict_ = verdict;
    reason_ = std::move(reason);
    return verdict_;
}

CheckJudge::Verdict CheckJudge::feed(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty() && verdict_ == Verdict::pending) {
        if (status_ == 0) {
            bytes = bytes.subspan(feed_head(bytes));
            continue;
        }
        const auto run = body_.next(bytes, {});
        if (body_.refused()) {
            return say(Verdict::bad, "a malformed chunk");
        }
        if (run.data) {
            feed_content(bytes.first(run.bytes));
        }
        bytes = bytes.subspan(run.bytes);
        if (verdict_ == Verdict::pending && body_.complete()) {
            return say(Verdict::bad, "the content lacks the words");
        }
    }
    return verdict_;
}

std::size_t CheckJudge::feed_head(std::span<const std::uint8_t> bytes) {
    const std::size_t used = scanner_.scan(bytes, {});
    head_.append(reinterpret_cast<const char*>(bytes.data()), used);
    if (scanner_.state() == HeadScanner::State::refused || scanner_.leading() > 0) {
        say(Verdict::bad, "a malformed head");
    } else if (scanner_.state() == HeadScanner::State::complete) {
        judge_head();
    }
    return used;
}

void CheckJudge::judge_head() {
    static thread_local ResponseHead head; // large, and wholly written by the parser
    const std::string text = std::exchange(head_, {});
    const auto refusal = parse_response(text, method_of(check_.method), head);
    scanner_.reset();
    if (refusal) {
        say(Verdict::bad, refusal->reason);
        return;
    }
    if (head.status < 200 && head.status != 101) {
        return; // interim: the answer follows
    }
    status_ = head.status;
    const bool expected =
        std::any_of(check_.statuses.begin(), check_.statuses.end(),
                    [this](const StatusRange& r) { return r.first <= status_ && status_ <= r.last; });
    if (!expected) {
        say(Verdict::bad, fmt::format("status {}", status_));
    } else if (check_.body.empty()) {
        say(Verdict::good);
    } else if (head.body.kind == BodyFraming::Kind::none) {
        say(Verdict::bad, "the content lacks the words");
    } else {
        body_.begin(head.body);
    }
}

void CheckJudge::feed_content(std::span<const std::uint8_t> bytes) {
    const std::string_view piece(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::string& words = check_.body;
    // Across the border to the last piece first, then within this one.
    const std::string border = tail_ + std::string(piece.substr(0, words.size() - 1));
    if (border.find(words) != std::string::npos || piece.find(words) != std::string_view::npos) {
        say(Verdict::good);
        return;
    }
    content_bytes_ += piece.size();
    if (content_bytes_ > max_content_bytes) {
        say(Verdict::bad, "the content lacks the words in its beginning");
        return;
    }
    tail_ += piece.substr(piece.size() - std::min(piece.size(), words.size() - 1));
    if (tail_.size() >= words.size()) {
        tail_.erase(0, tail_.size() - (words.size() - 1));
    }
}

CheckJudge::Verdict CheckJudge::finished() {
    if (verdict_ != Verdict::pending) {
        return verdict_;
    }
    if (status_ == 0) {
        return say(Verdict::bad, "closed without an answer");
    }
    return say(Verdict::bad, body_.kind() == BodyFraming::Kind::until_close ? "the content lacks the words"
                                                                            : "closed within the answer");
}

} // namespace fulcrum::http
