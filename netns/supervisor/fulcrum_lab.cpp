// fulcrum-lab: started by netns/launch.cpp, never by hand. Makes the lab's namespaces, gives them their user
// ids from outside, and ends; what stays is its child, process 1 of the lab.
#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "engine/base/open_files.h"
#include "netns/control_message.h"
#include "netns/frame.h"
#include "netns/kernel/id_map.h"
#include "netns/kernel/user_namespace.h"
#include "netns/supervisor/supervisor.h"

using namespace fulcrum;
using namespace fulcrum::netns;

namespace {

// Given by the launcher.
constexpr int channel_number = 3;
constexpr int control_number = 4;

bool is_socket(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

// 0 to 3 hold /dev/null for good, so that no descriptor that is passed to a program can have one of these
// numbers.
bool occupy_low_descriptors() {
    UniqueFd first(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const UniqueFd null(::fcntl(first.get(), F_DUPFD_CLOEXEC, 10)); // not itself one of the four
    first.reset();
    for (int fd = 0; fd <= channel_number; ++fd) {
        if (!null || ::dup3(null.get(), fd, fd <= 2 ? 0 : O_CLOEXEC) < 0) {
            return false;
        }
    }
    return true;
}

// In the new namespaces. `go` gives a byte and a note once the ids are mapped, or just closes.
int supervise(Supervisor::Start start, UniqueFd go) {
    std::array<char, 1024> text{};
    std::size_t size = 0;
    for (ssize_t got = 1; got > 0 && size < text.size();
         size += static_cast<std::size_t>(std::max<ssize_t>(got, 0))) {
        got = ::read(go.get(), text.data() + size, text.size() - size);
    }
    go.reset();
    if (size == 0) {
        return 1; // the parent has told the launcher why
    }
    ::setsid();
    ::umask(022);
    if (::chdir("/") != 0 || !occupy_low_descriptors()) {
        (void)send_frame(start.channel.get(), emit_failure({"detach from the launcher"}));
        return 1;
    }
    start.note.assign(text.data() + 1, size - 1);
    return Supervisor::run(std::move(start));
}

std::string own_path() {
    std::array<char, PATH_MAX> path{};
    const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
    return {path.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

int refuse(int channel, const Error& error) {
    (void)send_frame(channel, emit_failure(error));
    return 1;
}

} // namespace

int main() {
    if (!is_socket(channel_number) || !is_socket(control_number)) {
        std::fputs("fulcrum-lab keeps a running lab; it is started by \"fulcrum up\", not by hand\n", stderr);
        return 2;
    }
    (void)::syscall(SYS_close_range, control_number + 1, ~0U, 0U);
    ::signal(SIGPIPE, SIG_IGN);
    // A lab of a thousand nodes holds three descriptors for each; programs in it get the limit that was.
    const rlimit open_files = raise_open_files();
    UniqueFd channel(::fcntl(channel_number, F_DUPFD_CLOEXEC, 10));
    UniqueFd control(::fcntl(control_number, F_DUPFD_CLOEXEC, 10));
    ::close(channel_number);
    ::close(control_number);
    int ends[2];
    if (!channel || !control || ::pipe2(ends, O_CLOEXEC) != 0) {
        std::perror("fulcrum-lab");
        return 1;
    }
    UniqueFd go(ends[0]);
    UniqueFd say_go(ends[1]);

    // Looked at here, where the machine's settings can be read and this is not yet user 0 of something.
    const std::string refusal = explain_refusal(read_namespace_settings(), own_path());
    auto cloned = clone_into_namespaces(refusal);
    if (!cloned) {
        return refuse(channel.get(), cloned.error());
    }
    if (cloned->pid == 0) {
        say_go.reset();
        return supervise({std::move(channel), std::move(control), open_files, "", refusal}, std::move(go));
    }
    // First of all the launcher learns whom to wait for when things go wrong.
    const std::array<int, 1> process = {cloned->process.get()};
    if (!send_frame(channel.get(), "process", process)) {
        return 1;
    }
    const auto note = write_id_maps(cloned->pid);
    if (!note) {
        const std::string why = note.error().within("give the lab its user ids").message;
        return refuse(channel.get(), {refusal.empty() ? why : why + ": " + refusal});
    }
    const std::string word = "g" + note->substr(0, 1000);
    return ::write(say_go.get(), word.data(), word.size()) == static_cast<ssize_t>(word.size()) ? 0 : 1;
}
