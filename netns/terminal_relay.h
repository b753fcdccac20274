// The user's end of a program that runs in a lab on a terminal of its own.
#pragma once

#include <termios.h>

#include "engine/base/result.h"

namespace fulcrum::netns {

// Puts a terminal into raw mode for as long as it lives; does nothing when the descriptor is none.
class RawTerminal {
public:
    explicit RawTerminal(int fd);
    RawTerminal(const RawTerminal&) = delete;
    RawTerminal& operator=(const RawTerminal&) = delete;
    ~RawTerminal();

private:
    int fd_;
    bool changed_ = false;
    termios before_{};
};

struct TerminalSize {
    unsigned short rows = 24, columns = 80;
};
TerminalSize size_of_terminal(int fd); // 24 × 80 when it is none
void set_terminal_size(int fd, TerminalSize size);

// Moves what is there from one descriptor to another, once. False at the end of input.
bool relay_once(int from, int to);

} // namespace fulcrum::netns
