// Feeds an HttpSession as a proxy would and keeps what it put out. A scripted server answers each request;
// the way bytes are cut into slices is a parameter, and must not change what comes out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/http/http_session.h"

namespace fulcrum::test {

using namespace std::chrono_literals;

// How a stream is cut: whole, one byte at a time, or at random.
struct Cut {
    enum class Kind : std::uint8_t { whole, bytes, random } kind = Kind::whole;
    std::uint32_t seed = 0;
};
inline const std::vector<Cut> all_cuts{{Cut::Kind::whole},     {Cut::Kind::bytes},
                                       {Cut::Kind::random, 1}, {Cut::Kind::random, 2},
                                       {Cut::Kind::random, 3}, {Cut::Kind::random, 4}};

void each_piece(std::string_view text, Cut cut, const std::function<void(std::string_view)>& use);

class HttpRig final : public http::RequestSink {
public:
    explicit HttpRig(http::HttpPolicy policy = {}, Cut cut = {});
    ~HttpRig() override;

    void client(std::string_view bytes); // cut as asked; output is taken after each piece
    void client_fin();
    void server(std::string_view bytes);
    void server_fin();
    void server_reset();
    bool connect(std::string_view name = "server1", bool fresh = true); // false: none is wanted
    void take();                                                        // output so far
    void pass(Duration time);                                           // and process what is due

    http::HttpSession& session() { return *session_; }
    tcp::BufferPool& pool() { return pool_; }
    Instant now() const { return now_; }
    void end(); // destroys the session

    std::string to_client, to_server; // all output so far
    std::vector<http::RequestLog> logs;

private:
    void request_done(const http::RequestLog& log) override { logs.push_back(log); }
    tcp::Slice slice(std::string_view bytes);

    tcp::BufferPool pool_{64U << 20};
    Instant now_{1h};
    Cut cut_;
    std::unique_ptr<http::HttpSession> session_;
};

http::HttpPolicy plain_policy(); // one pool, X-Forwarded-For off

} // namespace fulcrum::test
