// fulcrum-load: a closed loop of requests from inside a node.
#include <CLI/CLI.hpp>
#include <csignal>
#include <fmt/format.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "ends/load_run.h"
#include "engine/base/unique_fd.h"

namespace {

using namespace fulcrum::ends;

struct Arguments {
    LoadOptions options;
    bool json = false;
};

// Seconds that a clock can add to now. "nan" is a number to some readers of them.
bool is_span(double seconds) {
    constexpr double longest_s = 366.0 * 24 * 3600;
    return seconds > 0 && seconds <= longest_s;
}

int refuse(const std::string& why) {
    fmt::print(stderr, "fulcrum-load: {}\n", why);
    return 2;
}

// What was asked for; else the exit code.
tl::expected<Arguments, int> read_arguments(int argc, char** argv) {
    CLI::App app{
        "Sends requests to URL over N connections, each as soon as the last one is answered, and reports\n"
        "rates, latencies, errors and which server answered how often."};
    app.name("fulcrum-load");
    Arguments out;
    LoadOptions& options = out.options;
    std::string url;
    double seconds = 0;
    double timeout = 0;
    bool udp = false;
    bool new_connections = false;
    app.add_option("URL", url, "http://HOST[:PORT][/path] or udp://HOST:PORT")->required();
    app.add_option("-c,--connections", options.connections, "connections at once (10)")
        ->check(CLI::Range(1, 100'000));
    constexpr std::uint64_t most_requests = 1'000'000'000'000; // months of them
    auto* requests = app.add_option("-n,--requests", options.requests, "requests in all (1000 without -d)")
                         ->check(CLI::Range(std::uint64_t{1}, most_requests));
    auto* duration = app.add_option("-d,--duration", seconds, "seconds");
    auto* patience = app.add_option("--timeout", timeout, "seconds until a request has failed (10; UDP 1)");
    app.add_flag("--no-keepalive", new_connections, "a new connection for every request");
    app.add_flag("--proxy-header", options.proxy_header,
                 "open each TCP connection with a PROXY header (version 1), as a balancer in front would");
    app.add_flag("--udp", udp, "datagrams to the built-in echo instead of HTTP");
    app.add_flag("--json", out.json, "one JSON document on standard output");
    app.add_option("--answers", options.keep_answers,
                   "also report the first N answers, and as many sockets without one, in the JSON")
        ->check(CLI::Range(0, 10'000));
    app.failure_message([](const CLI::App*, const CLI::Error& error) {
        return fmt::format("fulcrum-load: {}; --help explains the options\n", error.what());
    });
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return tl::unexpected(app.exit(error) == 0 ? 0 : 2);
    }
    const auto parsed = parse_url(url);
    if (!parsed) {
        return tl::unexpected(refuse(parsed.error().message));
    }
    if ((*duration && !is_span(seconds)) || (*patience && !is_span(timeout))) {
        return tl::unexpected(refuse("--duration and --timeout are seconds, more than 0 and at most a year"));
    }
    options.url = *parsed;
    options.url.udp = options.url.udp || udp;
    options.keep_alive = !new_connections;
    if (!*patience) {
        timeout = options.url.udp ? 1 : 10; // a datagram that is lost stays lost
    }
    options.timeout =
        std::chrono::milliseconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(timeout * 1000)));
    if (*duration) {
        options.duration = std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
        options.requests = *requests ? options.requests : 0;
    }
    if (options.requests != 0) {
        options.connections = std::min<std::size_t>(options.connections, options.requests);
    }
    return out;
}

void show_progress(const LoadReport& report) {
    fmt::print(stderr, "\r\033[K{:.1f} s  {} requests  {:.0f}/s  {} errors",
               static_cast<double>(report.elapsed.count()) / 1e9, report.requests,
               report.requests_per_second(), report.failed());
}

} // namespace

int main(int argc, char** argv) {
    auto arguments = read_arguments(argc, argv);
    if (!arguments) {
        return arguments.error();
    }
    // Ctrl-C ends the run and reports what there is.
    sigset_t stopping;
    ::sigemptyset(&stopping);
    ::sigaddset(&stopping, SIGINT);
    ::sigaddset(&stopping, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &stopping, nullptr);
    const fulcrum::UniqueFd stop(::signalfd(-1, &stopping, SFD_CLOEXEC));
    arguments->options.stop_fd = stop.get();
    const bool watched = ::isatty(STDERR_FILENO) == 1;
    if (watched) {
        arguments->options.progress = show_progress;
    }
    const auto report = run_load(arguments->options);
    if (watched) {
        fmt::print(stderr, "\r\033[K");
    }
    if (!report) {
        const int code = refuse(report.error().message);
        return report.error().kind == fulcrum::ErrorKind::bad_input ? code : 1;
    }
    fmt::print("{}", arguments->json ? emit_json(*report) : emit_text(*report));
    return report->requests > 0 ? 0 : 1;
}
