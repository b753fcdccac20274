#include "ends/load_run.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "ends/http_response.h"
#include "ends/proxy_header.h"
#include "engine/base/clock.h"
#include "engine/base/open_files.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::ends {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t read_bytes = 256 * 1024;
constexpr std::size_t kept_body_bytes = 4096;
constexpr auto back_off = 20ms; // after a failed attempt: a refused connection must not become a busy loop
constexpr auto scan_interval = 10ms; // how exactly time-outs and back-off are kept
constexpr auto drain_time = 200ms;   // for the server to close first

struct Target {
    sockaddr_storage address{};
    socklen_t length = 0;
};

Result<Target> resolve(const Url& url) {
    addrinfo hints{};
    hints.ai_socktype = url.udp ? SOCK_DGRAM : SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &found);
    if (code != 0) {
        return bad_input(fmt::format("host {}: {}; give an address or a name from /etc/hosts", url.host,
                                     ::gai_strerror(code)));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    Target target;
    std::memcpy(&target.address, found->ai_addr, found->ai_addrlen);
    target.length = found->ai_addrlen;
    return target;
}

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;
};

Endpoint endpoint_of(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
        return {IpAddress::v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
    }
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    return {IpAddress::v6_bytes(v6.sin6_addr.s6_addr), ntohs(v6.sin6_port)};
}

Endpoint local_endpoint(int fd) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
    return endpoint_of(address);
}

std::string local_address(int fd) {
    const Endpoint local = local_endpoint(fd);
    return endpoint_text(local.address, local.port);
}

std::string error_kind(int number) {
    switch (number) {
    case ECONNREFUSED:
        return "connection refused";
    case ECONNRESET:
    case EPIPE:
        return "connection reset";
    case ETIMEDOUT:
        return "connect timed out";
    case EHOSTUNREACH:
        return "no route to host";
    case ENETUNREACH:
        return "network unreachable";
    case EADDRNOTAVAIL:
        return "no free local port";
    case EMFILE:
    case ENFILE:
        return "too many open files";
    default:
        return std::strerror(number);
    }
}

// One connection of the loop.
struct Lane {
    enum class State { resting, connecting, sending, reading, draining, over };
    State state = State::resting;
    UniqueFd fd;
    std::size_t sent = 0;
    HttpResponseReader reader{kept_body_bytes};
    Instant started{};          // the request under way
    Instant deadline{};         // resting: when to try again
    bool reused = false;        // a request was answered on this connection
    bool heard = false;         // a byte of the answer has come
    std::uint64_t sequence = 0; // UDP: in the payload
};

class Loop {
public:
    Loop(const LoadOptions& options, const Target& target) : options_(options), target_(target) {
        report_.url = fmt::format("{}://{}{}", options.url.udp ? "udp" : "http", options.url.authority(),
                                  options.url.udp ? "" : options.url.path);
        request_ =
            fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: fulcrum-load\r\n{}\r\n", options.url.path,
                        options.url.authority(), options.keep_alive ? "" : "Connection: close\r\n");
        lanes_.resize(options.connections);
    }

    Result<LoadReport> run();

private:
    using State = Lane::State;

    void begin(Lane& lane, Instant now); // the next request, if there is one to make
    void connect(Lane& lane, Instant now);
    void process_open(Lane& lane, int operation, Instant now);
    void send(Lane& lane, Instant now);
    void process_event(Lane& lane, std::uint32_t events, Instant now);
    void process_stream(Lane& lane, Instant now);
    void process_datagram(Lane& lane, Instant now);
    void complete(Lane& lane, int status, std::string_view body, Instant now);
    void process_lost(Lane& lane, const std::string& kind, Instant now);
    void process_failure(Lane& lane, const std::string& kind, Instant now);
    void process_deadlines(Instant now);
    void watch(Lane& lane, std::uint32_t events, int operation);
    void end(Lane& lane) {
        lane.fd.reset();
        lane.state = State::over;
        --running_;
    }

    const LoadOptions& options_;
    const Target& target_;
    LoadReport report_;
    std::string request_;
    std::vector<Lane> lanes_;
    std::size_t running_ = 0;
    std::uint64_t attempts_ = 0;
    std::uint64_t next_sequence_ = 0;
    UniqueFd epoll_;
    std::vector<char> buffer_ = std::vector<char>(read_bytes);
};

void Loop::begin(Lane& lane, Instant now) {
    if (options_.requests != 0 && attempts_ >= options_.requests) {
        end(lane);
        return;
    }
    ++attempts_;
    lane.started = now;
    lane.deadline = now + options_.timeout;
    if (lane.fd) {
        send(lane, now);
    } else {
        connect(lane, now);
    }
}

void Loop::connect(Lane& lane, Instant now) {
    const int type = options_.url.udp ? SOCK_DGRAM : SOCK_STREAM;
    lane.fd = UniqueFd(::socket(target_.address.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!lane.fd) {
        process_failure(lane, error_kind(errno), now);
        return;
    }
    if (!options_.url.udp) {
        const int on = 1;
        ::setsockopt(lane.fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    lane.reused = false;
    if (::connect(lane.fd.get(), reinterpret_cast<const sockaddr*>(&target_.address), target_.length) == 0) {
        process_open(lane, EPOLL_CTL_ADD, now);
    } else if (errno == EINPROGRESS) {
        lane.state = State::connecting;
        watch(lane, EPOLLOUT, EPOLL_CTL_ADD);
    } else {
        process_failure(lane, error_kind(errno), now);
    }
}

void Loop::process_open(Lane& lane, int operation, Instant now) {
    ++report_.connections;
    watch(lane, EPOLLIN, operation);
    if (options_.proxy_header && !options_.url.udp) {
        const Endpoint local = local_endpoint(lane.fd.get()), remote = endpoint_of(target_.address);
        // At most 107 bytes (PROXY protocol, section 2.1): a fresh socket takes them in one piece.
        const auto header = fmt::format("PROXY {} {} {} {} {}\r\n", local.address.is_v4() ? "TCP4" : "TCP6",
                                        local.address.text(), remote.address.text(), local.port, remote.port);
        if (::send(lane.fd.get(), header.data(), header.size(), MSG_NOSIGNAL) < 0) {
            process_failure(lane, error_kind(errno), now);
            return;
        }
    }
    send(lane, now);
}

void Loop::watch(Lane& lane, std::uint32_t events, int operation) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = static_cast<std::uint64_t>(&lane - lanes_.data());
    ::epoll_ctl(epoll_.get(), operation, lane.fd.get(), &event);
}

void Loop::send(Lane& lane, Instant now) {
    lane.sent = 0;
    lane.heard = false;
    lane.reader.restart(false);
    if (options_.url.udp) {
        lane.sequence = next_sequence_++;
        const auto payload = fmt::format("fulcrum-load {}", lane.sequence);
        if (::send(lane.fd.get(), payload.data(), payload.size(), MSG_NOSIGNAL) < 0) {
            process_failure(lane, error_kind(errno), now);
            return;
        }
        lane.state = State::reading;
        return;
    }
    const auto sent = ::send(lane.fd.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        process_lost(lane, error_kind(errno), now);
        return;
    }
    lane.sent = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    if (lane.sent < request_.size()) {
        lane.state = State::sending;
        watch(lane, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    } else {
        lane.state = State::reading;
    }
}

void Loop::process_event(Lane& lane, std::uint32_t events, Instant now) {
    switch (lane.state) {
    case State::connecting: {
        int error = 0;
        socklen_t length = sizeof error;
        ::getsockopt(lane.fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
        if (error != 0) {
            process_failure(lane, error_kind(error), now);
            return;
        }
        process_open(lane, EPOLL_CTL_MOD, now);
        return;
    }
    case State::sending: {
        if ((events & EPOLLOUT) != 0) {
            const auto rest = std::string_view(request_).substr(lane.sent);
            const auto sent = ::send(lane.fd.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno != EAGAIN) {
                process_lost(lane, error_kind(errno), now);
                return;
            }
            lane.sent += sent > 0 ? static_cast<std::size_t>(sent) : 0;
            if (lane.sent == request_.size()) {
                lane.state = State::reading;
                watch(lane, EPOLLIN, EPOLL_CTL_MOD);
            }
        }
        return;
    }
    case State::reading:
    case State::draining:
        if (options_.url.udp) {
            process_datagram(lane, now);
        } else {
            process_stream(lane, now);
        }
        return;
    case State::resting:
    case State::over:
        return;
    }
}

void Loop::process_stream(Lane& lane, Instant now) {
    const auto got = ::recv(lane.fd.get(), buffer_.data(), buffer_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (lane.state == State::draining) {
        if (got <= 0) {
            lane.fd.reset();
            begin(lane, now);
        }
        return;
    }
    if (got < 0) {
        process_lost(lane, error_kind(errno), now);
        return;
    }
    std::string_view bytes(buffer_.data(), static_cast<std::size_t>(got));
    lane.heard = lane.heard || got > 0;
    const auto state = got == 0 ? lane.reader.process_end() : lane.reader.process(bytes);
    if (state == HttpResponseReader::State::bad) {
        process_lost(lane, got == 0 ? "closed early" : fmt::format("bad response: {}", lane.reader.fault()),
                     now);
    } else if (state == HttpResponseReader::State::done) {
        report_.bytes += lane.reader.body_bytes();
        complete(lane, lane.reader.status(), lane.reader.kept(), now);
        if (options_.keep_alive && lane.reader.keep_alive() && bytes.empty()) {
            lane.reused = true;
            begin(lane, now);
        } else if (got == 0 || lane.reader.keep_alive()) {
            lane.fd.reset();
            begin(lane, now);
        } else {
            // The server said that it closes: waiting for it leaves TIME-WAIT there, where ports are not
            // scarce.
            lane.state = State::draining;
            lane.deadline = now + drain_time;
        }
    }
}

void Loop::process_datagram(Lane& lane, Instant now) {
    const auto got = ::recv(lane.fd.get(), buffer_.data(), buffer_.size(), 0);
    if (got < 0) {
        if (errno != EAGAIN && errno != EINTR) {
            process_failure(lane, error_kind(errno), now);
        }
        return;
    }
    const std::string_view answer(buffer_.data(), static_cast<std::size_t>(got));
    const auto space = answer.find(' ');
    if (space == std::string_view::npos ||
        answer.substr(space + 1) != fmt::format("fulcrum-load {}", lane.sequence)) {
        return; // the late answer to a request given up, or nothing of ours
    }
    report_.bytes += answer.size();
    complete(lane, 0, answer, now);
    ++report_.servers[std::string(answer.substr(0, space))];
    if (!options_.keep_alive) {
        lane.fd.reset();
    }
    begin(lane, now);
}

void Loop::complete(Lane& lane, int status, std::string_view body, Instant now) {
    ++report_.requests;
    report_.latency.record(now - lane.started);
    if (status != 0) {
        ++report_.statuses[status];
        if (const auto server = server_named_in(body); !server.empty()) {
            ++report_.servers[std::string(server)];
        }
    }
    if (report_.answers.size() < options_.keep_answers) {
        report_.answers.push_back(
            {status, local_address(lane.fd.get()), std::string(body), now - lane.started});
    }
}

// A kept connection may be closed by the server just as a request leaves; nothing of it was processed, so it
// is tried once more on a new connection (RFC 9112 section 9.3.1) and counts as one request.
void Loop::process_lost(Lane& lane, const std::string& kind, Instant now) {
    if (lane.reused && !lane.heard) {
        lane.fd.reset();
        connect(lane, now);
    } else {
        process_failure(lane, kind, now);
    }
}

void Loop::process_failure(Lane& lane, const std::string& kind, Instant now) {
    ++report_.errors[kind];
    if (report_.unanswered.size() < options_.keep_answers) {
        if (const Endpoint local = lane.fd ? local_endpoint(lane.fd.get()) : Endpoint{}; local.port != 0) {
            report_.unanswered.push_back(endpoint_text(local.address, local.port));
        }
    }
    lane.fd.reset();
    lane.state = State::resting;
    lane.deadline = now + back_off;
}

void Loop::process_deadlines(Instant now) {
    for (auto& lane : lanes_) {
        if (lane.state == State::over || now < lane.deadline) {
            continue;
        }
        if (lane.state == State::resting || lane.state == State::draining) {
            lane.fd.reset();
            begin(lane, now);
        } else {
            process_failure(lane, lane.state == State::connecting ? "connect timed out" : "timed out", now);
        }
    }
}

Result<LoadReport> Loop::run() {
    epoll_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll_) {
        return fail_errno("open epoll");
    }
    constexpr std::uint64_t stop_mark = ~std::uint64_t{0};
    if (options_.stop_fd >= 0) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = stop_mark;
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, options_.stop_fd, &event);
    }
    const auto begun = monotonic_now();
    const auto end_at = options_.duration ? begun + *options_.duration : Instant::max();
    running_ = lanes_.size();
    for (auto& lane : lanes_) {
        begin(lane, monotonic_now());
    }
    std::array<epoll_event, 512> events{};
    auto next_scan = begun + scan_interval;
    auto next_progress = begun + 250ms;
    bool stopped = false;
    auto now = monotonic_now();
    while (running_ > 0 && !stopped && now < end_at) {
        const auto wake = std::min(end_at, next_scan);
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(wake - now).count();
        const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                       static_cast<int>(std::max<std::int64_t>(wait, 0)));
        if (count < 0 && errno != EINTR) {
            return fail_errno("epoll_wait");
        }
        for (int i = 0; i < count; ++i) {
            const auto& event = events[static_cast<std::size_t>(i)];
            if (event.data.u64 == stop_mark) {
                stopped = true;
            } else {
                process_event(lanes_[static_cast<std::size_t>(event.data.u64)], event.events,
                              monotonic_now());
            }
        }
        now = monotonic_now();
        if (now >= next_scan) {
            process_deadlines(now);
            next_scan = now + scan_interval;
        }
        if (options_.progress && now >= next_progress) {
            report_.elapsed = now - begun;
            options_.progress(report_);
            next_progress = now + 250ms;
        }
    }
    report_.elapsed = now - begun;
    return std::move(report_);
}

} // namespace

Result<LoadReport> run_load(const LoadOptions& options) {
    const auto target = resolve(options.url);
    if (!target) {
        return tl::unexpected(target.error());
    }
    raise_open_files();
    return Loop(options, *target).run();
}

} // namespace fulcrum::ends
