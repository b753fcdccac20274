#include <array>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "netns/control_message.h"
#include "netns/frame.h"
#include "netns/lab_client.h"
#include "netns/terminal_relay.h"

extern char** environ;

namespace fulcrum::netns {

namespace {

constexpr std::array forwarded_signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
constexpr char end_of_file = 4; // VEOF of a fresh terminal (termios(3))

// Signals read as a descriptor while an exec runs, so that they can wait in poll() beside everything else.
class SignalDescriptor {
public:
    SignalDescriptor(bool forward, bool window_changes) {
        sigset_t set;
        sigemptyset(&set);
        if (forward) {
            for (const int signal : forwarded_signals) {
                sigaddset(&set, signal);
            }
        }
        if (window_changes) {
            sigaddset(&set, SIGWINCH);
        }
        pthread_sigmask(SIG_BLOCK, &set, &before_);
        fd_ = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    }
    SignalDescriptor(const SignalDescriptor&) = delete;
    SignalDescriptor& operator=(const SignalDescriptor&) = delete;
    ~SignalDescriptor() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

    int fd() const { return fd_.get(); }
    int next() const { // 0: none
        signalfd_siginfo info{};
        return ::read(fd_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
    }

private:
    UniqueFd fd_;
    sigset_t before_{};
};

ControlRequest request_of(const ExecRequest& exec) {
    ControlRequest request;
    request.operation = Operation::exec;
    request.node = exec.node;
    request.argv = exec.argv;
    request.environment = exec.environment;
    if (request.environment.empty()) {
        for (char** entry = environ; *entry != nullptr; ++entry) {
            request.environment.emplace_back(*entry);
        }
    }
    request.directory = exec.directory;
    request.directory_required = !exec.directory.empty();
    if (exec.directory.empty()) {
        std::error_code error;
        request.directory = std::filesystem::current_path(error).string();
    }
    request.terminal = exec.terminal;
    if (exec.terminal) {
        const TerminalSize size = size_of_terminal(exec.in);
        request.rows = size.rows;
        request.columns = size.columns;
    }
    return request;
}

// What is still in the terminal after the program's end; a daemon it left there may keep it open for ever.
void drain(int master, int out) {
    pollfd ready{master, POLLIN, 0};
    while (::poll(&ready, 1, 0) > 0 && (ready.revents & POLLIN) != 0 && relay_once(master, out)) {
    }
}

// Waits for the exit status, and moves bytes and signals meanwhile.
Result<int> attend(int socket, const ExecRequest& exec, int master, SignalDescriptor& signals) {
    const RawTerminal raw(master >= 0 ? exec.in : -1);
    bool input_open = master >= 0;
    bool output_open = master >= 0;
    for (;;) {
        std::array<pollfd, 4> ready = {pollfd{socket, POLLIN, 0}, pollfd{signals.fd(), POLLIN, 0},
                                       pollfd{output_open ? master : -1, POLLIN, 0},
                                       pollfd{input_open ? exec.in : -1, POLLIN, 0}};
        if (::poll(ready.data(), ready.size(), -1) < 0) {
            if (errno == EINTR) {
                continue;
            }
            return fail_errno("wait for the program");
        }
        if (ready[1].revents != 0) {
            const int signal = signals.next();
            if (signal == SIGWINCH) {
                set_terminal_size(master, size_of_terminal(exec.in));
            } else if (signal != 0) {
                const ControlRequest forward{.operation = Operation::signal,
                                             .signal = static_cast<std::uint32_t>(signal)};
                if (auto sent = send_frame(socket, emit_request(forward)); !sent) {
                    return fail(sent.error(), "the lab is gone");
                }
            }
        }
        if (ready[2].revents != 0) {
            output_open = relay_once(master, exec.out);
        }
        if (ready[3].revents != 0 && !relay_once(exec.in, master)) {
            input_open = false;
            (void)!::write(master, &end_of_file, 1);
        }
        if (ready[0].revents != 0) {
            const auto reply = receive_frame(socket, most_reply_bytes);
            if (!reply) {
                return tl::unexpected(reply.error());
            }
            if (!*reply) {
                return fail("the lab is gone: its supervisor ended");
            }
            const auto status = parse_number((*reply)->text);
            if (!status) {
                return tl::unexpected(status.error());
            }
            if (output_open) {
                drain(master, exec.out);
            }
            return static_cast<int>(*status);
        }
    }
}

} // namespace

Result<int> LabClient::exec(const ExecRequest& exec, bool forward_signals) {
    SignalDescriptor signals(forward_signals, exec.terminal);
    const std::array<int, 3> standard = {exec.in, exec.out, exec.err};
    const auto descriptors = exec.terminal ? std::span<const int>() : std::span<const int>(standard);
    if (auto sent = send_frame(fd_.get(), emit_request(request_of(exec)), descriptors); !sent) {
        return fail(sent.error(), "the lab is gone");
    }
    auto started = receive_frame(fd_.get(), most_reply_bytes);
    if (!started) {
        return tl::unexpected(started.error());
    }
    if (!*started) {
        return fail("the lab is gone: its supervisor ended");
    }
    if (auto done = parse_done((*started)->text); !done) {
        return tl::unexpected(done.error());
    }
    if (exec.terminal != ((*started)->descriptors.size() == 1)) {
        return fail("exec: the supervisor and this program disagree about a terminal");
    }
    const int master = exec.terminal ? (*started)->descriptors.front().get() : -1;
    return attend(fd_.get(), exec, master, signals);
}

} // namespace fulcrum::netns
