// fulcrum: the command line. No Qt in here, so that it starts in milliseconds; the window is a program of its
// own.
#include <csignal>
#include <cstdio>
#include <exception>
#include <fcntl.h>

#include "app/cli/command_line.h"
#include "app/cli/ending.h"

namespace {

// Whoever started us may have closed standard streams (`fulcrum ... <&-`). The next descriptor opened would
// take the number, and a lab's socket become somebody's standard input. Open for reading only: what is
// written fails, as it would on the closed one.
void occupy_standard_streams() {
    for (int fd = 0; fd <= 2; ++fd) {
        if (::fcntl(fd, F_GETFD) < 0) {
            (void)::open("/dev/null", O_RDONLY); // the lowest free number: this one
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_DFL); // `fulcrum flows LAB | head` ends quietly
    std::signal(SIGXFSZ, SIG_IGN); // a file over `ulimit -f` is an error of the write, and told as one
    occupy_standard_streams();
    using namespace fulcrum::cli;
    try {
        const int code = run_command_line(argc, argv);
        return std::fflush(stdout) == 0 ? code : report_failed("standard output: it could not be written");
    } catch (const std::exception& error) { // fmt, when standard output cannot be written
        return report_failed(error.what());
    }
}
