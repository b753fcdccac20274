#include "engine/balance/tcp_tracker.h"

#include <algorithm>

#include "engine/wire/tcp.h"

namespace fulcrum::balance {

using engine::FlowState;
namespace flag = wire::tcp_flag;

namespace {

constexpr std::uint8_t client_finished = 1;
constexpr std::uint8_t server_finished = 2;
constexpr std::uint8_t server_answered = 4;

bool sees_server(const FlowRecord& flow) {
    return flow.keys[1].is_set();
}

FlowState state_by_seen(const FlowRecord& flow) {
    const std::uint8_t both = client_finished | server_finished;
    if ((flow.seen & both) == both) {
        return FlowState::closed;
    }
    return (flow.seen & both) != 0 ? FlowState::closing : FlowState::established;
}

} // namespace

void track_tcp(FlowRecord& flow, Direction direction, std::uint8_t flags) {
    if ((flags & flag::rst) != 0) {
        flow.state = FlowState::reset;
        return;
    }
    const bool from_client = direction == Direction::in;
    if (!from_client) {
        flow.seen |= server_answered;
    }
    if ((flags & flag::syn) != 0) {
        return;
    }
    if ((flags & flag::fin) != 0) {
        flow.seen |= from_client ? client_finished : server_finished;
    }
    const bool answered = !sees_server(flow) || (flow.seen & server_answered) != 0;
    if (flow.state == FlowState::opening && (!from_client || !answered)) {
        return;
    }
    flow.state = state_by_seen(flow);
}

bool starts_anew(const FlowRecord& flow, Direction direction, std::uint8_t flags) {
    if (direction != Direction::in || (flags & (flag::syn | flag::ack | flag::rst)) != flag::syn) {
        return false;
    }
    return flow.is_over() || (flow.seen & client_finished) != 0;
}

Duration tcp_timeout(const FlowRecord& flow, Duration idle, const TcpTimeouts& timeouts) {
    switch (flow.state) {
    case FlowState::opening:
        return std::min(timeouts.opening, idle);
    case FlowState::established:
        return idle;
    case FlowState::closing:
        return std::min(sees_server(flow) ? timeouts.closing : timeouts.closing_unseen, idle);
    case FlowState::reset:
        return timeouts.reset;
    case FlowState::closed:
    case FlowState::timed_out:
        break;
    }
    return timeouts.closed;
}

} // namespace fulcrum::balance
