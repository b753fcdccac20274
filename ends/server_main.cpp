// fulcrum-server: what a server node of a lab runs unless told otherwise.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "ends/proxy_header.h"
#include "ends/server.h"
#include "engine/base/unique_fd.h"

namespace {

// One byte to FULCRUM_READY_FD says that connections are accepted from now on.
void signal_ready() {
    const char* text = std::getenv("FULCRUM_READY_FD");
    if (text == nullptr) {
        return;
    }
    const int fd = std::atoi(text);
    if (fd > 2) {
        [[maybe_unused]] const auto written = ::write(fd, "1", 1);
        ::close(fd);
    }
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app{"Answers HTTP/1.1 on TCP ports and echoes on UDP ports.\n"
                 "GET / describes the request as JSON; /bytes/N, /echo, /status/N, /delay/MS."};
    app.name("fulcrum-server");
    fulcrum::ends::ServerOptions options;
    app.add_option("--name", options.name, "told to clients; the hostname when not given");
    app.add_option("--tcp", options.tcp_ports, "ports, separated by commas")
        ->delimiter(',')
        ->check(CLI::Range(1, 65535));
    app.add_option("--udp", options.udp_ports, "ports, separated by commas")
        ->delimiter(',')
        ->check(CLI::Range(1, 65535));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (options.tcp_ports.empty() && options.udp_ports.empty()) {
        fmt::print(stderr, "fulcrum-server: nothing to listen on: give --tcp PORT or --udp PORT\n");
        return 2;
    }
    if (options.name.empty()) {
        char host[256] = {};
        ::gethostname(host, sizeof host - 1);
        options.name = host;
    }
    for (const char c : options.name) {
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) { // it goes into a header line
            fmt::print(stderr, "fulcrum-server: --name: no space or control byte may be in it\n");
            return 2;
        }
    }
    auto server = fulcrum::ends::Server::open(options);
    if (!server) {
        fmt::print(stderr, "fulcrum-server: {}\n", server.error().message);
        return 1;
    }
    sigset_t ending;
    ::sigemptyset(&ending);
    ::sigaddset(&ending, SIGINT);
    ::sigaddset(&ending, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &ending, nullptr);
    const fulcrum::UniqueFd stop(::signalfd(-1, &ending, SFD_CLOEXEC));
    server->stop_when_readable(stop.get());
    signal_ready();
    if (const auto ran = server->run(); !ran) {
        fmt::print(stderr, "fulcrum-server: {}\n", ran.error().message);
        return 1;
    }
    return 0;
}
