#include "tests/ui/window/own_display.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/unique_fd.h"

namespace {

constexpr int start_limit_ms = 20000;
std::string missing; // NOLINT: one display per program

// The display number that the server writes once it listens; empty when it ends or does not come up.
std::string read_number(int fd) {
    std::string text;
    pollfd waiting{fd, POLLIN, 0};
    while (text.find('\n') == std::string::npos) {
        char c = 0;
        if (::poll(&waiting, 1, start_limit_ms) <= 0 || ::read(fd, &c, 1) != 1) {
            return {};
        }
        text += c;
    }
    return text.substr(0, text.find('\n'));
}

} // namespace

const std::string& OwnDisplay::why_missing() {
    return missing;
}

OwnDisplay::OwnDisplay() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        missing = std::strerror(errno);
        return;
    }
    fulcrum::UniqueFd read_end(ends[0]);
    fulcrum::UniqueFd write_end(ends[1]);
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGTERM); // not left behind when the tests are killed
        ::fcntl(write_end.get(), F_SETFD, 0);
        const int silence = ::open("/dev/null", O_RDWR);
        ::dup2(silence, 1);
        ::dup2(silence, 2);
        const std::string fd = std::to_string(write_end.get());
        ::execlp("Xvfb", "Xvfb", "-displayfd", fd.c_str(), "-screen", "0", "1600x1000x24", "-nolisten", "tcp",
                 static_cast<char*>(nullptr));
        ::_exit(127);
    }
    write_end.reset();
    const std::string number = pid_ > 0 ? read_number(read_end.get()) : std::string();
    if (number.empty()) {
        missing = "Xvfb is not installed or does not start";
        return;
    }
    ::setenv("DISPLAY", (":" + number).c_str(), 1);
}

OwnDisplay::~OwnDisplay() {
    if (pid_ > 0) {
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
    }
}
