// fulcrum-load: a closed loop of requests from inside a node.
#include <CLI/CLI.hpp>
#include <csignal>
#include <fmt/format.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "ends/load_run.h"
#include "engine/base/unique_fd.h"

int main(int argc, char** argv) {
    using namespace fulcrum::ends;
    CLI::App app{
        "Sends requests to URL over N connections, each as soon as the last one is answered, and reports\n"
        "rates, latencies, errors and which server answered how often."};
    app.name("fulcrum-load");
    std::string url;
    LoadOptions options;
    double seconds = 0;
    double timeout = 0;
    bool udp = false;
    bool json = false;
    bool new_connections = false;
    app.add_option("URL", url, "http://HOST[:PORT][/path] or udp://HOST:PORT")->required();
    app.add_option("-c,--connections", options.connections, "connections at once (10)")
        ->check(CLI::Range(1, 100'000));
    constexpr std::uint64_t most_requests = 1'000'000'000'000; // months of them
    auto* requests = app.add_option("-n,--requests", options.requests, "requests in all (1000 without -d)")
                         ->check(CLI::Range(std::uint64_t{1}, most_requests));
    auto* duration = app.add_option("-d,--duration", seconds, "seconds")->check(CLI::PositiveNumber);
    app.add_option("--timeout", timeout, "seconds until a request has failed (10; UDP 1)")
        ->check(CLI::PositiveNumber);
    app.add_flag("--no-keepalive", new_connections, "a new connection for every request");
    app.add_flag("--proxy-header", options.proxy_header,
                 "open each TCP connection with a PROXY header (version 1), as a balancer in front would");
    app.add_flag("--udp", udp, "datagrams to the built-in echo instead of HTTP");
    app.add_flag("--json", json, "one JSON document on standard output");
    app.add_option("--answers", options.keep_answers, "also report the first N answers in the JSON")
        ->check(CLI::Range(0, 10'000));
    app.failure_message([](const CLI::App*, const CLI::Error& error) {
        return fmt::format("fulcrum-load: {}; --help explains the options\n", error.what());
    });
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    const auto parsed = parse_url(url);
    if (!parsed) {
        fmt::print(stderr, "fulcrum-load: {}\n", parsed.error().message);
        return 2;
    }
    options.url = *parsed;
    options.url.udp = options.url.udp || udp;
    options.keep_alive = !new_connections;
    if (timeout <= 0) {
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

    // Ctrl-C ends the run and reports what there is.
    sigset_t stopping;
    ::sigemptyset(&stopping);
    ::sigaddset(&stopping, SIGINT);
    ::sigaddset(&stopping, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &stopping, nullptr);
    const fulcrum::UniqueFd stop(::signalfd(-1, &stopping, SFD_CLOEXEC));
    options.stop_fd = stop.get();

    const bool watched = ::isatty(STDERR_FILENO) == 1;
    if (watched) {
        options.progress = [](const LoadReport& report) {
            fmt::print(stderr, "\r\033[K{:.1f} s  {} requests  {:.0f}/s  {} errors",
                       static_cast<double>(report.elapsed.count()) / 1e9, report.requests,
                       report.requests_per_second(), report.failed());
        };
    }
    const auto report = run_load(options);
    if (watched) {
        fmt::print(stderr, "\r\033[K");
    }
    if (!report) {
        fmt::print(stderr, "fulcrum-load: {}\n", report.error().message);
        return report.error().kind == fulcrum::ErrorKind::bad_input ? 2 : 1;
    }
    fmt::print("{}", json ? emit_json(*report) : emit_text(*report));
    return report->requests > 0 ? 0 : 1;
}
