#include "netns/supervisor/event_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>

namespace fulcrum::netns {

Result<EventLoop> EventLoop::make() {
    UniqueFd fd(::epoll_create1(EPOLL_CLOEXEC));
    if (!fd) {
        return fail_errno("make an event loop");
    }
    return EventLoop(std::move(fd));
}

Result<> EventLoop::watch(int fd, Callback ready) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        return fail_errno("watch a descriptor");
    }
    watches_[fd] = std::make_shared<Watch>(Watch{std::move(ready), next_++});
    return {};
}

void EventLoop::want(int fd, Want what) {
    epoll_event event{};
    event.events = what == Want::writing ? EPOLLOUT : EPOLLIN;
    event.data.fd = fd;
    (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event); // fails only for one that is not watched
}

void EventLoop::forget(int fd) {
    if (watches_.erase(fd) > 0) {
        (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    }
}

EventLoop::TimerId EventLoop::after(Duration delay, Callback due) {
    const TimerId id = next_++;
    const Instant when = monotonic_now() + delay;
    timers_.emplace(std::pair(when, id), std::move(due));
    due_.emplace(id, when);
    return id;
}

void EventLoop::cancel(TimerId timer) {
    if (const auto found = due_.find(timer); found != due_.end()) {
        timers_.erase({found->second, timer});
        due_.erase(found);
    }
}

int EventLoop::wait_ms() const {
    if (timers_.empty()) {
        return -1;
    }
    const auto left = timers_.begin()->first.first - monotonic_now();
    // Rounded up: waking early would spin until the time has come.
    return static_cast<int>(
        std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(left).count()));
}

void EventLoop::fire_timers() {
    while (!timers_.empty() && timers_.begin()->first.first <= monotonic_now() && !stopped_) {
        auto first = timers_.extract(timers_.begin());
        due_.erase(first.key().second);
        first.mapped()();
    }
}

void EventLoop::run() {
    std::array<epoll_event, 64> events;
    while (!stopped_) {
        const int count =
            ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms());
        if (count < 0 && errno != EINTR) {
            return;
        }
        std::vector<std::pair<int, std::shared_ptr<Watch>>> ready;
        for (int i = 0; i < count; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            if (const auto found = watches_.find(fd); found != watches_.end()) {
                ready.emplace_back(fd, found->second);
            }
        }
        for (const auto& [fd, watch] : ready) {
            const auto found = watches_.find(fd);
            if (!stopped_ && found != watches_.end() && found->second->generation == watch->generation) {
                watch->ready();
            }
        }
        fire_timers();
    }
}

} // namespace fulcrum::netns
