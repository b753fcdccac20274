// The packets that the services of a drawing need carried, leg by leg: the request to the SE, on to a server,
// and the answer back (SPEC sections 1 and 3). The route table says with them what each route is for, and the
// checks say where the routes of a drawing break one.
#pragma once

#include "designer/plan/routing.h"

namespace fulcrum::designer {

enum class LegKind {
    request,           // client → VIP
    to_server,         // SE → server
    answer_to_se,      // server → the SE's own or SNAT address: full proxy, and health probes of every mode
    answer_through_se, // server → client, across the SE: in-line
    answer_past_se,    // server → client: DSR
    se_answer,         // SE → client
    ping_answer, // SE → client, of the VIP, to whoever handed the ping on: in L2 DSR all it says to clients
    server_starts,    // server → client, of its own accord: in-line, where the SE is its router
    standby_forwards, // the same from an SE that stands by, which will be that router
    answer_to_server, // client → server, the answer to that
};

struct Leg {
    LegKind kind = LegKind::request;
    const Carried* carried = nullptr;
    const Station* from = nullptr;
    const Station* to = nullptr;
    IpAddress source, destination;
    // Auto gateway: handed straight to this neighbour's interface; null: by the sender's routes.
    const Interface* handed_to = nullptr;

    // A service does not work without it; the others carry what comes on top (pings, what servers start).
    bool is_vital() const;
    // "answers of server1 to se1 for vip1 (10.1.1.100)"
    std::string text() const;
};

// The legs that these routes carry. Every server has one for one client at least, every client one for its
// request; servers in one subnet share the rest, as do clients in one subnet. Legs that need another one
// first (an answer needs its request) stand behind it. At most 64 subnets of clients count: more tell nothing
// new about the routes.
std::vector<Leg> legs_of(const Network& network, const ServiceMap& services, const Routing& routing);

Trace follow(const Routing& routing, const Leg& leg, const RouteEntry* without = nullptr);
// It ends where it should; of an in-line answer: it comes to an SE of the group, which takes care of the
// rest.
bool is_carried(const Leg& leg, const Trace& trace);

// The first station that decides otherwise than on the way that works, or where the packet stops on it.
const Station& first_break(const Trace& works, const Trace& breaks);
// "requests of client1 for vip1 (10.1.1.100) stop at router1, which has no route to 10.1.1.100": the first
// hop where a leg breaks.
std::string break_text(const Leg& leg, const Trace& works, const Trace& breaks);
// "server1 → router1 → client1"
std::string path_text(const Trace& trace);

// "has no route to it", "does not forward", …: what stopped a trace at its last station.
std::string_view stopped_by(Trace::End end);

} // namespace fulcrum::designer
