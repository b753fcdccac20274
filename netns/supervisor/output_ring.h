// The last output of a planned process, read from a pipe as it comes.
#pragma once

#include <string>

#include "engine/base/unique_fd.h"
#include "netns/supervisor/event_loop.h"

namespace fulcrum::netns {

class OutputRing {
public:
    static constexpr std::size_t most_bytes = 32 * 1024; // older output is forgotten

    explicit OutputRing(EventLoop& loop) : loop_(&loop) {}
    OutputRing(const OutputRing&) = delete;
    OutputRing& operator=(const OutputRing&) = delete;
    ~OutputRing();

    // Follows a new pipe (a node that is started again); what is kept so far stays. Returns the end to write
    // to.
    Result<UniqueFd> open();
    // Takes what is in the pipe now.
    void drain();
    const std::string& text() const { return text_; }
    std::string last_line() const; // that is not empty

private:
    void close();

    EventLoop* loop_;
    UniqueFd pipe_;
    std::string text_;
};

} // namespace fulcrum::netns
