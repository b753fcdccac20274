// An HTTP health check (SPEC M6) without a connection: the request to send, and a judge of what comes back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/control/config.h"
#include "engine/http/body_reader.h"
#include "engine/http/head_scanner.h"

namespace fulcrum::http {

struct StatusRange {
    std::uint16_t first = 200, last = 200; // inclusive
};

struct HttpCheck {
    std::string method = "GET", path = "/", host; // host empty: the server's address is sent
    std::vector<StatusRange> statuses{{}};        // any of them
    std::string body;                             // to be found in the content; empty: any content
};
HttpCheck make_http_check(const engine::HealthConfig& config);

// A request that asks the server to close afterwards.
std::string emit_check_request(const HttpCheck& check, const IpAddress& server, std::uint16_t port);

// Takes the answer in pieces. Says good as early as the answer allows: when the status is right and no
// content is asked for, or the words have been found.
class CheckJudge {
public:
    enum class Verdict : std::uint8_t { pending, good, bad };
    static constexpr std::size_t max_content_bytes = 256 * 1024; // looked at for the words

    // `check` outlives the judge.
    explicit CheckJudge(const HttpCheck& check) : check_(check) {}

    Verdict feed(std::span<const std::uint8_t> bytes);
    Verdict finished(); // the server closed; never pending
    Verdict verdict() const { return verdict_; }
    const std::string& reason() const { return reason_; } // why it is bad: "status 500"
    std::uint16_t status() const { return status_; }      // 0: no answer yet

private:
    Verdict say(Verdict verdict, std::string reason = {});
    std::size_t feed_head(std::span<const std::uint8_t> bytes);
    void judge_head();
    void feed_content(std::span<const std::uint8_t> bytes);

    const HttpCheck& check_;
    HeadScanner scanner_;
    std::string head_;
    BodyReader body_;
    std::string tail_; // end of the content so far, shorter than the words: they may lie across pieces
    std::size_t content_bytes_ = 0;
    std::uint16_t status_ = 0;
    Verdict verdict_ = Verdict::pending;
    std::string reason_;
};

} // namespace fulcrum::http
