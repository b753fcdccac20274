// fulcrum: the command line. No Qt in here, so that it starts in milliseconds; the window is a program of its
// own.
#include <csignal>

#include "app/cli/command_line.h"

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_DFL); // `fulcrum flows LAB | head` ends quietly
    return fulcrum::cli::run_command_line(argc, argv);
}
