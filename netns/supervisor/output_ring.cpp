#include "netns/supervisor/output_ring.h"

#include <cerrno>
#include <fcntl.h>

namespace fulcrum::netns {

OutputRing::~OutputRing() {
    close();
}

void OutputRing::close() {
    if (pipe_) {
        loop_->forget(pipe_.get());
        pipe_.reset();
    }
}

Result<UniqueFd> OutputRing::open() {
    close();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return fail_errno("make a pipe");
    }
    pipe_ = UniqueFd(ends[0]);
    UniqueFd theirs(ends[1]); // stays blocking: programs do not expect EAGAIN on their output
    (void)::fcntl(pipe_.get(), F_SETFL, O_NONBLOCK);
    if (auto watched = loop_->watch(pipe_.get(), [this] { drain(); }); !watched) {
        return tl::unexpected(watched.error());
    }
    return theirs;
}

void OutputRing::drain() {
    // Bounded, so that a program that writes without end cannot keep the supervisor from everything else.
    constexpr int most_reads = 16;
    for (int i = 0; i < most_reads && pipe_; ++i) {
        char buffer[4096];
        const ssize_t got = ::read(pipe_.get(), buffer, sizeof buffer);
        if (got > 0) {
            text_.append(buffer, static_cast<std::size_t>(got));
            if (text_.size() > 2 * most_bytes) {
                text_.erase(0, text_.size() - most_bytes);
            }
        } else if (got == 0) {
            close();
        } else if (errno != EINTR) {
            return;
        }
    }
}

std::string OutputRing::last_line() const {
    const std::size_t end = text_.find_last_not_of(" \t\r\n");
    if (end == std::string::npos) {
        return {};
    }
    const std::size_t before = text_.find_last_of('\n', end);
    const std::size_t start = before == std::string::npos ? 0 : before + 1;
    return text_.substr(start, end + 1 - start);
}

} // namespace fulcrum::netns
