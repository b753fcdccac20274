// One connection to a lab's control socket, seen from the supervisor: frames in, frames out, nothing that
// blocks. A client that does not read its replies is not read from either, so it cannot pile them up here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "netns/frame.h"
#include "netns/supervisor/event_loop.h"

namespace fulcrum::netns {

class ControlSession : public std::enable_shared_from_this<ControlSession> {
public:
    struct Callbacks {
        std::function<void(const std::shared_ptr<ControlSession>&, Frame)> received;
        std::function<void(const std::shared_ptr<ControlSession>&)>
            closed; // by the client, or for what it sent
    };

    static Result<std::shared_ptr<ControlSession>> make(EventLoop& loop, UniqueFd socket,
                                                        Callbacks callbacks);
    ControlSession(const ControlSession&) = delete;
    ControlSession& operator=(const ControlSession&) = delete;
    ~ControlSession();

    void send(std::string text, std::vector<UniqueFd> descriptors = {});
    // Sends what is queued, waiting at most so long; for the last words of a lab.
    void finish(int wait_ms);
    bool is_open() const { return static_cast<bool>(socket_); }

    // What the session waits for; one thing at a time.
    bool busy = false;
    pid_t program = 0; // the exec that runs, 0: none

private:
    ControlSession(EventLoop& loop, UniqueFd socket, Callbacks callbacks)
        : loop_(loop), socket_(std::move(socket)), callbacks_(std::move(callbacks)),
          decoder_(most_request_bytes) {}
    void ready();
    void process_frames();
    void flush();
    void close();

    EventLoop& loop_;
    UniqueFd socket_;
    Callbacks callbacks_;
    FrameDecoder decoder_;
    FrameQueue queue_;
};

} // namespace fulcrum::netns
