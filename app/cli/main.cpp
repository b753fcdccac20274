// fulcrum: the command line. No Qt in here, so that it starts in milliseconds; the window is a program of its
// own.
#include <csignal>
#include <cstdio>
#include <exception>

#include "app/cli/command_line.h"
#include "app/cli/ending.h"

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_DFL); // `fulcrum flows LAB | head` ends quietly
    using namespace fulcrum::cli;
    try {
        const int code = run_command_line(argc, argv);
        return std::fflush(stdout) == 0 ? code : report_failed("standard output: it could not be written");
    } catch (const std::exception& error) { // fmt, when standard output cannot be written
        return report_failed(error.what());
    }
}
