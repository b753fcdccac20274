// HTTP/1.0 and 1.1 between one client connection and the server connections that answer it (SPEC M9), as a
// state machine over bytes: no sockets, no clock. Requests are answered one after the other, in order.
//
// The caller owns the connections. It feeds what they received, sends what the session put out, and acts on
// four questions after each call:
//
//   server_wanted()        a request waits for a server connection: find one as request() says, then call
//                          server_connected(); or server_failed() when it cannot be had
//   server_fate()          in_use; reusable: the exchange is over, keep or hand on the connection;
//                          close: do not
//   close_client_wanted()  everything has been sent: send FIN (the client may still talk; it is not heard)
//   abort_client_wanted()  reset the client's connection: its answer cannot be completed
//
// A server connection carries one exchange per server_connected(): for the next request it is wanted again,
// and the caller may answer at once with the one that just became reusable. When server_fate() is `reusable`
// or `close`, call server_detached() after acting on it, or server_connected(); bytes for it are gone by
// then.
//
// Bodies pass as the slices that came in. Heads are read in place when one slice holds them, and written
// once. Memory per session is bounded: a head in parts (policy.head.head_bytes per side), what waits in
// to_client() and to_server() (policy.buffer_bytes each, and one slice), and what the caller feeds although
// wants_…_bytes() is false.
//
// Retry: while no server has been connected nothing is lost, and the caller tries as many as it likes before
// server_failed(). When a reused connection closes without a byte of an answer, as idle ones do, a request
// that is idempotent and has no body is wanted again, with request().fresh set (RFC 9110 section 9.2.2);
// others get 502.
//
// Differences from a transparent pipe that follow from RFC 9110 and 9112:
//   Upgrade    offered to the server only without a body and never for HTTP/2; after 101 both ways are a pipe
//   Expect     passed on, 100 (Continue) passed back. A final answer before the body's first byte closes the
//              client's connection: whether the body still follows cannot be known
//   HTTP/1.0   a chunked answer has its coding taken off, and ends with the connection
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/http/body_reader.h"
#include "engine/http/head_rewrite.h"
#include "engine/http/http_policy.h"
#include "engine/http/request_log.h"
#include "engine/tcp/buffer.h"

namespace fulcrum::http {

// What the caller needs to find a server connection. Views live until the next call of the session.
struct ServerRequest {
    std::string_view pool;
    std::string_view server; // the one a cookie names; empty: any. Take another when it is down
    std::string_view host, path;
    Method method = Method::get;
    bool replayable = false; // idempotent and without a body: may go over a reused connection without risk
    bool fresh = false;      // a reused connection has just failed: open a new one
};

enum class ServerFate : std::uint8_t { none, in_use, reusable, close };
enum class ServerFailure : std::uint8_t { none_available /* 503 */, refused /* 502 */, timed_out /* 504 */ };

class HttpSession {
public:
    // `policy` is not null; `pool` and `sink` (may be null) outlive the session.
    HttpSession(std::shared_ptr<const HttpPolicy> policy, const ClientFacts& client, tcp::BufferPool& pool,
                RequestSink* sink, Instant now);
    ~HttpSession();
    HttpSession(const HttpSession&) = delete;
    HttpSession& operator=(const HttpSession&) = delete;

    // --- the client's connection ---
    void from_client(tcp::Slice bytes, Instant now);
    void client_finished(Instant now); // FIN, after its last byte
    void client_aborted(Instant now);  // reset or gone: nothing can be said to it any more
    bool wants_client_bytes() const;
    tcp::SliceQueue& to_client() { return to_client_; }
    bool close_client_wanted() const { return closing_ && to_client_.empty(); }
    bool abort_client_wanted() const { return abort_client_; }

    // --- the server's connection ---
    bool server_wanted() const { return server_ == Server::wanted; }
    ServerRequest request() const;
    void server_connected(std::string_view name, bool fresh, Instant now);
    void server_failed(ServerFailure why, Instant now);
    void from_server(tcp::Slice bytes, Instant now);
    void server_finished(Instant now); // FIN, after its last byte
    void server_aborted(Instant now);  // reset or timed out
    bool wants_server_bytes() const;
    tcp::SliceQueue& to_server() { return to_server_; }
    bool close_server_wanted() const {
        return finish_server_ && to_server_.empty();
    } // a pipe's client has finished
    ServerFate server_fate() const { return fate_; }
    void server_detached();

    // --- both ---
    void client_progressed(Instant now); // it has taken bytes that had left to_client() before
    void advance(Instant now);           // after output was taken: goes on with what waited for room
    Instant deadline() const;            // Instant::max(): none
    void process_deadline(Instant now);
    bool is_pipe() const {
        return client_ == Client::pipe;
    }                     // after an upgrade: the service's idle time-out rules
    bool is_idle() const; // between requests: may be closed without loss
    std::uint32_t requests() const { return requests_; }

private:
    enum class Client : std::uint8_t { head, body, waiting /* for the answer's end */, pipe, discard };
    enum class Server : std::uint8_t { none, wanted, head, body, done /* answer complete */, pipe };

    bool step_client(Instant now);
    bool step_client_head(Instant now);
    void process_request(std::string_view text, Instant now);
    void route(const RequestHead& head, Instant now);
    void answer_rule(const RequestHead& head, OwnAnswer answer, Instant now);
    void begin_log(Instant now);
    void note_request(const RequestHead& head);
    void settle_client_end(Instant now);
    void step_client_body(Instant now);
    void refuse(std::uint16_t status, std::string_view reason, RequestEnd end, Instant now);

    void process_server_head(tcp::Slice& bytes, Instant now);
    void process_response(std::string_view text, Instant now);
    void switch_to_pipe(const ResponseHead& head, Instant now);
    bool send_head(const ResponseHead& head, const ResponseRewrite& rewrite, Instant now);
    void process_server_body(tcp::Slice& bytes, Instant now);
    void server_lost(bool finished, Instant now);
    void response_done(Instant now);
    void end_exchange(Instant now);
    void end_pipe(RequestEnd end, Instant now);
    void begin_request();

    bool has_client_room() const;
    bool has_server_room() const;
    void send_to_client(tcp::Slice bytes);
    void send_to_server(tcp::Slice bytes);
    void truncate(RequestEnd end, Instant now);
    void begin_closing(Instant now);
    void release_server(bool reusable);
    void write_log(RequestEnd end, Instant now);

    std::shared_ptr<const HttpPolicy> policy_;
    tcp::BufferPool& pool_;
    RequestSink* sink_;
    const ClientFacts facts_;

    // Bytes of the client that wait: for the answer before them, for a server, or for room.
    tcp::Slice current_;
    tcp::SliceQueue input_;
    tcp::SliceQueue to_client_, to_server_;
    std::uint32_t client_waste_ = 0,
                  server_waste_ = 0;   // memory that small slices in the queues pin beyond their size
    std::uint32_t to_client_seen_ = 0; // size of to_client_ when it was last looked at
    HeadScanner client_scan_, server_scan_;
    std::string client_head_, server_head_; // heads that came in several slices, as far as they are here
    BodyReader request_body_, response_body_;
    tcp::Slice request_out_; // the head for the server, until its answer begins

    Client client_ = Client::head;
    Server server_ = Server::none;
    ServerFate fate_ = ServerFate::none;
    Method method_ = Method::get;
    std::uint8_t minor_version_ = 1;
    std::uint8_t interim_answers_ = 0;
    bool keep_client_ = true; // after this exchange
    bool keep_server_ = true;
    bool upgrade_offered_ = false, expects_continue_ = false;
    bool dechunk_ = false;
    bool answer_begun_ = false; // a byte of the final answer's head is in to_client_
    bool fresh_needed_ = false, server_fresh_ = false, server_spoke_ = false;
    bool client_finished_ = false, finish_server_ = false;
    bool closing_ = false, abort_client_ = false, logging_ = false;
    const CookieServer* cookie_ = nullptr; // that the client brought; in *policy_
    std::string_view pool_name_;           // in *policy_
    std::uint32_t requests_ = 0;
    Instant active_; // last byte of the side that is waited for
    RequestLog log_;
};

} // namespace fulcrum::http
