// Any bytes from a client. Whatever they are: every request that reaches a server whole is read there, by a
// second parser, as exactly one request of exactly those bytes; the cut of the stream changes nothing; memory
// stays bounded.
//
// Input: one byte of policy bits, then the client's stream.
#include <algorithm>

#include "tests/fuzz/http/session_driver.h"

namespace {

using namespace fulcrum;
using namespace fulcrum::fuzz;

class Run final : public http::RequestSink {
public:
    Run(std::uint8_t bits, std::string_view stream, test::Cut cut) {
        http::HttpPolicy policy = test::plain_policy();
        policy.forwarded_for = static_cast<engine::ForwardedFor>(bits % 3);
        policy.forwarded_proto = (bits & 4) != 0;
        policy.server_keep_alive = (bits & 8) == 0;
        policy.head.head_bytes = 2048; // small, so that limits are met
        policy.head.start_line_bytes = 512;
        policy.head.fields = 20;
        policy.buffer_bytes = 4096;
        policy.rules = {{"*.example.org", "/r", http::Redirect{302, "http://x", true}}};
        policy.cookie.emplace();
        policy.cookie->servers = {{"pool1", "server1", "0123456789abcdef"}};
        session_ = std::make_unique<http::HttpSession>(std::make_shared<http::HttpPolicy>(policy),
                                                       http::ClientFacts{}, pool_, this, Instant());
        test::each_piece(stream, cut, [&](std::string_view piece) {
            session_->from_client(slice(piece), Instant());
            pump();
        });
        session_->client_finished(Instant());
        pump();
        while (session_->server_fate() == http::ServerFate::in_use && !session_->is_pipe() &&
               answers_ < 100) {
            answer();
        }
        ended_in_pipe = session_->is_pipe();
        session_.reset();
        demand(pool_.used_bytes() == 0);
    }

    std::vector<ServerStream> streams;
    std::vector<std::pair<int, http::RequestEnd>> ends;
    bool ended_in_pipe = false;

private:
    void request_done(const http::RequestLog& log) override { ends.emplace_back(log.status, log.end); }

    tcp::Slice slice(std::string_view bytes) {
        return pool_.copy({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    }

    void pump() {
        for (int i = 0; i < 1000; ++i) {
            if (session_->server_wanted()) {
                streams.emplace_back();
                session_->server_connected("server1", true, Instant());
            }
            bool moved = false;
            while (!session_->to_server().empty()) {
                const tcp::Slice s = session_->to_server().pop(session_->to_server().size());
                streams.back().bytes.append(reinterpret_cast<const char*>(s.data()), s.size());
                moved = true;
            }
            session_->to_client().clear();
            session_->advance(Instant());
            if (!moved && !session_->server_wanted()) {
                return;
            }
        }
    }

    void answer() {
        ++answers_;
        const std::size_t exchange = streams.size() - 1;
        session_->from_server(slice("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), Instant());
        const auto fate = session_->server_fate();
        streams[exchange].complete = fate == http::ServerFate::reusable;
        demand(fate != http::ServerFate::in_use);
        pump();
    }

    tcp::BufferPool pool_{1U << 20};
    std::unique_ptr<http::HttpSession> session_;
    int answers_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1 || size > 16000) {
        return 0;
    }
    const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
    const Run whole(data[0], stream, {});
    for (const ServerStream& s : whole.streams) {
        if (s.complete) {
            demand_one_request(s.bytes);
        }
    }
    const Run cut(data[0], stream, {test::Cut::Kind::bytes});
    const Run random(data[0], stream, {test::Cut::Kind::random, data[0]});
    for (const Run* other : {&cut, &random}) {
        demand(whole.ends == other->ends);
        demand(whole.streams.size() == other->streams.size());
        for (std::size_t i = 0; i < whole.streams.size(); ++i) {
            demand(whole.streams[i].complete == other->streams[i].complete);
            demand(!whole.streams[i].complete || whole.streams[i].bytes == other->streams[i].bytes);
        }
    }
    return 0;
}
