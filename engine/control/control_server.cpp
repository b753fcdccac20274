#include "engine/control/control_server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/control/report_json.h"
#include "engine/control/request_json.h"
#include "engine/control/strict_json.h"

namespace fulcrum::engine {

using nlohmann::json;

namespace {

constexpr JsonLimits request_limits{.size_bytes = ControlServer::max_line_bytes, .depth = 14};

std::string refusal(const Error& error) {
    nlohmann::ordered_json out{{"ok", false}, {"error", error.message}};
    if (error.kind == ErrorKind::bad_input) {
        out["kind"] = "bad-input";
    }
    return out.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string refusal(std::string message) {
    return refusal(Error{std::move(message), ErrorKind::bad_input});
}

std::uint64_t process_cpu_us() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<std::uint64_t>(used.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(used.tv_nsec) / 1000;
}

} // namespace

std::string answer_control_line(std::string_view line, ControlTarget& target) {
    const auto document = read_json(line, request_limits);
    if (!document) {
        return refusal(document.error().within("request"));
    }
    JsonComplaint complaint;
    JsonObject object(*document, "", complaint);
    std::string op;
    std::uint64_t limit = 1000;
    std::uint64_t cursor = 0;
    object.text("op", op, 64, JsonObject::required);
    object.number("limit", limit, 0, 10'000'000);
    object.number("cursor", cursor, 0, UINT64_MAX);
    const json* config = object.raw("config");
    object.finish();
    if (complaint.any()) {
        return refusal("request: " + complaint.message());
    }
    limit = std::min<std::uint64_t>(limit, ControlServer::max_flows_per_reply);
    if (op == "stats") {
        EngineReport report = target.report_stats();
        report.cpu_us = process_cpu_us(); // of whoever answers here: targets know no clock
        return fmt::format("{{\"ok\":true,\"stats\":{}}}\n", emit_report(report));
    }
    if (op == "flows") {
        return fmt::format("{{\"ok\":true,\"flows\":{}}}\n", emit_flows(target.report_flows(limit)));
    }
    if (op == "flow_log") {
        const std::vector<FlowReport> flows = target.report_flow_log(cursor, limit);
        return fmt::format("{{\"ok\":true,\"flows\":{},\"cursor\":{}}}\n", emit_flows(flows), cursor);
    }
    if (op == "requests") {
        const std::vector<RequestReport> requests = target.report_requests(cursor, limit);
        return fmt::format("{{\"ok\":true,\"requests\":{},\"cursor\":{}}}\n", emit_requests(requests),
                           cursor);
    }
    if (op == "configure") {
        if (config == nullptr) {
            return refusal("request: config is missing");
        }
        auto parsed = parse_config(config->dump(-1, ' ', false, json::error_handler_t::replace));
        if (!parsed) {
            return refusal(parsed.error().within("config"));
        }
        if (const auto done = target.configure(std::move(*parsed)); !done) {
            return refusal(done.error());
        }
        return "{\"ok\":true}\n";
    }
    return refusal(fmt::format(
        "request: '{}' is not an operation; known are stats, flows, flow_log, requests, configure", op));
}

Result<ControlServer> ControlServer::listen(std::string_view abstract_name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (abstract_name.size() >= sizeof(address.sun_path)) {
        return bad_input("the control socket's name is too long");
    }
    std::memcpy(address.sun_path + 1, abstract_name.data(), abstract_name.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + abstract_name.size());

    UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!listener) {
        return fail_errno("open the control socket");
    }
    if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
        const int cause = errno;
        if (cause == EADDRINUSE) {
            return fail(fmt::format("control socket '{}': another engine runs in this network namespace",
                                    abstract_name));
        }
        return fail_errno(fmt::format("bind the control socket '{}'", abstract_name), cause);
    }
    if (::listen(listener.get(), 16) != 0) {
        return fail_errno("listen on the control socket");
    }
    UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) {
        return fail_errno("watch the control socket");
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = listener.get();
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, listener.get(), &event) != 0) {
        return fail_errno("watch the control socket");
    }
    return ControlServer(std::move(listener), std::move(epoll));
}

void ControlServer::serve(ControlTarget& target) {
    std::array<epoll_event, max_clients + 1> events;
    const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < ready; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_.get()) {
            accept_clients();
            continue;
        }
        const auto found = clients_.find(fd);
        if (found == clients_.end()) {
            continue;
        }
        Client& client = found->second;
        // A client that does not read its answers is not read from either: that bounds both buffers.
        bool alive = !client.out.empty() || read_some(client);
        alive = alive && write_some(client);
        if (alive && client.out.empty()) {
            answer_lines(client, target);
            alive = write_some(client);
        }
        if (!alive || (client.closing && client.out.empty())) {
            clients_.erase(found);
        } else {
            watch(client);
        }
    }
}

void ControlServer::accept_clients() {
    for (;;) {
        UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd) {
            return;
        }
        ucred peer{};
        socklen_t length = sizeof(peer);
        const bool known = ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0;
        std::string greeting;
        if (!known || (peer.uid != ::geteuid() && peer.uid != 0)) {
            greeting = refusal("this engine belongs to another user");
        } else if (clients_.size() >= max_clients) {
            greeting = refusal("too many clients");
        }
        if (!greeting.empty()) {
            // Best effort: the socket is new, its buffer is empty, and nothing depends on the line's arrival.
            [[maybe_unused]] const ssize_t sent =
                ::send(fd.get(), greeting.data(), greeting.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            continue;
        }
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd.get();
        if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event) == 0) {
            const int key = fd.get();
            clients_.emplace(
                key, Client{.fd = std::move(fd), .in = {}, .out = {}, .searched = 0, .closing = false});
        }
    }
}

bool ControlServer::read_some(Client& client) {
    // One chunk a turn: a configuration of megabytes takes several turns, and packets move in between.
    std::array<char, 65536> chunk;
    const ssize_t n = ::recv(client.fd.get(), chunk.data(), chunk.size(), 0);
    if (n < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    if (n == 0) {
        return false;
    }
    client.in.append(chunk.data(), static_cast<std::size_t>(n));
    if (client.in.size() > max_line_bytes) {
        client.in.clear();
        client.searched = 0;
        client.out += refusal(fmt::format("request: longer than {} bytes", max_line_bytes));
        client.closing = true;
    }
    return true;
}

void ControlServer::answer_lines(Client& client, ControlTarget& target) {
    // Answers one line, and the next only when the answer has left: see serve().
    while (client.out.empty() && !client.closing) {
        const std::size_t end = client.in.find('\n', client.searched);
        if (end == std::string::npos) {
            client.searched = client.in.size();
            return;
        }
        client.searched = 0;
        client.out = answer_control_line(std::string_view(client.in).substr(0, end), target);
        client.in.erase(0, end + 1);
        if (!write_some(client)) {
            client.closing = true;
            client.out.clear();
        }
    }
}

bool ControlServer::write_some(Client& client) {
    while (!client.out.empty()) {
        const ssize_t n = ::send(client.fd.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
        if (n < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        client.out.erase(0, static_cast<std::size_t>(n));
    }
    return true;
}

void ControlServer::watch(const Client& client) {
    epoll_event event{};
    event.events = client.out.empty() ? EPOLLIN : EPOLLOUT;
    event.data.fd = client.fd.get();
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, client.fd.get(), &event);
}

} // namespace fulcrum::engine
