// Services and groups: whether a VIP has everything it needs to be placed and found.
#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "designer/checks/mend.h"
#include "designer/checks/rules.h"

namespace fulcrum::designer {

namespace {

void check_service_without_group(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        if (carried.group == nullptr) {
            findings.add({carried.service->id},
                         fmt::format("no group carries {}: nobody would answer for it",
                                     service_text(*carried.service)),
                         "choose the group of SEs that carries it", look.drawn.groups.size() == 1);
        }
    }
}

void fix_service_without_group(Document& document, const Problem& problem) {
    if (Service* service = document.service(problem.items.front())) {
        service->group = document.groups.front().id;
    }
}

void check_service_without_pool(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        if (carried.pools.empty()) {
            findings.add({carried.service->id},
                         fmt::format("{} has no pool: there is no server to give a request to",
                                     service_text(*carried.service)),
                         "choose the pool that serves it", look.drawn.pools.size() == 1);
        }
    }
}

void fix_service_without_pool(Document& document, const Problem& problem) {
    if (Service* service = document.service(problem.items.front())) {
        service->pool = document.pools.front().id;
    }
}

void check_service_without_port(const Inspection& look, Findings& findings) {
    for (const Service& service : look.drawn.services) {
        if (service.ports.empty()) {
            findings.add({service.id},
                         fmt::format("{} has no port: every request is refused", service_text(service)),
                         "give it TCP port 80");
        }
    }
}

void fix_service_without_port(Document& document, const Problem& problem) {
    if (Service* service = document.service(problem.items.front())) {
        service->ports = {PortRule{}};
    }
}

void check_service_without_vip(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        if (!carried.service->vip && carried.group != nullptr && !carried.members.empty()) {
            findings.add(
                {carried.service->id},
                fmt::format("{} has no VIP, and no segment of its SEs in zone {} has a free address for one",
                            carried.service->name, look.network.vrf_name(carried.service->vrf)),
                "give it a VIP, or link its SEs to a segment with room");
        }
    }
}

void check_duplicate_service_port(const Inspection& look, Findings& findings) {
    std::map<std::tuple<Id, IpAddress, Protocol, std::uint16_t>, const Service*> first;
    for (const Service& service : look.filled.services) {
        if (!service.vip) {
            continue;
        }
        for (const PortRule& rule : service.ports) {
            const auto [it, is_new] =
                first.emplace(std::tuple(service.vrf, *service.vip, rule.protocol, rule.port), &service);
            if (is_new) {
                continue;
            }
            findings.add({service.id, it->second->id},
                         &service == it->second
                             ? fmt::format("{} has {} port {} twice", service_text(service),
                                           engine::name_of(rule.protocol), rule.port)
                             : fmt::format("{} and {} both want {} port {} of {}", it->second->name,
                                           service.name, engine::name_of(rule.protocol), rule.port,
                                           service.vip->text()),
                         fmt::format("take the port from {}", service.name), service.ports.size() > 1);
        }
    }
}

void fix_duplicate_service_port(Document& document, const Problem& problem) {
    Service* service = document.service(problem.items.front());
    const Service* other = document.service(problem.items.back());
    if (service == nullptr || other == nullptr) {
        return;
    }
    std::vector<PortRule> kept;
    for (const PortRule& rule : service->ports) {
        const auto is_same = [&](const PortRule& one) {
            return one.port == rule.port && one.protocol == rule.protocol;
        };
        if (std::ranges::none_of(service == other ? kept : other->ports, is_same)) {
            kept.push_back(rule);
        }
    }
    if (!kept.empty()) {
        service->ports = std::move(kept);
    }
}

void check_vip_unreachable(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        const Service& service = *carried.service;
        if (!service.vip || carried.members.empty() || carried.can_answer(*carried.active())) {
            continue;
        }
        if (carried.vip_net != nullptr) {
            findings.add(
                {service.id, carried.active()->node->id},
                fmt::format("{} is on no segment of {}, which owns it as the first of its group: nobody "
                            "answers for it",
                            service_text(service), carried.active()->name()),
                "give it an address in a segment of that SE");
            continue;
        }
        std::string nets;
        for (const Station* member : carried.members) {
            for (const Interface* interface : member->interfaces) {
                if (interface->net != nullptr && interface->domain->vrf == service.vrf &&
                    nets.find(interface->net->prefix.text()) == std::string::npos) {
                    nets += (nets.empty() ? "" : ", ") + interface->net->prefix.text();
                }
            }
        }
        std::vector<Id> items{service.id};
        items.push_back(carried.active()->node->id);
        findings.add(
            std::move(items),
            nets.empty()
                ? fmt::format("{} has no SE in zone {}: nobody can answer for it", service_text(service),
                              look.network.vrf_name(service.vrf))
                : fmt::format("{} is outside every segment of its SEs ({}): nobody asks there for it by ARP, "
                              "so requests reach no SE",
                              service_text(service), nets),
            "give it an address in a segment of its SEs, or announce it by BGP or a static route",
            !nets.empty());
    }
}

void fix_vip_unreachable(Document& document, const Problem& problem) {
    give_another_address(document, problem.items);
}

void check_member_off_vip_segment(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        if (carried.vip_net == nullptr || carried.service->attachment != Attachment::arp) {
            continue;
        }
        for (const Station* member : carried.members) {
            const bool is_there = std::ranges::any_of(member->interfaces, [&](const Interface* interface) {
                return interface->net == carried.vip_net;
            });
            if (!is_there) {
                findings.add({member->node->id, carried.service->id},
                             fmt::format("{} is not on the segment of {} and could never answer for it",
                                         member->name(), service_text(*carried.service)),
                             "link it to that segment, or take it out of the group");
            }
        }
    }
}

void check_floating_off_segment(const Inspection& look, Findings& findings) {
    for (const Group& group : look.filled.groups) {
        const Station* active = group.members.empty() ? nullptr : look.network.station(group.members.front());
        if (active == nullptr || active->kind() != NodeKind::se) {
            continue;
        }
        for (const FloatingAddress& floating : group.floating) {
            const Net* net = look.network.net_of(floating);
            if (net == nullptr || interface_in(*active, *net) != nullptr) {
                continue; // outside every subnet: wrong-subnet
            }
            findings.add({group.id, floating.segment, active->node->id},
                         fmt::format("the floating address {} of {} is on a segment that {} is not on: "
                                     "nobody answers for it",
                                     floating.address.text(), group.name, active->name()),
                         "remove it, or link the SE to that segment");
        }
    }
}

void fix_floating_off_segment(Document& document, const Problem& problem) {
    Group* group = document.group(problem.items.front());
    const Document copy = document;
    const Inspection look(copy);
    const Station* active = look.network.station(problem.items.back());
    if (group == nullptr || active == nullptr) {
        return;
    }
    std::erase_if(group->floating, [&](const FloatingAddress& floating) {
        const Net* net = look.network.net_of(floating);
        return floating.segment == problem.items[1] && net != nullptr &&
               interface_in(*active, *net) == nullptr;
    });
}

// What only a proxy that ends the client's connection can do, as a phrase; empty: nothing of it is asked for.
std::string proxy_wish(const Service& service) {
    if (service.layer7 || !service.rules.empty()) {
        return "balancing at layer 7";
    }
    if (service.proxy_out != ProxyProtocol::off || service.proxy_in) {
        return "the PROXY protocol";
    }
    return service.limits == Limits{} ? std::string() : "limits on connections or rate";
}

void check_needs_full_proxy(const Inspection& look, Findings& findings) {
    for (const Service& service : look.filled.services) {
        const std::string wish = proxy_wish(service);
        if (service.mode != Mode::full_proxy && !wish.empty()) {
            findings.add({service.id},
                         fmt::format("{} has {}, but in {} the SE passes packets on and ends no connection",
                                     service_text(service), wish, engine::name_of(service.mode)),
                         "switch it off, or use full proxy");
        }
    }
}

void fix_needs_full_proxy(Document& document, const Problem& problem) {
    if (Service* service = document.service(problem.items.front())) {
        service->layer7 = false;
        service->rules.clear();
        service->proxy_out = ProxyProtocol::off;
        service->proxy_in = false;
        service->limits = {};
    }
}

void check_needs_layer7(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        const Service& service = *carried.service;
        if (service.mode != Mode::full_proxy || service.layer7) {
            continue; // needs-full-proxy says the rest
        }
        const auto by_cookie = std::ranges::find_if(
            carried.pools, [](const Pool* pool) { return pool->persistence == Persistence::cookie; });
        if (!service.rules.empty()) {
            findings.add({service.id},
                         fmt::format("{} has rules by host and path, which it can only read at layer 7",
                                     service_text(service)),
                         "switch layer 7 on");
        } else if (by_cookie != carried.pools.end()) {
            findings.add({service.id, (*by_cookie)->id},
                         fmt::format("the pool {} of {} persists by cookie, which is only read at layer 7",
                                     (*by_cookie)->name, service_text(service)),
                         "switch layer 7 on");
        }
    }
}

void fix_needs_layer7(Document& document, const Problem& problem) {
    if (Service* service = document.service(problem.items.front())) {
        service->layer7 = true;
    }
}

// Layer 7 and PROXY headers are of TCP connections; datagrams are balanced as they are.
void check_udp_is_not_read(const Inspection& look, Findings& findings) {
    for (const Service& service : look.filled.services) {
        const auto udp = std::ranges::find(service.ports, Protocol::udp, &PortRule::protocol);
        std::vector<std::string> wishes;
        if (service.layer7) {
            wishes.emplace_back("layer 7");
        }
        if (service.proxy_in || service.proxy_out != ProxyProtocol::off) {
            wishes.emplace_back("the PROXY protocol");
        }
        if (service.mode != Mode::full_proxy || udp == service.ports.end() || wishes.empty()) {
            continue; // needs-full-proxy says the rest
        }
        findings.add({service.id},
                     fmt::format("{} has {} for TCP only: datagrams to its UDP port {} are balanced as they "
                                 "are, and servers are not told the client's address",
                                 service_text(service), fmt::join(wishes, " and "), udp->port),
                     "put its UDP ports into a service of their own, or leave it as it is");
    }
}

void check_group_without_members(const Inspection& look, Findings& findings) {
    for (const Group& group : look.drawn.groups) {
        if (group.members.empty()) {
            const bool is_used = std::ranges::any_of(
                look.drawn.services, [&](const Service& service) { return service.group == group.id; });
            findings.add({group.id},
                         is_used ? fmt::format("the group {} has no SE: its services are carried by nobody",
                                               group.name)
                                 : fmt::format("the group {} has no SE", group.name),
                         "put SEs into it, or remove it");
        }
    }
}

void check_group_member_not_se(const Inspection& look, Findings& findings) {
    for (const Group& group : look.drawn.groups) {
        for (const Id& id : group.members) {
            const Node* node = look.network.node(id);
            if (node == nullptr || node->kind != NodeKind::se) {
                findings.add(
                    {group.id, id},
                    fmt::format("{} in the group {} is no SE", node == nullptr ? id : node->name, group.name),
                    "take it out of the group");
            }
        }
    }
}

void fix_group_member_not_se(Document& document, const Problem& problem) {
    if (Group* group = document.group(problem.items.front())) {
        std::erase(group->members, problem.items.back());
    }
}

void check_se_without_service(const Inspection& look, Findings& findings) {
    for (const Station& station : look.network.stations()) {
        if (station.kind() == NodeKind::se && look.services.of(station).empty() &&
            !look.drawn.services.empty()) {
            findings.add({station.node->id}, fmt::format("{} carries no service", station.name()),
                         "put it into the group of one, or remove it");
        }
    }
}

constexpr std::array table{
    Rule{"service-without-group", Severity::error, check_service_without_group, fix_service_without_group},
    Rule{"service-without-pool", Severity::error, check_service_without_pool, fix_service_without_pool},
    Rule{"service-without-port", Severity::error, check_service_without_port, fix_service_without_port},
    Rule{"service-without-vip", Severity::error, check_service_without_vip},
    Rule{"duplicate-service-port", Severity::error, check_duplicate_service_port, fix_duplicate_service_port},
    Rule{"vip-unreachable", Severity::error, check_vip_unreachable, fix_vip_unreachable},
    Rule{"member-off-vip-segment", Severity::warning, check_member_off_vip_segment},
    Rule{"floating-address-off-segment", Severity::error, check_floating_off_segment,
         fix_floating_off_segment},
    Rule{"needs-full-proxy", Severity::error, check_needs_full_proxy, fix_needs_full_proxy},
    Rule{"needs-layer-7", Severity::error, check_needs_layer7, fix_needs_layer7},
    Rule{"udp-is-not-read", Severity::note, check_udp_is_not_read},
    Rule{"group-without-members", Severity::error, check_group_without_members},
    Rule{"group-member-not-se", Severity::error, check_group_member_not_se, fix_group_member_not_se},
    Rule{"se-without-service", Severity::note, check_se_without_service},
};

} // namespace

std::span<const Rule> service_rules() {
    return table;
}

} // namespace fulcrum::designer
