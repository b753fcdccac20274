#include "netns/supervisor/terminal.h"

#include <cstdlib>
#include <fcntl.h>
#include <sys/ioctl.h>

namespace fulcrum::netns {

Result<Terminal> make_terminal(std::uint32_t rows, std::uint32_t columns) {
    Terminal terminal;
    terminal.master = UniqueFd(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!terminal.master) {
        return fail_errno("open a terminal");
    }
    const int unlock = 0;
    if (::ioctl(terminal.master.get(), TIOCSPTLCK, &unlock) != 0) {
        return fail_errno("unlock a terminal");
    }
    // By the master, not by name: the name may mean another terminal where /dev/pts is not ours.
    terminal.slave = UniqueFd(::ioctl(terminal.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!terminal.slave) {
        return fail_errno("open the other end of a terminal");
    }
    const winsize size{static_cast<unsigned short>(rows), static_cast<unsigned short>(columns), 0, 0};
    (void)::ioctl(terminal.master.get(), TIOCSWINSZ, &size);
    return terminal;
}

} // namespace fulcrum::netns
