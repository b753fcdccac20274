#include "engine/service_engine/engine_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <unistd.h>

namespace fulcrum::engine {

EngineLoop::EngineLoop(ServiceEngine& engine, ControlServer& control, int stop, UniqueFd ready)
    : engine_(engine), control_(control), stop_(stop), ready_(std::move(ready)) {}

Result<> EngineLoop::run() {
    Instant spin_until{};
    for (;;) {
        if (const auto watched = watch_devices(); !watched) {
            return watched;
        }
        const Instant now = monotonic_now();
        const std::size_t received = engine_.turn(now);
        tell_ready(now);
        if (control_ready_) {
            control_.serve(engine_);
            control_ready_ = false;
            continue; // a client may have changed what is watched, and the turn's time has passed
        }
        if (received > 0) {
            spin_until = now + spin;
        }
        if (now < spin_until) {
            continue;
        }
        const auto stop = wait(now);
        if (!stop) {
            return tl::unexpected(stop.error());
        }
        if (*stop) {
            return {};
        }
    }
}

Result<> EngineLoop::watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        return fail_errno("watch a descriptor");
    }
    return {};
}

Result<> EngineLoop::watch_devices() {
    if (watched_devices_ == engine_.device_changes()) {
        return {};
    }
    epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll_) {
        return fail_errno("make an epoll instance");
    }
    std::vector<int> descriptors = engine_.device_descriptors();
    descriptors.push_back(control_.fd());
    descriptors.push_back(stop_);
    for (const int fd : descriptors) {
        if (const auto watched = watch(fd); !watched) {
            return watched;
        }
    }
    watched_devices_ = engine_.device_changes();
    return {};
}

Result<bool> EngineLoop::wait(Instant now) {
    constexpr Duration longest = std::chrono::seconds(1);
    const Duration left = std::clamp(engine_.next_deadline() - now, Duration{0}, longest);
    const auto timeout_ms = static_cast<int>(std::chrono::ceil<milliseconds>(left).count());
    std::array<epoll_event, 16> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
    if (count < 0 && errno != EINTR) {
        return fail_errno("wait for frames");
    }
    for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == stop_) {
            return true;
        }
        control_ready_ = control_ready_ || fd == control_.fd();
    }
    return false;
}

void EngineLoop::tell_ready(Instant now) {
    if (ready_ && engine_.is_settled(now)) {
        const char byte = 1;
        // Nobody to tell any more is no reason to stop.
        [[maybe_unused]] const ssize_t written = ::write(ready_.get(), &byte, 1);
        ready_.reset();
    }
}

} // namespace fulcrum::engine
