#include "app/cli/request_lane.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "capture/time_between.h"

namespace fulcrum::cli {
namespace {

using std::chrono::nanoseconds;
using Clock = RequestLane::Clock;

constexpr std::size_t read_bytes = 64 * 1024;
constexpr double longest_ahead_ns = 1e18; // 31 years: nobody waits for what is later

std::int64_t ns_between(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration_cast<nanoseconds>(to - from).count();
}

// RFC 9110 section 9.2.2: asking twice is the same as asking once.
bool is_idempotent(std::string_view method) {
    constexpr std::array known{"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
    return std::find(known.begin(), known.end(), method) != known.end();
}

} // namespace

Clock::time_point RequestLane::due() const {
    if (sending_.speed <= 0) {
        return begin_;
    }
    const auto since = static_cast<double>(capture::ns_between(requests_.front().time_ns, request().time_ns));
    return begin_ +
           nanoseconds(static_cast<std::int64_t>(std::clamp(since / sending_.speed, 0.0, longest_ahead_ns)));
}

bool RequestLane::wants_socket(Clock::time_point now) const {
    return !over() && state_ == State::waiting && !has_socket() && now >= due();
}

std::optional<pollfd> RequestLane::watched() const {
    if (over() || state_ == State::waiting) {
        return std::nullopt;
    }
    return pollfd{socket_.get(), static_cast<short>(state_ == State::reading ? POLLIN : POLLOUT), 0};
}

void RequestLane::look(Clock::time_point now) {
    if (over()) {
        return;
    }
    if (state_ != State::waiting) {
        if (now >= started_ + sending_.timeout) {
            fail_next(fmt::format("no answer within {} s", sending_.timeout.count() / 1000));
        }
        return;
    }
    if (now < due()) {
        return;
    }
    started_ = now;
    if (!answer().asked) {
        answer().asked = true;
        answer().late_ns = sending_.speed > 0 ? ns_between(due(), now) : 0;
    }
    sent_ = 0;
    reader_.restart(request().method == "HEAD");
    heard_ = false;
    if (has_socket() && was_closed()) {
        socket_.reset(); // nothing was sent over it yet: another one serves as well, whatever the method
    }
    reused_ = has_socket();
    if (!reused_) {
        connect();
        return;
    }
    state_ = State::sending;
    send();
}

void RequestLane::ready() {
    if (state_ == State::connecting) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            fail_next(std::strerror(error));
            return;
        }
        state_ = State::sending;
    }
    if (state_ == State::sending) {
        send();
    } else {
        receive();
    }
}

// Nothing is to be read from an idle connection, unless the other side ended it or says that it will.
bool RequestLane::was_closed() const {
    char byte = 0;
    return ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

void RequestLane::connect() {
    auto socket = sending_.open(request());
    if (!socket) {
        fail_next(socket.error().message);
        return;
    }
    socket_ = std::move(*socket);
    ::fcntl(socket_.get(), F_SETFL, ::fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const capture::Socket target = sending_.target(request());
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(target.port);
    target.address.store_v4(reinterpret_cast<std::uint8_t*>(&address.sin_addr));
    state_ = State::connecting;
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS) {
        fail_next(std::strerror(errno));
    }
}

void RequestLane::send() {
    const std::string& bytes = request().bytes;
    while (sent_ < bytes.size()) {
        const ssize_t n =
            ::send(socket_.get(), bytes.data() + sent_, bytes.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (n < 0) {
            lost(std::strerror(errno));
            return;
        }
        sent_ += static_cast<std::size_t>(n);
    }
    sent_at_ = Clock::now();
    state_ = State::reading;
}

void RequestLane::receive() {
    std::array<char, read_bytes> buffer;
    const ssize_t n = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    using Reading = ends::HttpResponseReader::State;
    auto state = Reading::bad;
    if (n > 0) {
        if (!heard_) {
            heard_ = true;
            answer().latency_ns = ns_between(sent_at_, Clock::now());
        }
        std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
        state = reader_.process(bytes);
    } else if (n == 0) {
        state = reader_.process_end();
    }
    if (state == Reading::more) {
        return;
    }
    if (state == Reading::bad) {
        lost(n < 0 ? std::strerror(errno) : reader_.fault());
        return;
    }
    answer().status = reader_.status();
    answer().head = reader_.head();
    answer().body = reader_.kept();
    if (!reader_.keep_alive() || n == 0) {
        socket_.reset();
    }
    next();
}

void RequestLane::lost(const std::string& why) {
    if (reused_ && !heard_ && !answer().asked_twice && is_idempotent(request().method)) {
        answer().asked_twice = true;
        socket_.reset();
        state_ = State::waiting; // and it is due
        return;
    }
    fail_next(why);
}

void RequestLane::fail_next(const std::string& why) {
    answer().failure = why;
    answer().latency_ns = 0;
    socket_.reset();
    next();
}

void RequestLane::interrupt() {
    while (!over()) {
        answer().given_up = answer().asked;
        fail_next(answer().asked ? "interrupted before its answer" : "not sent: interrupted");
    }
}

void RequestLane::next() {
    ++at_;
    state_ = State::waiting;
    if (over()) {
        socket_.reset(); // what a client has no more use for, it closes
    }
}

} // namespace fulcrum::cli
