#include "engine/service_engine/engine_loop.h"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace fulcrum::engine {

EngineLoop::EngineLoop(ServiceEngine& engine, ControlServer& control, int stop, UniqueFd ready)
    : engine_(engine), control_(control), stop_(stop), ready_(std::move(ready)) {}

Result<> EngineLoop::run() {
    Instant spin_until{};
    Instant look_at_others{}; // clients and signals must not wait for the end of a busy hour
    for (;;) {
        watch_devices();
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
        const bool spins = now < spin_until;
        if (spins && now < look_at_others) {
            continue;
        }
        look_at_others = now + look_interval;
        const auto stop =
            wait(spins ? Duration{0} : std::clamp(engine_.next_deadline() - now, Duration{0}, longest_sleep));
        if (!stop) {
            return tl::unexpected(stop.error());
        }
        if (*stop) {
            return {};
        }
    }
}

void EngineLoop::watch_devices() {
    if (watched_devices_ == engine_.device_changes() && !watched_.empty()) {
        return;
    }
    watched_.clear();
    for (const int fd : {stop_, control_.fd()}) {
        watched_.push_back({fd, POLLIN, 0});
    }
    for (const int fd : engine_.device_descriptors()) {
        watched_.push_back({fd, POLLIN, 0});
    }
    watched_devices_ = engine_.device_changes();
}

Result<bool> EngineLoop::wait(Duration longest) {
    const auto timeout_ms = static_cast<int>(std::chrono::ceil<milliseconds>(longest).count());
    const int count = ::poll(watched_.data(), watched_.size(), timeout_ms);
    if (count < 0 && errno != EINTR) {
        return fail_errno("wait for frames");
    }
    control_ready_ = count > 0 && watched_[1].revents != 0;
    return count > 0 && watched_[0].revents != 0;
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
