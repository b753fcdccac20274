// What a flow log says about who worked for whom, and when. Internal to this folder.
#pragma once

#include <map>

#include "capture/ladder/ladder.h"

namespace fulcrum::capture {

class FlowLog {
public:
    explicit FlowLog(const std::vector<FlowFact>& flows);

    using Ends = std::pair<Socket, Socket>;
    using Lines = std::vector<const FlowFact*>;
    // Of a connection, the line that ends first in front.
    struct Entry {
        Lines lines;
        std::size_t networks = 0; // that have a connection of those addresses
    };
    const Entry& of_front(const Ends& ends) const { return find(fronts_, ends); } // client to VIP
    const Entry& of_back(const Ends& ends) const { return find(backs_, ends); }   // balancer to server

    // The client's connection was open then, give or take `slack_ns`.
    static bool covers(const FlowFact& flow, bool is_udp, std::int64_t time_ns, std::int64_t slack_ns);

    // Whose turn it was at that time: a connection works for another until the end of that line, then for the
    // next. An end that is told may be `early_ns` before the real one, and `late_ns` behind it. Several lines
    // when that leaves it open, or when several networks have such a connection.
    static Lines turns(const Entry& connection, bool is_udp, std::int64_t time_ns, std::int64_t early_ns,
                       std::int64_t late_ns);

    // The two connections worked for each other and for nobody else: all that is known of either names the
    // other. What goes in at one comes out of the other in order.
    bool dedicated(const Ends& front, const Ends& back) const;

private:
    using Map = std::map<Ends, Entry>;
    static const Entry& find(const Map& map, const Ends& ends);
    Map fronts_, backs_;
};

} // namespace fulcrum::capture
