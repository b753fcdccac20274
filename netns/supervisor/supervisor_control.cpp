// What the supervisor answers on its control socket.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fmt/format.h>
#include <sys/socket.h>

#include "netns/control_socket.h"
#include "netns/supervisor/supervisor.h"
#include "netns/supervisor/terminal.h"

namespace fulcrum::netns {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds accept_pause{100};      // when no descriptor is left for another client
constexpr milliseconds hangup_patience{2'000}; // between SIGHUP and SIGKILL when an exec's client has gone

} // namespace

void Supervisor::accept_clients() {
    for (;;) {
        UniqueFd socket(::accept4(control_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!socket) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
                events_.add_once("the limit of open files is reached: clients have to wait");
                loop_.forget(control_.get());
                loop_.after(accept_pause,
                            [this] { (void)loop_.watch(control_.get(), [this] { accept_clients(); }); });
            }
            return;
        }
        // Inside, whoever started the lab is user 0; a stranger is somebody else or not mapped at all.
        const auto peer = peer_of(socket.get());
        if (!peer || peer->uid != ::geteuid()) {
            continue;
        }
        auto session = ControlSession::make(
            loop_, std::move(socket),
            {[this](const Session& from, Frame frame) { received(from, std::move(frame)); },
             [this](const Session& from) { closed(from); }});
        if (session) {
            sessions_.push_back(std::move(*session));
        }
    }
}

void Supervisor::closed(const Session& session) {
    if (session->program > 0) {
        // Its group, so that a pipeline goes too; a daemon has left it and stays.
        const pid_t group = session->program;
        ::kill(-group, SIGHUP);
        ::kill(-group, SIGCONT);
        loop_.after(hangup_patience, [session, group] {
            if (session->program == group) {
                ::kill(-group, SIGKILL);
            }
        });
    }
    std::erase_if(waiting_for_events_, [&](const EventWaiter& waiter) {
        if (waiter.session == session) {
            loop_.cancel(waiter.timer);
        }
        return waiter.session == session;
    });
    std::erase(sessions_, session);
}

void Supervisor::received(const Session& session, Frame frame) {
    const auto request = parse_request(frame.text);
    if (!request) {
        session->send(emit_failure(request.error()));
        return;
    }
    if (request->operation == Operation::signal) {
        if (session->program > 0 && request->signal > 0) {
            ::kill(-session->program, static_cast<int>(request->signal));
        }
        return; // not answered: the program's end is the answer
    }
    if (session->busy) {
        session->send(emit_failure({"one request at a time", ErrorKind::bad_input}));
        return;
    }
    if (going_down_) {
        session->send(emit_failure({fmt::format("lab {} is going down", plan_.name)}));
        return;
    }
    if (application_ && request->operation != Operation::status && request->operation != Operation::events &&
        request->operation != Operation::down) {
        session->send(emit_failure({fmt::format("lab {} is being changed", plan_.name)}));
        return;
    }
    answer(session, *request, std::move(frame));
}

Result<std::size_t> Supervisor::find_node(const std::string& name) const {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i]->plan().name == name) {
            return i;
        }
    }
    return bad_input(fmt::format("lab {} has no node {}", plan_.name, name));
}

RunningNode::Done Supervisor::reply_when_done(const Session& session) {
    session->busy = true;
    return [session](const Result<>& outcome) {
        session->busy = false;
        session->send(outcome ? emit_done() : emit_failure(outcome.error()));
    };
}

void Supervisor::answer(const Session& session, const ControlRequest& request, Frame frame) {
    switch (request.operation) {
    case Operation::status:
        session->send(emit_status(status()));
        return;
    case Operation::document:
        session->send(emit_text(plan_.document));
        return;
    case Operation::plan:
        session->send(emit_text(emit_lab_plan(plan_)));
        return;
    case Operation::interfaces: {
        const auto all = network_->interfaces();
        session->send(all ? emit_interfaces(*all) : emit_failure(all.error()));
        return;
    }
    case Operation::events:
        send_events(session, request.cursor, request.wait_ms);
        return;
    case Operation::apply:
        apply(session, request);
        return;
    case Operation::down:
        session->busy = true;
        go_down(session);
        return;
    case Operation::signal:
        return; // was dealt with before
    default:
        break;
    }

    const auto node = find_node(request.node);
    if (!node) {
        session->send(emit_failure(node.error()));
        return;
    }
    switch (request.operation) {
    case Operation::start:
        nodes_[*node]->start(reply_when_done(session));
        return;
    case Operation::stop:
    case Operation::kill:
        nodes_[*node]->stop(request.operation == Operation::stop, reply_when_done(session));
        return;
    case Operation::link: {
        if (const std::string refusal = nodes_[*node]->refusal(); !refusal.empty()) {
            session->send(emit_failure({refusal}));
            return;
        }
        const auto set = network_->set_link(*node, request.interface, request.up);
        if (set) {
            events_.add(request.node, fmt::format("{} {}", request.interface, request.up ? "up" : "down"));
        }
        session->send(set ? emit_done() : emit_failure(set.error()));
        return;
    }
    case Operation::link_status:
        session->busy = true;
        relays_->show(*node, request.interface, [session](const Result<LinkStatus>& link) {
            session->busy = false;
            session->send(link ? emit_link_status(*link) : emit_failure(link.error()));
        });
        return;
    case Operation::impair:
        relays_->impair(*node, request.interface, request.out, request.in, request.reseed,
                        reply_when_done(session));
        return;
    case Operation::dial: {
        auto socket = network_->dial(*node, request.name);
        if (!socket) {
            session->send(emit_failure(socket.error().within(fmt::format("node {}", request.node))));
            return;
        }
        std::vector<UniqueFd> descriptors;
        descriptors.push_back(std::move(*socket));
        session->send(emit_done(), std::move(descriptors));
        return;
    }
    case Operation::open_socket: {
        auto socket = network_->open_socket(*node);
        if (!socket) {
            session->send(emit_failure(socket.error().within(fmt::format("node {}", request.node))));
            return;
        }
        std::vector<UniqueFd> descriptors;
        descriptors.push_back(std::move(*socket));
        session->send(emit_done(), std::move(descriptors));
        return;
    }
    case Operation::open_tap: {
        auto tap = network_->open_tap(*node, request.interface);
        if (!tap) {
            session->send(emit_failure(tap.error()));
            return;
        }
        std::vector<UniqueFd> descriptors;
        descriptors.push_back(std::move(tap->fd));
        session->send(emit_number(tap->interface_index), std::move(descriptors));
        return;
    }
    case Operation::log: {
        const auto log = nodes_[*node]->log_of(request.name);
        session->send(log ? emit_text(*log) : emit_failure(log.error()));
        return;
    }
    default:
        exec(session, request, std::move(frame));
        return;
    }
}

void Supervisor::exec(const Session& session, const ControlRequest& request, Frame frame) {
    RunningNode& node = *nodes_[*find_node(request.node)];
    if (const std::string refusal = node.refusal(); !refusal.empty()) {
        session->send(emit_failure({refusal}));
        return;
    }
    if (frame.descriptors.size() != (request.terminal ? 0U : 3U)) {
        session->send(
            emit_failure({"exec: three descriptors are needed, or a terminal", ErrorKind::bad_input}));
        return;
    }
    auto spawn = node.placement();
    if (!spawn) {
        session->send(emit_failure(spawn.error()));
        return;
    }
    spawn->argv = request.argv;
    spawn->environment = request.environment;
    spawn->directory = request.directory;
    spawn->directory_required = request.directory_required;
    Terminal terminal;
    if (request.terminal) {
        auto made = make_terminal(request.rows, request.columns);
        if (!made) {
            session->send(emit_failure(made.error()));
            return;
        }
        terminal = std::move(*made);
        spawn->terminal = terminal.slave.get();
    } else {
        spawn->in = frame.descriptors[0].get();
        spawn->out = frame.descriptors[1].get();
        spawn->err = frame.descriptors[2].get();
    }
    const auto pid = processes_->spawn(*spawn, [session](ExitStatus status) {
        session->program = 0;
        session->busy = false;
        session->send(emit_number(status.code()));
    });
    if (!pid) {
        session->send(emit_failure(pid.error()));
        return;
    }
    session->busy = true;
    session->program = *pid;
    std::vector<UniqueFd> descriptors;
    if (request.terminal) {
        descriptors.push_back(std::move(terminal.master));
    }
    session->send(emit_done(), std::move(descriptors));
}

void Supervisor::send_events(const Session& session, std::uint64_t cursor, std::uint32_t wait_ms) {
    if (events_.has_since(cursor) || wait_ms == 0) {
        const auto events = events_.since(cursor);
        session->send(emit_events(events, cursor));
        return;
    }
    session->busy = true;
    const auto timer = loop_.after(milliseconds(wait_ms), [this, session, cursor] {
        std::erase_if(waiting_for_events_,
                      [&](const EventWaiter& waiter) { return waiter.session == session; });
        session->busy = false;
        session->send(emit_events({}, cursor));
    });
    waiting_for_events_.push_back({session, cursor, timer});
}

void Supervisor::answer_waiting_for_events() {
    for (EventWaiter& waiter : std::exchange(waiting_for_events_, {})) {
        loop_.cancel(waiter.timer);
        waiter.session->busy = false;
        const auto events = events_.since(waiter.cursor);
        waiter.session->send(emit_events(events, waiter.cursor));
    }
}

} // namespace fulcrum::netns
