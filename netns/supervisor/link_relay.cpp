#include "netns/supervisor/link_relay.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

namespace fulcrum::netns {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_answer{5'000};
// So many deaths within such a time, and it is not started again.
constexpr std::size_t most_deaths = 3;
constexpr milliseconds death_window{10'000};

} // namespace

LinkRelay::LinkRelay(RelayPlan plan, LabServices services)
    : plan_(std::move(plan)), services_(services), output_(services.loop) {}

LinkRelay::~LinkRelay() {
    for (const Waiting& waiting : waiting_) {
        services_.loop.cancel(waiting.timer);
    }
    hang_up(); // which ends the process
}

void LinkRelay::retire() {
    death_expected_ = true;
    hang_up();
}

void LinkRelay::hang_up() {
    if (control_) {
        services_.loop.forget(control_.get());
        control_.reset();
    }
}

void LinkRelay::set(const LinkFaults& a_to_b, const LinkFaults& b_to_a, bool reseed, Answer answer) {
    a_to_b_ = a_to_b;
    b_to_a_ = b_to_a;
    if (!runs()) {
        deaths_.clear();
        if (auto started = start(); !started) {
            broken_ = started.error().message;
            answer(fail(started.error(), plan_.what));
            return;
        }
        reseed = true;
    }
    ask({true, a_to_b_, b_to_a_, reseed}, std::move(answer));
}

void LinkRelay::ask_counters(Answer answer) {
    if (!runs()) {
        answer(fail(fmt::format("{}: its process does not run", plan_.what)));
        return;
    }
    ask({}, std::move(answer));
}

Result<> LinkRelay::start() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        return fail_errno("make a control socket");
    }
    UniqueFd ours(ends[0]);
    const UniqueFd theirs(ends[1]);
    // It waits for its first request, and answers as it is asked.
    ::fcntl(theirs.get(), F_SETFL, 0);
    const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const UniqueFd mounts(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
    if (!nothing || !mounts) {
        return fail_errno("start a link process");
    }
    auto output = output_.open();
    if (!output) {
        return tl::unexpected(output.error());
    }
    Spawn spawn;
    spawn.node = plan_.what;
    spawn.net_fd = services_.network.fabric_net_fd();
    spawn.uts_fd = services_.network.fabric_uts_fd();
    spawn.mount_fd = mounts.get();
    spawn.argv = {"fulcrum-link", plan_.a_interface, plan_.b_interface};
    spawn.own_programs_first = true;
    spawn.in = nothing.get();
    spawn.out = spawn.err = output->get();
    spawn.inherited = theirs.get();
    if (auto watched = services_.loop.watch(ours.get(), [this] { spoke(); }); !watched) {
        return watched;
    }
    control_ = std::move(ours);
    auto pid = services_.processes.spawn(spawn, [this](ExitStatus status) { ended(status); });
    if (!pid) {
        hang_up();
        return tl::unexpected(pid.error());
    }
    pid_ = *pid;
    broken_.clear();
    return {};
}

void LinkRelay::ask(const LinkRequest& request, Answer answer) {
    const std::string text = emit_link_request(request);
    if (::send(control_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        answer(fail_errno(fmt::format("{}: its process does not listen", plan_.what)));
        return;
    }
    const auto timer = services_.loop.after(longest_answer, [this] {
        fail_waiting(fmt::format("its process does not answer within {} s", longest_answer.count() / 1000));
    });
    waiting_.push_back({std::move(answer), timer});
}

void LinkRelay::spoke() {
    std::array<char, most_link_message_bytes> text;
    for (;;) {
        const ssize_t size = ::recv(control_.get(), text.data(), text.size(), MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (size <= 0) {
            hang_up(); // it has ended, or is about to; ended() says how
            return;
        }
        if (waiting_.empty()) {
            continue; // an answer that came too late
        }
        const Waiting waiting = std::move(waiting_.front());
        waiting_.pop_front();
        services_.loop.cancel(waiting.timer);
        waiting.answer(parse_link_report({text.data(), static_cast<std::size_t>(size)}));
        if (!control_) {
            return;
        }
    }
}

void LinkRelay::fail_waiting(const std::string& why) {
    for (const Waiting& waiting : std::exchange(waiting_, {})) {
        services_.loop.cancel(waiting.timer);
        waiting.answer(fail(fmt::format("{}: {}", plan_.what, why)));
    }
}

// A wire does not break because a process does: another takes its place, with the same faults.
void LinkRelay::ended(ExitStatus status) {
    pid_ = 0;
    hang_up();
    output_.drain();
    std::string why = fmt::format("its process {}", status.text());
    if (const std::string last = output_.last_line(); !last.empty()) {
        why += ": " + last;
    }
    fail_waiting(why);
    if (death_expected_) {
        return;
    }
    const Instant now = monotonic_now();
    deaths_.push_back(now);
    if (deaths_.size() > most_deaths) {
        deaths_.pop_front();
    }
    const bool too_often = deaths_.size() == most_deaths && now - deaths_.front() < death_window;
    if (too_often) {
        broken_ = why;
        services_.events.add(plan_.a.node, fmt::format("{}: broken: {}, {} times in a short while",
                                                       plan_.what, why, most_deaths));
        return;
    }
    if (auto started = start(); !started) {
        broken_ = started.error().message;
        services_.events.add(plan_.a.node, fmt::format("{}: broken: {}; and not to be started again: {}",
                                                       plan_.what, why, broken_));
        return;
    }
    services_.events.add(plan_.a.node, fmt::format("{}: {}; started again", plan_.what, why));
    ask({true, a_to_b_, b_to_a_, true}, [](const Result<LinkReport>&) {});
}

} // namespace fulcrum::netns
