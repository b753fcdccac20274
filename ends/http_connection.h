// One HTTP/1.1 connection of the built-in server as a machine of bytes: what arrived goes in, what is to be
// sent comes out, time is an argument and there is no socket, so that every odd division of the input can be
// tested.
//
// Bounded: at most `max_head_bytes` plus one read of input is kept, and input is not taken (`wants_input`)
// while more than the output limit waits to be sent. /echo streams; its limit is `echo_limit_bytes`, wide
// enough for the many clients that send a whole body before they read, and narrow once all connections
// together hold `echo_total_bytes`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ends/chunked_body.h"
#include "ends/http_answer.h"
#include "ends/http_request.h"
#include "ends/proxy_header.h"
#include "engine/base/clock.h"

namespace fulcrum::ends {

// Shared by the connections of one server.
struct HttpSite {
    std::string server;              // its name
    std::string date;                // of now, for the Date field; empty: none
    std::size_t echo_held_bytes = 0; // waiting to be sent in all connections together
};

class HttpConnection {
public:
    static constexpr std::size_t output_limit_bytes = 64 * 1024;
    static constexpr std::size_t echo_limit_bytes = 16 * 1024 * 1024;
    static constexpr std::size_t echo_total_bytes = 256 * 1024 * 1024;

    HttpConnection(HttpSite& site, std::string peer, std::string local);
    ~HttpConnection();
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;

    void process_input(std::string_view bytes, Instant now); // allowed while wants_input()
    void process_end(Instant now);                           // the peer will send no more
    void process_time(Instant now);                          // at or after wake_at()

    // What to send next: text, then pattern bytes. Tell how much of it was sent with `sent`.
    std::string_view text() const { return std::string_view(output_).substr(output_sent_); }
    std::uint64_t pattern_offset() const { return pattern_offset_; }
    std::uint64_t pattern_left() const { return pattern_left_; }
    bool has_output() const { return output_sent_ < output_.size() || pattern_left_ > 0; }
    void sent(std::uint64_t bytes, Instant now);

    bool wants_input() const;
    std::optional<Instant> wake_at() const { return wake_at_; }
    bool finished() const { return finished_ && !has_output(); } // close it
    bool refused() const { return refused_; } // closed by us for what it sent: there may be unread input

private:
    enum class Stage { preface, head, body, delayed };

    void advance(Instant now);
    bool process_preface();
    bool process_head(Instant now);
    bool process_body(Instant now);
    void begin_answer(Instant now);
    void refuse(int status, std::string_view reason);
    void emit_head(const HttpAnswer& answer, bool head_only);
    void emit_answer(const HttpAnswer& answer, bool head_only);
    void finish_request();
    void append_echo(std::string_view data);
    void update_held();
    void drop_input(std::size_t bytes);
    std::string_view input() const { return std::string_view(input_).substr(input_used_); }
    std::size_t output_waiting() const { return output_.size() - output_sent_; }
    std::size_t output_limit() const;

    HttpSite& site_;
    Speaker speaker_;
    ProxyHeader proxy_;

    Stage stage_ = Stage::preface;
    std::string input_;
    std::size_t input_used_ = 0;
    bool input_ended_ = false;

    HttpRequest request_;
    HttpAnswer answer_; // of the request being read or delayed
    ChunkedBody chunked_;
    std::uint64_t body_left_ = 0;
    bool head_only_ = false;
    bool keep_alive_ = true;
    bool old_client_ = false; // HTTP/1.0
    bool chunked_in_ = false;

    std::string output_;
    std::size_t output_sent_ = 0;
    std::size_t held_ = 0; // our part of site_.echo_held_bytes
    std::uint64_t pattern_offset_ = 0, pattern_left_ = 0;
    std::optional<Instant> wake_at_;
    bool finished_ = false;
    bool refused_ = false;
};

} // namespace fulcrum::ends
