// Services with everything they name looked up: the SEs that carry them, the servers behind them and the
// address of each server they are asked on. Points into a Network, which must outlive it.
#pragma once

#include <unordered_map>
#include <vector>

#include "designer/plan/topology.h"

namespace fulcrum::designer {

// A server in a pool of a service.
struct ServerUse {
    const Pool* pool = nullptr;
    const PoolMember* member = nullptr;
    const Station* server = nullptr;
    const Interface* interface =
        nullptr; // holds `address`; none when the address is on none of the server's links
    std::optional<IpAddress> address; // the member's, else the server's nearest to the SE; none: it has none
};

struct Carried {
    const Service* service = nullptr;
    const Group* group = nullptr;        // none: names no group
    std::vector<const Station*> members; // SEs of the group, the active one first
    std::vector<const Pool*> pools;      // its own, then those of its content rules
    std::vector<ServerUse> servers;      // of all pools; nodes that are not servers are left out
    const Net* vip_net = nullptr;        // a net of the members, in the service's VRF, that holds the VIP

    // Whether the SE is where the VIP is asked for: on its segment, or, when it is not asked for by ARP,
    // anywhere in its zone.
    bool can_answer(const Station& se) const;
    const Station* active() const { return members.empty() ? nullptr : members.front(); }
    bool is_in_line() const { return service->mode == Mode::in_line; }
    bool is_l2_dsr() const { return service->mode == Mode::l2_dsr; }
    bool is_l3_dsr() const { return service->mode == Mode::l3_dsr_ipip || service->mode == Mode::l3_dsr_gre; }
    bool is_dsr() const { return is_l2_dsr() || is_l3_dsr(); }
};

class ServiceMap {
public:
    explicit ServiceMap(const Network& network);

    const std::vector<Carried>& services() const { return services_; }
    // The services a server works for, or an SE is a member for, in document order.
    const std::vector<const Carried*>& of(const Station& station) const;
    // The groups an SE is a member of, in document order.
    std::vector<const Group*> groups_of(const Station& se) const;
    // The first of any of its groups: owns VIPs and floating addresses until failover moves them. An SE
    // without a group counts as active: nothing waits for it.
    bool is_active(const Station& se) const;
    // The address the group answers on in a net: its floating address, else the active member's own. None: it
    // has neither there.
    std::optional<IpAddress> address_on(const Group& group, const Net& net) const;
    std::optional<IpAddress> floating_on(const Group& group, const Net& net) const;

private:
    Carried look_up(const Service& service) const;
    std::optional<IpAddress> nearest_address(const Carried& carried, const Station& server,
                                             const Interface*& found) const;

    const Network& network_;
    std::vector<Carried> services_;
    std::unordered_map<const Station*, std::vector<const Carried*>> by_station_;
    std::unordered_map<const Station*, std::vector<const Group*>> groups_by_station_;
};

// The port a server is asked on for a service port: the member's own, else the translated one, else the same.
std::uint16_t asked_port(const ServerUse& use, const PortRule& rule);

// "vip1 (10.1.1.100)"
std::string service_text(const Service& service);

} // namespace fulcrum::designer
