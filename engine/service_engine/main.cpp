// fulcrum-se: one service engine as a process. The configuration comes as JSON on standard input, the
// interfaces are those of the network namespace it is started in, reports and changes go over the control
// socket (control_server.h).
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <fmt/format.h>

#include "engine/control/client.h"
#include "engine/control/control_server.h"
#include "engine/device/af_packet_device.h"
#include "engine/service_engine/engine_loop.h"
#include "engine/service_engine/service_engine.h"

namespace fulcrum::engine {
namespace {

constexpr std::size_t max_config_bytes = 16U << 20;

constexpr const char* usage = "usage: fulcrum-se [--check] < CONFIG.json\n"
                              "  --check  validate the configuration and exit: 0 good, 2 not\n";

Result<std::string> read_standard_input() {
    std::string out;
    std::array<char, 65536> chunk;
    for (;;) {
        const ssize_t n = ::read(STDIN_FILENO, chunk.data(), chunk.size());
        if (n == 0) {
            return out;
        }
        if (n < 0 && errno != EINTR) {
            return fail_errno("read the configuration");
        }
        out.append(chunk.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
        if (out.size() > max_config_bytes) {
            return bad_input(fmt::format("configuration: longer than {} bytes", max_config_bytes));
        }
    }
}

Result<EngineConfig> read_config() {
    const auto text = read_standard_input();
    if (!text) {
        return tl::unexpected(text.error());
    }
    auto config = parse_config(*text);
    if (!config) {
        return fail(config.error(), "configuration");
    }
    return config;
}

Result<EngineSecrets> make_secrets() {
    EngineSecrets out;
    std::uint64_t random[5];
    if (::getrandom(random, sizeof(random), 0) != static_cast<ssize_t>(sizeof(random))) {
        return fail_errno("get random numbers");
    }
    out.hasher = {random[0], random[1]};
    out.probe_seed = random[2];
    out.proxy = {random[3], random[4]};
    const auto wall =
        std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch());
    out.wall_offset_ns = (wall - monotonic_now().time_since_epoch()).count();
    return out;
}

Result<std::unique_ptr<device::PacketDevice>> open_interface(const std::string& name) {
    auto device = device::AfPacketDevice::open(name);
    if (!device) {
        return fail(device.error(), "interface " + name);
    }
    return std::unique_ptr<device::PacketDevice>(std::move(*device));
}

// The descriptor that the environment names, or none.
UniqueFd ready_descriptor() {
    const char* text = std::getenv("FULCRUM_READY_FD");
    if (text == nullptr) {
        return UniqueFd();
    }
    int fd = -1;
    const auto [end, error] = std::from_chars(text, text + std::strlen(text), fd);
    return UniqueFd(error == std::errc{} && *end == '\0' ? fd : -1);
}

// SIGTERM and SIGINT as a descriptor; a reader of our output that goes away must not kill us.
Result<UniqueFd> stop_descriptor() {
    ::signal(SIGPIPE, SIG_IGN);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    UniqueFd fd(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!fd) {
        return fail_errno("watch for signals");
    }
    return fd;
}

Result<> serve(EngineConfig config) {
    const std::string phrase = "engine " + config.name;
    auto stop = stop_descriptor();
    if (!stop) {
        return fail(stop.error(), phrase);
    }
    const auto secrets = make_secrets();
    if (!secrets) {
        return fail(secrets.error(), phrase);
    }
    auto control = ControlServer::listen(control_socket_name);
    if (!control) {
        return fail(control.error(), phrase);
    }
    auto engine = ServiceEngine::create(std::move(config), open_interface, *secrets, monotonic_now());
    if (!engine) {
        return fail(engine.error(), phrase);
    }
    const auto ended = EngineLoop(**engine, *control, stop->get(), ready_descriptor()).run();
    return ended ? ended : fail(ended.error(), phrase);
}

int exit_code(const Error& error) {
    fmt::print(stderr, "fulcrum-se: {}\n", error.message);
    return error.kind == ErrorKind::bad_input ? 2 : 1;
}

int run(int argc, char** argv) {
    bool check_only = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--help") {
            std::fputs(usage, stdout);
            return 0;
        }
        if (argument != "--check") {
            fmt::print(stderr, "fulcrum-se: unknown argument '{}'; try --help\n", argument);
            return 2;
        }
        check_only = true;
    }
    auto config = read_config();
    if (!config) {
        return exit_code(config.error());
    }
    if (check_only) {
        return 0;
    }
    const auto served = serve(std::move(*config));
    return served ? 0 : exit_code(served.error());
}

} // namespace
} // namespace fulcrum::engine

int main(int argc, char** argv) {
    return fulcrum::engine::run(argc, argv);
}
