// The built-in server: HTTP on TCP ports, echo on UDP ports, one thread, epoll. What it says is in
// http_answer.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace fulcrum::ends {

struct ServerOptions {
    std::string name;                                // told to clients
    std::vector<std::uint16_t> tcp_ports, udp_ports; // on 0.0.0.0
};

class Server {
public:
    static Result<Server> open(const ServerOptions& options); // listens when this returns
    Server(Server&&) noexcept;
    Server& operator=(Server&&) noexcept;
    ~Server();

    Result<> run(); // serves until `stop_fd` is readable; fails only when epoll itself does
    void stop_when_readable(int stop_fd); // not owned

private:
    struct State;
    explicit Server(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace fulcrum::ends
