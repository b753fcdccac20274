// What can be drawn, checked and planned, and not yet run. A warning here keeps a lab from being launched
// (launch_blockers); a note tells of something that the lab does without.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "designer/checks/rules.h"

namespace fulcrum::designer {

namespace {

// One sentence for all: what, where, and what to do meanwhile.
void not_yet(Findings& findings, std::vector<Id> items, std::string_view what, std::string_view where,
             std::string meanwhile) {
    findings.add(std::move(items), fmt::format("{} ({}) is not available yet", what, where),
                 std::move(meanwhile));
}

void of_services(const Inspection& look, Findings& findings) {
    for (const Carried& carried : look.services.services()) {
        const Service& service = *carried.service;
        const std::string where = service_text(service);
        if (service.attachment == Attachment::bgp) {
            not_yet(findings, {service.id}, "attachment by bgp", where, "attach the VIP by ARP to launch it");
        } else if (service.attachment == Attachment::static_route && carried.members.size() > 1) {
            // Routers would send a share to those that stand by, and nobody tells them not to.
            not_yet(findings, {service.id}, "attachment by static-route to several SEs", where,
                    "attach the VIP by ARP, or leave one SE in the group, to launch it");
        }
    }
}

void of_groups(const Inspection& look, Findings& findings) {
    for (const Group& group : look.filled.groups) {
        if (group.ha == HaMode::n_plus_m) {
            not_yet(findings, {group.id}, "N+M", group.name, "make the group active-standby to launch it");
            continue;
        }
        if (group.members.size() < 2) {
            continue;
        }
        const Station* first = look.network.station(group.members.front());
        const std::string name = first == nullptr ? group.members.front() : first->name();
        findings.add_note(
            {group.id},
            group.ha == HaMode::active_standby
                ? fmt::format("failover ({}) is not available yet: {} owns its addresses, the others stand "
                              "by and do not take over",
                              group.name, name)
                : fmt::format("sharing a VIP between SEs ({}) is not available yet: {} answers alone, the "
                              "others stand by",
                              group.name, name),
            "launch it as it is");
        if (group.virtual_mac) {
            findings.add_note({group.id},
                              fmt::format("a virtual MAC ({}) is not available yet: {} answers with its own",
                                          group.name, name),
                              "launch it as it is");
        }
    }
}

bool is_v6(const std::optional<IpPrefix>& prefix) {
    return prefix && !prefix->address.is_v4();
}

void of_nodes(const Inspection& look, Findings& findings) {
    for (const Node& node : look.filled.nodes) {
        if (is_v6(node.subnet)) {
            not_yet(findings, {node.id}, "IPv6", node.name, "use an IPv4 subnet to launch it");
        }
    }
}

void of_links(const Inspection& look, Findings& findings) {
    for (const Link& link : look.filled.links) {
        const Node* a = look.network.node(link.a.node);
        const Node* b = look.network.node(link.b.node);
        const std::string where =
            fmt::format("{} – {}", a == nullptr ? "?" : a->name, b == nullptr ? "?" : b->name);
        const bool between_segments =
            a != nullptr && b != nullptr && a->kind == NodeKind::segment && b->kind == NodeKind::segment;
        if (between_segments && (!link.up || link.a_to_b != Impairment{} || link.b_to_a != Impairment{})) {
            not_yet(findings, {link.id}, "impairing or cutting a link between segments", where,
                    "make it a perfect wire to launch it, and impair the links of nodes");
        }
        if (is_v6(link.a.address) || is_v6(link.b.address)) {
            not_yet(findings, {link.id}, "IPv6", where, "use IPv4 addresses to launch it");
        }
    }
    for (const Service& service : look.filled.services) {
        if (service.vip && !service.vip->is_v4()) {
            not_yet(findings, {service.id}, "IPv6", service_text(service), "use an IPv4 VIP to launch it");
        }
    }
}

void check_not_available_yet(const Inspection& look, Findings& findings) {
    of_services(look, findings);
    of_groups(look, findings);
    of_nodes(look, findings);
    of_links(look, findings);
}

constexpr std::array table{
    Rule{"not-available-yet", Severity::warning, check_not_available_yet},
};

} // namespace

std::span<const Rule> availability_rules() {
    return table;
}

} // namespace fulcrum::designer
