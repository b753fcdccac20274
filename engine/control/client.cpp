#include "engine/control/client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <fmt/format.h>

#include "engine/control/report_json.h"

namespace fulcrum::engine {

namespace {

constexpr std::size_t max_reply_bytes = 64U << 20;
constexpr std::chrono::seconds patience{10};   // an engine answers within one turn of its loop: milliseconds
constexpr std::size_t records_per_call = 2000; // what one reply may hold, see control_server.h

Result<> wait_for(int fd, short events, std::chrono::steady_clock::time_point deadline) {
    for (;;) {
        const auto left =
            std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return fail("the engine does not answer");
        }
        pollfd wanted{.fd = fd, .events = events, .revents = 0};
        const int ready = ::poll(&wanted, 1, static_cast<int>(left.count()));
        if (ready > 0) {
            return {};
        }
        if (ready < 0 && errno != EINTR) {
            return fail_errno("wait for the engine");
        }
    }
}

} // namespace

Result<EngineClient> connect_engine() {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) {
        return fail_errno("open a socket");
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, control_socket_name.data(), control_socket_name.size());
    const auto length =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + control_socket_name.size());
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
        return fail_errno("connect to the engine of this network namespace");
    }
    return EngineClient(std::move(fd));
}

Result<std::string> EngineClient::call(const std::string& request) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    const std::string line = request + "\n";
    for (std::size_t sent = 0; sent < line.size();) {
        if (const auto ready = wait_for(fd_.get(), POLLOUT, deadline); !ready) {
            return tl::unexpected(ready.error());
        }
        const ssize_t n =
            ::send(fd_.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EINTR && errno != EAGAIN) {
            return fail_errno("ask the engine");
        }
        sent += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
    std::size_t searched = 0;
    for (;;) {
        const std::size_t end = buffer_.find('\n', searched);
        if (end != std::string::npos) {
            std::string reply = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            return reply;
        }
        searched = buffer_.size();
        if (buffer_.size() > max_reply_bytes) {
            return fail("the engine's reply has no end");
        }
        if (const auto ready = wait_for(fd_.get(), POLLIN, deadline); !ready) {
            return tl::unexpected(ready.error());
        }
        std::array<char, 65536> chunk;
        const ssize_t n = ::recv(fd_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
        if (n == 0) {
            return fail("the engine closed the connection");
        }
        if (n < 0 && errno != EINTR && errno != EAGAIN) {
            return fail_errno("read the engine's reply");
        }
        buffer_.append(chunk.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    }
}

Result<EngineReport> EngineClient::stats() {
    const auto line = call(R"({"op":"stats"})");
    if (!line) {
        return tl::unexpected(line.error());
    }
    auto reply = parse_reply(*line);
    if (!reply) {
        return tl::unexpected(reply.error());
    }
    if (!reply->stats) {
        return fail("engine's reply: stats is missing");
    }
    return std::move(*reply->stats);
}

Result<std::vector<FlowReport>> EngineClient::flows(std::size_t limit) {
    const auto line = call(fmt::format(R"({{"op":"flows","limit":{}}})", limit));
    if (!line) {
        return tl::unexpected(line.error());
    }
    auto reply = parse_reply(*line);
    if (!reply) {
        return tl::unexpected(reply.error());
    }
    return std::move(reply->flows);
}

// Reads a log in as many replies as it takes.
template <class Record>
Result<std::vector<Record>> EngineClient::read_log(std::string_view op,
                                                   std::vector<Record> ControlReply::*part,
                                                   std::uint64_t& cursor, std::size_t limit) {
    std::vector<Record> out;
    while (out.size() < limit) {
        const std::size_t wanted = std::min(limit - out.size(), records_per_call);
        const auto line = call(fmt::format(R"({{"op":"{}","cursor":{},"limit":{}}})", op, cursor, wanted));
        if (!line) {
            return tl::unexpected(line.error());
        }
        auto reply = parse_reply(*line);
        if (!reply) {
            return tl::unexpected(reply.error());
        }
        cursor = reply->cursor;
        std::vector<Record>& read = (*reply).*part;
        std::move(read.begin(), read.end(), std::back_inserter(out));
        if (read.size() < wanted) {
            break;
        }
    }
    return out;
}

Result<std::vector<FlowReport>> EngineClient::flow_log(std::uint64_t& cursor, std::size_t limit) {
    return read_log("flow_log", &ControlReply::flows, cursor, limit);
}

Result<std::vector<RequestReport>> EngineClient::requests(std::uint64_t& cursor, std::size_t limit) {
    return read_log("requests", &ControlReply::requests, cursor, limit);
}

Result<> EngineClient::configure(const EngineConfig& config) {
    // The configuration travels inside one line: the only newlines in emit_config's text are between values.
    std::string text = emit_config(config);
    std::replace(text.begin(), text.end(), '\n', ' ');
    const auto line = call(fmt::format(R"({{"op":"configure","config":{}}})", text));
    if (!line) {
        return tl::unexpected(line.error());
    }
    const auto reply = parse_reply(*line);
    if (!reply) {
        return fail(reply.error(), "configure");
    }
    return {};
}

} // namespace fulcrum::engine
