// The engine's side of the control socket: accepts clients, reads one JSON document a line, answers each with
// one line (the protocol is told in client.h). Never blocks and never grows without bound: it belongs to the
// loop that moves packets.
//
//   op         arguments        reply besides "ok"
//   stats                       stats: the EngineReport
//   flows      limit            flows: live ones, newest first
//   flow_log   cursor, limit    flows, cursor: where to go on
//   requests   cursor, limit    requests of layer-7 services that have ended, cursor
//   configure  config           nothing; on refusal the old configuration stays
//
// A wrong line is answered with {"ok": false, "error": …, "kind": "bad-input"}; the connection stays usable.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "engine/base/unique_fd.h"
#include "engine/control/config.h"
#include "engine/control/report.h"

namespace fulcrum::engine {

// What the control socket asks of the engine.
class ControlTarget {
public:
    virtual ~ControlTarget() = default;
    virtual EngineReport report_stats() = 0;
    virtual std::vector<FlowReport> report_flows(std::size_t limit) = 0;
    virtual std::vector<FlowReport> report_flow_log(std::uint64_t& cursor, std::size_t limit) = 0;
    virtual std::vector<RequestReport> report_requests(std::uint64_t& cursor, std::size_t limit) = 0;
    virtual Result<> configure(EngineConfig config) = 0;
};

// One request line to one reply line (with newline). Any bytes are acceptable input.
std::string answer_control_line(std::string_view line, ControlTarget& target);

class ControlServer {
public:
    static constexpr std::size_t max_clients = 16;           // the next one is told so and closed
    static constexpr std::size_t max_line_bytes = 17U << 20; // a 16 MiB configuration and its envelope
    static constexpr std::size_t max_flows_per_reply = 2000; // and requests; keeps one turn of the loop short

    // Listens on the abstract name in the calling process' network namespace. Fails when another engine has
    // it.
    static Result<ControlServer> listen(std::string_view abstract_name);

    int fd() const { return epoll_.get(); } // readable when serve() has something to do
    void serve(ControlTarget& target);      // all that can be done now without waiting

private:
    struct Client {
        UniqueFd fd;
        std::string in, out;
        std::size_t searched = 0; // bytes of `in` known to hold no line end
        bool closing = false;     // close when `out` is sent
    };

    ControlServer(UniqueFd listener, UniqueFd epoll)
        : listener_(std::move(listener)), epoll_(std::move(epoll)) {}

    void accept_clients();
    bool read_some(Client& client); // false: the client is gone
    void answer_lines(Client& client, ControlTarget& target);
    bool write_some(Client& client); // false: the client is gone
    void watch(const Client& client);

    UniqueFd listener_;
    UniqueFd epoll_;
    std::map<int, Client> clients_;
};

} // namespace fulcrum::engine
