// What state a balanced TCP connection is in, told from the flags that pass. Much less than a TCP: sequence
// numbers are not looked at, because in DSR one direction is never seen, and because the ends check them
// anyway.
#pragma once

#include "engine/balance/flow_record.h"
#include "engine/base/clock.h"

namespace fulcrum::balance {

// How long a flow without packets is kept, by state; `established` is the service's own idle time-out.
struct TcpTimeouts {
    Duration opening = std::chrono::seconds(10); // a client repeats its SYN within 7 s
    Duration closing = std::chrono::seconds(60); // one side has finished
    Duration closing_unseen =
        std::chrono::seconds(10);              // the client has finished; the server is never seen (DSR)
    Duration closed = std::chrono::seconds(2); // both have: last acknowledgements and repeated FINs pass
    Duration reset = std::chrono::seconds(2);
};

// Moves the flow's state on by one segment. `flags`: wire::tcp_flag.
//
//   opening     a SYN came, or a segment of a connection from before this engine's time
//   established the client goes on after the server has answered (in DSR, where no answer is seen: when
//               the client goes on)
//   closing     one side has sent FIN
//   closed      both have
//   reset       an RST passed. A later segment without RST takes this back: an RST that the ends
//               ignore, because its sequence number was forged, must not end the flow here either
void track_tcp(FlowRecord& flow, Direction direction, std::uint8_t flags);

// True for a SYN that starts a new connection with the endpoints of an old one.
bool starts_anew(const FlowRecord& flow, Direction direction, std::uint8_t flags);

Duration tcp_timeout(const FlowRecord& flow, Duration idle, const TcpTimeouts& timeouts = {});

} // namespace fulcrum::balance
