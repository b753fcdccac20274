#include "netns/terminal_relay.h"

#include <cerrno>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace fulcrum::netns {

RawTerminal::RawTerminal(int fd) : fd_(fd) {
    if (::tcgetattr(fd_, &before_) != 0) {
        return;
    }
    termios raw = before_;
    ::cfmakeraw(&raw);
    changed_ = ::tcsetattr(fd_, TCSADRAIN, &raw) == 0;
}

RawTerminal::~RawTerminal() {
    if (changed_) {
        ::tcsetattr(fd_, TCSADRAIN, &before_);
    }
}

TerminalSize size_of_terminal(int fd) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
        return {};
    }
    return {size.ws_row, size.ws_col};
}

void set_terminal_size(int fd, TerminalSize size) {
    const winsize value{size.rows, size.columns, 0, 0};
    (void)::ioctl(fd, TIOCSWINSZ, &value); // a terminal that has just gone has no size
}

bool relay_once(int from, int to) {
    char buffer[16384];
    const ssize_t got = ::read(from, buffer, sizeof buffer);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
        return true;
    }
    if (got <= 0) {
        return false; // EIO: the last process has closed the terminal
    }
    for (ssize_t done = 0; done < got;) {
        const ssize_t written = ::write(to, buffer + done, static_cast<std::size_t>(got - done));
        if (written < 0 && errno == EAGAIN) {
            pollfd ready{to, POLLOUT, 0};
            (void)::poll(&ready, 1, -1);
        } else if (written < 0 && errno != EINTR) {
            return false;
        }
        done += written > 0 ? written : 0;
    }
    return true;
}

} // namespace fulcrum::netns
