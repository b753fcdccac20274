// Runs a service engine in real time: waits for frames, timers, control clients and signals, and takes turns.
#pragma once

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

    Result<> watch(int fd);
    Result<> watch_devices();
    Result<bool> wait(Instant now); // true: stop
    void tell_ready(Instant now);

    ServiceEngine& engine_;
    ControlServer& control_;
    int stop_;
    UniqueFd ready_;
    UniqueFd epoll_;
    std::uint64_t watched_devices_ = 0; // ServiceEngine::device_changes of what epoll_ watches
    bool control_ready_ = false;
};

} // namespace fulcrum::engine
