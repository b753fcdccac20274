// Runs a service engine in real time: waits for frames, timers, control clients and signals, and takes turns.
#pragma once

#include <poll.h>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"
#include "engine/control/control_server.h"
#include "engine/service_engine/service_engine.h"

namespace fulcrum::engine {

class EngineLoop {
public:
    // `stop`: a descriptor that becomes readable when it is time to end (a signalfd). `ready`: gets one byte,
    // and is closed, when the engine is settled; may be empty.
    EngineLoop(ServiceEngine& engine, ControlServer& control, int stop, UniqueFd ready);

    // Until `stop` is readable. Fails only when the kernel refuses to wait.
    Result<> run();

private:
    // After a turn that moved frames the loop looks again for this long before it sleeps: under load there is
    // always more, and waking up costs more than looking. An idle engine sleeps.
    static constexpr Duration spin{std::chrono::microseconds(40)};
    static constexpr Duration look_interval{std::chrono::milliseconds(1)};
    static constexpr Duration longest_sleep{std::chrono::seconds(1)};

    void watch_devices();
    Result<bool> wait(Duration longest); // true: stop
    void tell_ready(Instant now);

    ServiceEngine& engine_;
    ControlServer& control_;
    int stop_;
    UniqueFd ready_;
    // stop_, control_, then the devices. For poll(), and not epoll: an epoll instance is told of every frame,
    // by whoever sent it, also while nobody waits; they are few, so poll() is as quick.
    std::vector<pollfd> watched_;
    std::uint64_t watched_devices_ = 0; // ServiceEngine::device_changes of what watched_ holds
    bool control_ready_ = false;
};

} // namespace fulcrum::engine
