// One thread that waits for many descriptors and timers (epoll(7)). Callbacks may add and remove anything,
// themselves included; none may block.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::netns {

class EventLoop {
public:
    using Callback = std::function<void()>;
    using TimerId = std::uint64_t;

    static Result<EventLoop> make();

    // Calls `ready` whenever the descriptor is readable or has hung up. The descriptor stays its owner's, who
    // calls forget() before closing it.
    Result<> watch(int fd, Callback ready);
    enum class Want { reading, writing };
    void want(int fd, Want what); // from now on; a hang-up always comes through
    void forget(int fd);

    TimerId after(Duration delay, Callback due);
    void cancel(TimerId timer); // one that has fired or never was is no error

    void run(); // until stop()
    void stop() { stopped_ = true; }
    bool stopped() const { return stopped_; }

private:
    explicit EventLoop(UniqueFd epoll) : epoll_(std::move(epoll)) {}
    int wait_ms() const;
    void fire_timers();

    struct Watch {
        Callback ready;
        std::uint64_t generation; // a number that was closed and opened again is another watch
    };
    UniqueFd epoll_;
    std::unordered_map<int, std::shared_ptr<Watch>> watches_;
    std::map<std::pair<Instant, TimerId>, Callback> timers_;
    std::unordered_map<TimerId, Instant> due_;
    std::uint64_t next_ = 1;
    bool stopped_ = false;
};

} // namespace fulcrum::netns
