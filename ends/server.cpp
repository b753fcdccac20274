#include "ends/server.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <set>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "ends/http_connection.h"
#include "ends/udp_echo.h"
#include "engine/base/clock.h"
#include "engine/base/open_files.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::ends {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t read_bytes = 256 * 1024;
constexpr int accepts_per_turn = 256;
constexpr std::size_t pattern_parts = 4; // iovecs of pattern in one send: about 1 MB
constexpr auto linger_time = 1s;

struct Connection {
    Connection(UniqueFd socket, HttpSite& site, std::string peer, std::string local)
        : fd(std::move(socket)), http(site, std::move(peer), std::move(local)) {}
    UniqueFd fd;
    HttpConnection http;
    std::uint32_t armed = 0; // events asked of epoll
    Instant timer{};         // its entry in State::timers; the epoch: none
    bool lingering = false;  // our side is closed, what still comes is read and dropped
};

std::string address_text(const sockaddr_in& address) {
    return endpoint_text(IpAddress::v4(ntohl(address.sin_addr.s_addr)), ntohs(address.sin_port));
}

// RFC 9110 section 5.6.7, without the locale that strftime would use.
std::string http_date(std::time_t seconds) {
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[utc.tm_wday], utc.tm_mday,
                       months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

Result<UniqueFd> listen_on(std::uint16_t port) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) {
        return fail_errno("open a TCP socket");
    }
    const int on = 1;
    const int idle_seconds = 60;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // Accepted sockets inherit these from the listener, which saves three calls on each.
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on); // nodes are switched off in labs
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_port = htons(port);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0 ||
        ::listen(fd.get(), 65535) != 0) {
        return fail_errno(fmt::format("listen on TCP port {}", port));
    }
    return fd;
}

} // namespace

struct Server::State {
    HttpSite site;
    UniqueFd epoll;
    std::vector<UniqueFd> listeners;
    std::vector<UdpEcho> echoes;
    int stop_fd = -1;
    UniqueFd spare; // given up to accept and refuse a connection when descriptors run out
    std::vector<std::unique_ptr<Connection>> connections; // by descriptor
    std::set<std::pair<Instant, int>> timers;
    std::vector<char> buffer = std::vector<char>(read_bytes);
    std::time_t date_second = 0;

    bool stopped = false;

    Result<> watch(int fd) const {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        return ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0 ? Result<>{}
                                                                        : fail_errno("epoll_ctl");
    }

    void process_event(const epoll_event& event, Instant now);
    void process_listener(int listener, Instant now);
    void accept_one(UniqueFd socket, const sockaddr_in& peer, Instant now);
    void refuse_one(int listener);
    void process_connection(Connection& connection, std::uint32_t events, Instant now);
    bool read_some(Connection& connection, Instant now);  // false: the connection is dead
    bool write_some(Connection& connection, Instant now); // false: the connection is dead
    void settle(Connection& connection);                  // after any progress: arm, time or close
    void set_timer(Connection& connection, Instant at);
    void process_timers(Instant now);
    void close(Connection& connection);
    int wait_ms(Instant now) const;
    void refresh_date();
};

void Server::State::process_event(const epoll_event& event, Instant now) {
    const int fd = event.data.fd;
    if (fd == stop_fd) {
        stopped = true;
        return;
    }
    const auto index = static_cast<std::size_t>(fd);
    if (index < connections.size() && connections[index]) {
        process_connection(*connections[index], event.events, now);
        return;
    }
    for (auto& echo : echoes) {
        if (echo.fd() == fd) {
            echo.process_readable();
            return;
        }
    }
    for (const auto& listener : listeners) {
        if (listener.get() == fd) {
            process_listener(fd, now);
            return;
        }
    }
}

void Server::State::process_listener(int listener, Instant now) {
    for (int i = 0; i < accepts_per_turn; ++i) {
        sockaddr_in peer{};
        socklen_t length = sizeof peer;
        UniqueFd socket(
            ::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket) {
            accept_one(std::move(socket), peer, now);
        } else if (errno == EMFILE || errno == ENFILE) {
            refuse_one(listener);
            return;
        } else if (errno == EAGAIN || (errno != ECONNABORTED && errno != EINTR)) {
            return;
        }
    }
}

// Without a descriptor the connection would stay in the queue and epoll would report it for ever.
void Server::State::refuse_one(int listener) {
    spare.reset();
    UniqueFd refused(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    refused.reset();
    spare.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void Server::State::accept_one(UniqueFd socket, const sockaddr_in& peer, Instant now) {
    sockaddr_in local{};
    socklen_t length = sizeof local;
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&local), &length) != 0) {
        return;
    }
    const auto index = static_cast<std::size_t>(socket.get());
    if (index >= connections.size()) {
        connections.resize(std::max(index + 1, connections.size() * 2));
    }
    auto& slot = connections[index];
    slot = std::make_unique<Connection>(std::move(socket), site, address_text(peer), address_text(local));
    epoll_event event{};
    event.events = slot->armed = EPOLLIN;
    event.data.fd = slot->fd.get();
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, event.data.fd, &event) != 0) {
        slot.reset();
        return;
    }
    // The request often travels right behind the handshake.
    process_connection(*slot, EPOLLIN, now);
}

void Server::State::process_connection(Connection& connection, std::uint32_t events, Instant now) {
    if (connection.lingering) {
        const auto got = ::recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            close(connection);
        }
        return;
    }
    if ((events & EPOLLERR) != 0) {
        close(connection);
        return;
    }
    if ((events & (EPOLLIN | EPOLLHUP)) != 0 && connection.http.wants_input() &&
        !read_some(connection, now)) {
        close(connection);
        return;
    }
    if (connection.http.has_output() && !write_some(connection, now)) {
        close(connection);
        return;
    }
    settle(connection);
}

bool Server::State::read_some(Connection& connection, Instant now) {
    const auto got = ::recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
    if (got > 0) {
        connection.http.process_input({buffer.data(), static_cast<std::size_t>(got)}, now);
    } else if (got == 0) {
        connection.http.process_end(now);
    } else {
        return errno == EAGAIN || errno == EINTR;
    }
    return true;
}

bool Server::State::write_some(Connection& connection, Instant now) {
    auto& http = connection.http;
    for (int turn = 0; turn < 4 && http.has_output(); ++turn) { // a few, then the others have their turn
        std::array<iovec, pattern_parts + 1> parts{};
        std::size_t count = 0;
        std::size_t offered = 0;
        const auto add = [&](std::string_view run) {
            parts[count++] = {const_cast<char*>(run.data()), run.size()};
            offered += run.size();
        };
        if (const auto text = http.text(); !text.empty()) {
            add(text);
        }
        auto offset = http.pattern_offset();
        auto left = http.pattern_left();
        for (std::size_t i = 0; i < pattern_parts && left > 0; ++i) {
            auto run = pattern_from(offset);
            run = run.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(run.size(), left)));
            add(run);
            offset += run.size();
            left -= run.size();
        }
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = count;
        const auto sent = ::sendmsg(connection.fd.get(), &message, MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        http.sent(static_cast<std::uint64_t>(sent), now);
        if (static_cast<std::size_t>(sent) < offered) {
            break;
        }
    }
    return true;
}

void Server::State::settle(Connection& connection) {
    const auto& http = connection.http;
    if (http.finished()) {
        if (!http.refused()) {
            close(connection);
            return;
        }
        // Closing with unread input would send a reset, which can overtake the answer that says what was
        // wrong (RFC 9112 section 9.6).
        ::shutdown(connection.fd.get(), SHUT_WR);
        connection.lingering = true;
        set_timer(connection, monotonic_now() + linger_time);
    } else {
        set_timer(connection, http.wake_at().value_or(Instant{}));
    }
    std::uint32_t wanted = connection.lingering || http.wants_input() ? EPOLLIN : 0U;
    wanted |= !connection.lingering && http.has_output() ? EPOLLOUT : 0U;
    if (wanted != connection.armed) {
        epoll_event event{};
        event.events = connection.armed = wanted;
        event.data.fd = connection.fd.get();
        ::epoll_ctl(epoll.get(), EPOLL_CTL_MOD, event.data.fd, &event);
    }
}

void Server::State::set_timer(Connection& connection, Instant at) {
    if (connection.timer == at) {
        return;
    }
    const int fd = connection.fd.get();
    if (connection.timer != Instant{}) {
        timers.erase({connection.timer, fd});
    }
    connection.timer = at;
    if (at != Instant{}) {
        timers.insert({at, fd});
    }
}

void Server::State::process_timers(Instant now) {
    while (!timers.empty() && timers.begin()->first <= now) {
        auto& connection = *connections[static_cast<std::size_t>(timers.begin()->second)];
        timers.erase(timers.begin());
        connection.timer = Instant{};
        if (connection.lingering) {
            close(connection);
            continue;
        }
        connection.http.process_time(now);
        process_connection(connection, 0, now);
    }
}

void Server::State::close(Connection& connection) {
    set_timer(connection, Instant{});
    connections[static_cast<std::size_t>(connection.fd.get())].reset();
}

int Server::State::wait_ms(Instant now) const {
    if (timers.empty()) {
        return -1;
    }
    // Rounded up: waking early would spin until the last part of a millisecond is over.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers.begin()->first - now);
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void Server::State::refresh_date() {
    const auto second = ::time(nullptr);
    if (second != date_second) {
        date_second = second;
        site.date = http_date(second);
    }
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;

Server::~Server() = default;

Result<Server> Server::open(const ServerOptions& options) {
    // A lab asks for tens of thousands of connections; the hard limit is what the user may have.
    raise_open_files();
    auto state = std::make_unique<State>();
    state->site.server = options.name;
    state->epoll = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
    if (!state->epoll) {
        return fail_errno("open epoll");
    }
    state->spare = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    for (const auto port : options.tcp_ports) {
        auto listener = listen_on(port);
        if (!listener) {
            return tl::unexpected(listener.error());
        }
        if (auto watched = state->watch(listener->get()); !watched) {
            return tl::unexpected(watched.error());
        }
        state->listeners.push_back(std::move(*listener));
    }
    for (const auto port : options.udp_ports) {
        auto echo = UdpEcho::open(options.name, port, options.udp_ports);
        if (!echo) {
            return tl::unexpected(echo.error());
        }
        if (auto watched = state->watch(echo->fd()); !watched) {
            return tl::unexpected(watched.error());
        }
        state->echoes.push_back(std::move(*echo));
    }
    return Server(std::move(state));
}

void Server::stop_when_readable(int stop_fd) {
    state_->stop_fd = stop_fd;
    (void)state_->watch(stop_fd);
}

Result<> Server::run() {
    std::array<epoll_event, 256> events{};
    while (!state_->stopped) {
        const int count = ::epoll_wait(state_->epoll.get(), events.data(), static_cast<int>(events.size()),
                                       state_->wait_ms(monotonic_now()));
        if (count < 0 && errno != EINTR) {
            return fail_errno("epoll_wait");
        }
        state_->refresh_date();
        const auto now = monotonic_now();
        for (int i = 0; i < count; ++i) {
            state_->process_event(events[static_cast<std::size_t>(i)], now);
        }
        state_->process_timers(now);
    }
    return {};
}

} // namespace fulcrum::ends
