#include "netns/lab_client.h"

#include <cerrno>
#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>

#include "netns/control_message.h"
#include "netns/control_socket.h"
#include "netns/frame.h"

namespace fulcrum::netns {

namespace {

constexpr int longest_end_ms = 10'000;
// As text inside a request it grows: quotes are escaped.
constexpr std::size_t most_plan_bytes = most_request_bytes / 2;

Result<Frame> call(int socket, const ControlRequest& request) {
    if (auto sent = send_frame(socket, emit_request(request)); !sent) {
        return fail(sent.error(), "the lab is gone");
    }
    auto reply = receive_frame(socket, most_reply_bytes);
    if (!reply) {
        return tl::unexpected(reply.error());
    }
    if (!*reply) {
        return fail("the lab is gone: its supervisor ended");
    }
    return std::move(**reply);
}

Result<> call_done(int socket, const ControlRequest& request) {
    const auto reply = call(socket, request);
    if (!reply) {
        return tl::unexpected(reply.error());
    }
    return parse_done(reply->text);
}

} // namespace

Result<LabClient> LabClient::connect(const std::string& lab) {
    if (!is_lab_name(lab)) {
        return bad_input(fmt::format("lab \"{}\": no lab can have this name (\"fulcrum ps\" lists those that "
                                     "run)",
                                     lab));
    }
    const std::string name = control_socket_name(::geteuid(), lab);
    auto socket = connect_to_socket(name);
    if (!socket) {
        return fail(fmt::format("lab {}: does not run (\"fulcrum ps\" lists those that do)", lab));
    }
    const auto peer = peer_of(socket->get());
    if (!peer) {
        return fail(peer.error(), fmt::format("lab {}", lab));
    }
    if (peer->uid != ::geteuid()) {
        return fail(fmt::format("lab {}: its socket belongs to user {}, not to you", lab, peer->uid));
    }
    return LabClient(std::move(*socket));
}

Result<LabStatus> LabClient::status() {
    const auto reply = call(fd_.get(), {.operation = Operation::status});
    if (!reply) {
        return tl::unexpected(reply.error());
    }
    auto status = parse_status(reply->text);
    if (status) {
        if (const auto peer = peer_of(fd_.get())) {
            status->supervisor_pid = peer->pid; // the supervisor itself only knows that it is process 1
        }
    }
    return status;
}

Result<std::string> LabClient::document() {
    const auto reply = call(fd_.get(), {.operation = Operation::document});
    return reply ? parse_text(reply->text) : tl::unexpected(reply.error());
}

Result<LabPlan> LabClient::plan() {
    const auto reply = call(fd_.get(), {.operation = Operation::plan});
    const auto text = reply ? parse_text(reply->text) : tl::unexpected(reply.error());
    if (!text) {
        return tl::unexpected(text.error());
    }
    return parse_lab_plan(*text);
}

Result<std::vector<InterfaceStatus>> LabClient::interfaces() {
    const auto reply = call(fd_.get(), {.operation = Operation::interfaces});
    return reply ? parse_interfaces(reply->text) : tl::unexpected(reply.error());
}

Result<UniqueFd> LabClient::dial(const std::string& node, const std::string& abstract_name) {
    auto reply = call(fd_.get(), {.operation = Operation::dial, .node = node, .name = abstract_name});
    if (!reply) {
        return tl::unexpected(reply.error());
    }
    if (auto done = parse_done(reply->text); !done) {
        return tl::unexpected(done.error());
    }
    if (reply->descriptors.size() != 1) {
        return fail("dial: the supervisor sent no socket");
    }
    return std::move(reply->descriptors.front());
}

Result<LabClient::Tap> LabClient::open_tap(const std::string& node, const std::string& interface) {
    auto reply = call(fd_.get(), {.operation = Operation::open_tap, .node = node, .interface = interface});
    if (!reply) {
        return tl::unexpected(reply.error());
    }
    const auto index = parse_number(reply->text);
    if (!index) {
        return tl::unexpected(index.error());
    }
    if (reply->descriptors.size() != 1) {
        return fail("tap: the supervisor sent no socket");
    }
    return Tap{std::move(reply->descriptors.front()), static_cast<int>(*index)};
}

Result<UniqueFd> LabClient::open_socket(const std::string& node) {
    auto reply = call(fd_.get(), {.operation = Operation::open_socket, .node = node});
    if (!reply) {
        return tl::unexpected(reply.error());
    }
    if (auto done = parse_done(reply->text); !done) {
        return tl::unexpected(done.error());
    }
    if (reply->descriptors.size() != 1) {
        return fail("socket: the supervisor sent none");
    }
    return std::move(reply->descriptors.front());
}

Result<> LabClient::start_node(const std::string& node) {
    return call_done(fd_.get(), {.operation = Operation::start, .node = node});
}

Result<> LabClient::stop_node(const std::string& node) {
    return call_done(fd_.get(), {.operation = Operation::stop, .node = node});
}

Result<> LabClient::kill_node(const std::string& node) {
    return call_done(fd_.get(), {.operation = Operation::kill, .node = node});
}

Result<> LabClient::set_link(const std::string& node, const std::string& interface, bool up) {
    return call_done(fd_.get(),
                     {.operation = Operation::link, .node = node, .interface = interface, .up = up});
}

Result<LinkStatus> LabClient::link(const std::string& node, const std::string& interface) {
    const auto reply =
        call(fd_.get(), {.operation = Operation::link_status, .node = node, .interface = interface});
    return reply ? parse_link_status(reply->text) : tl::unexpected(reply.error());
}

Result<> LabClient::impair(const std::string& node, const std::string& interface, const LinkFaults& out,
                           const LinkFaults& in, bool reseed) {
    return call_done(fd_.get(), {.operation = Operation::impair,
                                 .node = node,
                                 .interface = interface,
                                 .out = out,
                                 .in = in,
                                 .reseed = reseed});
}

Result<std::vector<std::string>> LabClient::apply(const LabPlan& plan, const std::vector<std::string>& told) {
    const ControlRequest request{.operation = Operation::apply, .plan = emit_lab_plan(plan), .told = told};
    if (request.plan.size() > most_plan_bytes) {
        return bad_input(fmt::format("the plan has {} bytes; a running lab takes {}", request.plan.size(),
                                     most_plan_bytes));
    }
    const auto reply = call(fd_.get(), request);
    return reply ? parse_failures(reply->text) : tl::unexpected(reply.error());
}

Result<> LabClient::down() {
    UniqueFd process;
    if (const auto peer = peer_of(fd_.get()); peer && peer->pid > 0) {
        process = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, peer->pid, 0U)));
    }
    const auto outcome = call_done(fd_.get(), {.operation = Operation::down});
    // The last word said, the supervisor ends, and its namespaces with it; only then the lab is gone.
    if (process) {
        pollfd ended{process.get(), POLLIN, 0};
        while (::poll(&ended, 1, longest_end_ms) < 0 && errno == EINTR) {
        }
    }
    return outcome;
}

Result<std::string> LabClient::process_log(const std::string& node, const std::string& process) {
    const auto reply = call(fd_.get(), {.operation = Operation::log, .node = node, .name = process});
    return reply ? parse_text(reply->text) : tl::unexpected(reply.error());
}

Result<std::vector<LabEvent>> LabClient::events(std::uint64_t& cursor, int wait_ms) {
    const auto reply = call(fd_.get(), {.operation = Operation::events,
                                        .cursor = cursor,
                                        .wait_ms = static_cast<std::uint32_t>(wait_ms > 0 ? wait_ms : 0)});
    return reply ? parse_events(reply->text, cursor) : tl::unexpected(reply.error());
}

} // namespace fulcrum::netns
