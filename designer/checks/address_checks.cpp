// Addresses: each has one owner, and is one that a host can have.
#include <algorithm>
#include <array>
#include <unordered_set>

#include <fmt/format.h>

#include "designer/checks/mend.h"
#include "designer/checks/rules.h"
#include "designer/plan/address_range.h"
#include "designer/plan/capacity.h"

namespace fulcrum::designer {

namespace {

// Somebody who answers for an address in an island.
struct Owner {
    enum class Kind { interface, floating, vip } kind = Kind::interface;
    std::size_t island = 0;
    IpAddress address;
    const Interface* interface = nullptr;
    const Group* group = nullptr;
    const Service* service = nullptr;

    std::string text() const {
        switch (kind) {
        case Kind::interface:
            return interface_text(*interface);
        case Kind::floating:
            return fmt::format("the floating address of {}", group->name);
        case Kind::vip:
            return fmt::format("the VIP {}", service->name);
        }
        return {};
    }
    // First what is to blame: the node, the group or the service; then the link whose end has the address.
    std::vector<Id> items() const {
        switch (kind) {
        case Kind::interface:
            return {interface->station->node->id, interface->link->id};
        case Kind::floating:
            return {group->id};
        case Kind::vip:
            return {service->id};
        }
        return {};
    }
};

std::vector<Owner> owners_of(const Inspection& look) {
    std::vector<Owner> owners;
    for (const Station& station : look.network.stations()) {
        for (const Interface* interface : station.interfaces) {
            if (interface->address()) {
                owners.push_back({Owner::Kind::interface, interface->domain->island,
                                  interface->address()->address, interface, nullptr, nullptr});
            }
        }
    }
    for (const Group& group : look.filled.groups) {
        for (const FloatingAddress& floating : group.floating) {
            if (const Domain* domain = look.network.domain_of(floating.segment)) {
                owners.push_back(
                    {Owner::Kind::floating, domain->island, floating.address, nullptr, &group, nullptr});
            }
        }
    }
    for (const Carried& carried : look.services.services()) {
        if (carried.service->vip && carried.vip_net != nullptr) {
            owners.push_back({Owner::Kind::vip, carried.vip_net->domain->island, *carried.service->vip,
                              nullptr, carried.group, carried.service});
        }
    }
    return owners;
}

struct PlacedAddress {
    std::size_t island;
    IpAddress address;
    bool operator==(const PlacedAddress&) const = default;
};
struct PlacedHash {
    std::size_t operator()(const PlacedAddress& placed) const {
        return hash_bytes(placed.address.bytes(), placed.island);
    }
};

void check_duplicate_address(const Inspection& look, Findings& findings) {
    const std::vector<Owner> owners = owners_of(look);
    std::unordered_map<PlacedAddress, const Owner*, PlacedHash> first;
    first.reserve(owners.size());
    for (const Owner& owner : owners) {
        const auto [it, is_new] = first.emplace(PlacedAddress{owner.island, owner.address}, &owner);
        if (is_new) {
            continue;
        }
        const Owner& other = *it->second;
        // Services of one group may share a VIP and part the ports.
        if (owner.kind == Owner::Kind::vip && other.kind == Owner::Kind::vip && owner.group == other.group) {
            continue;
        }
        std::vector<Id> items = owner.items();
        const std::vector<Id> others = other.items();
        items.insert(items.end(), others.begin(), others.end());
        findings.add(std::move(items),
                     fmt::format("{} and {} both have {}: which of them answers is chance", other.text(),
                                 owner.text(), owner.address.text()),
                     fmt::format("give {} another address", owner.text()));
    }
}

void fix_duplicate_address(Document& document, const Problem& problem) {
    give_another_address(document, problem.items);
}

// SNAT pools that a full-proxy service uses, each once, with the first service that does.
std::vector<std::pair<const AddressPool*, const Carried*>> snat_pools_of(const Inspection& look) {
    std::vector<std::pair<const AddressPool*, const Carried*>> list;
    for (const Carried& carried : look.services.services()) {
        const AddressPool* pool = look.network.address_pool(carried.service->snat_pool);
        const bool is_new =
            std::ranges::none_of(list, [&](const auto& known) { return known.first == pool; });
        if (pool != nullptr && is_new && carried.service->mode == Mode::full_proxy) {
            list.emplace_back(pool, &carried);
        }
    }
    return list;
}

void check_snat_address_taken(const Inspection& look, Findings& findings) {
    for (const auto& [pool, carried] : snat_pools_of(look)) {
        const Domain* domain = look.network.domain_of(pool->segment);
        for (const Owner& owner : owners_of(look)) {
            if (owner.address < pool->first || pool->last < owner.address ||
                (domain != nullptr && domain->island != owner.island)) {
                continue;
            }
            std::vector<Id> items{pool->id};
            const std::vector<Id> others = owner.items();
            items.insert(items.end(), others.begin(), others.end());
            findings.add(std::move(items),
                         fmt::format("{} has {}, which is also in the SNAT pool {}: answers of servers would "
                                     "reach it instead of the SE",
                                     owner.text(), owner.address.text(), pool->name),
                         fmt::format("give {} another address, or the pool another range", owner.text()));
        }
    }
}

void check_snat_pool_too_large(const Inspection& look, Findings& findings) {
    for (const auto& [pool, carried] : snat_pools_of(look)) {
        const std::uint64_t count = AddressRange{pool->first, pool->last}.count();
        if (count > most_snat_addresses) {
            findings.add({pool->id, carried->service->id},
                         fmt::format("the SNAT pool {} has {} addresses, and an engine takes {}: they are "
                                     "good for {} connections to each server endpoint",
                                     pool->name, count, most_snat_addresses,
                                     most_snat_addresses * PortRange{}.count()),
                         fmt::format("let it end after {} addresses", most_snat_addresses));
        }
    }
}

void fix_snat_pool_too_large(Document& document, const Problem& problem) {
    const auto pool = std::ranges::find(document.address_pools, problem.items.front(), &AddressPool::id);
    if (pool != document.address_pools.end()) {
        pool->last =
            IpAddress::v4(pool->first.v4_value() + static_cast<std::uint32_t>(most_snat_addresses) - 1);
    }
}

void check_duplicate_mac(const Inspection& look, Findings& findings) {
    std::unordered_map<Mac, const Interface*> first;
    for (const Station& station : look.network.stations()) {
        for (const Interface* interface : station.interfaces) {
            if (!interface->near->mac) {
                continue;
            }
            const auto [it, is_new] = first.emplace(*interface->near->mac, interface);
            if (!is_new) {
                findings.add(
                    {station.node->id, interface->link->id, it->second->station->node->id},
                    fmt::format("{} and {} both have the MAC address {}: frames for one reach the other",
                                interface_text(*it->second), interface_text(*interface),
                                interface->near->mac->text()),
                    fmt::format("let {} have one given by itself", interface_text(*interface)));
            }
        }
    }
    for (const Group& group : look.filled.groups) {
        if (!group.virtual_mac) {
            continue;
        }
        const auto it = first.find(*group.virtual_mac);
        if (it != first.end()) {
            findings.add({group.id, it->second->station->node->id},
                         fmt::format("the virtual MAC {} of {} is also that of {}", group.virtual_mac->text(),
                                     group.name, interface_text(*it->second)),
                         "let the group go without one, or choose another");
        }
    }
}

void check_bad_mac(const Inspection& look, Findings& findings) {
    for (const Station& station : look.network.stations()) {
        for (const Interface* interface : station.interfaces) {
            const std::optional<Mac>& mac = interface->near->mac;
            if (mac && (mac->is_multicast() || mac->is_zero())) {
                findings.add({station.node->id, interface->link->id},
                             fmt::format("{} has the MAC address {}, which is no station's (it is {})",
                                         interface_text(*interface), mac->text(),
                                         mac->is_zero() ? "all zero" : "a group's"),
                             "let it have one given by itself");
            }
        }
    }
}

// Items: the node (or group), then the link.
void clear_mac(Document& document, const Problem& problem) {
    if (Group* group = document.group(problem.items.front())) {
        group->virtual_mac.reset();
    }
    if (LinkEnd* end = link_end_of(document, problem.items)) {
        end->mac.reset();
    }
}

// Why no host can have the address in that subnet; empty when one can.
std::string unusable(const IpAddress& address, const Net* net) {
    if (address.is_unspecified()) {
        return "the unspecified address";
    }
    if (address.is_loopback()) {
        return "a loopback address, which never leaves a host";
    }
    if (address.is_multicast()) {
        return "a multicast address";
    }
    if (net == nullptr || !address.is_v4() || net->prefix.length > 30) { // RFC 3021: a /31 has neither
        return {};
    }
    if (address == net->prefix.address) {
        return fmt::format("the address of the network {} itself", net->prefix.text());
    }
    if (address == net->prefix.broadcast()) {
        return fmt::format("the broadcast address of {}", net->prefix.text());
    }
    return {};
}

void check_unusable_address(const Inspection& look, Findings& findings) {
    for (const Station& station : look.network.stations()) {
        for (const Interface* interface : station.interfaces) {
            if (!interface->address()) {
                continue;
            }
            const IpAddress& address = interface->address()->address;
            const std::string reason = unusable(address, interface->net);
            if (!reason.empty()) {
                findings.add({station.node->id, interface->link->id},
                             fmt::format("{} has {}, {}", interface_text(*interface), address.text(), reason),
                             "give it another address");
            }
        }
    }
    for (const Group& group : look.filled.groups) {
        for (const FloatingAddress& floating : group.floating) {
            const std::string reason = unusable(floating.address, look.network.net_of(floating));
            if (!reason.empty()) {
                findings.add({group.id},
                             fmt::format("the floating address {} of {} is {}", floating.address.text(),
                                         group.name, reason),
                             "give it another address", false);
            }
        }
    }
    for (const Carried& carried : look.services.services()) {
        const std::string reason =
            carried.service->vip ? unusable(*carried.service->vip, carried.vip_net) : std::string();
        if (!reason.empty()) {
            findings.add({carried.service->id},
                         fmt::format("{} is {}", service_text(*carried.service), reason),
                         "give it another address", carried.vip_net != nullptr);
        }
    }
}

void fix_unusable_address(Document& document, const Problem& problem) {
    give_another_address(document, problem.items);
}

void check_wrong_subnet(const Inspection& look, Findings& findings) {
    for (const Domain& domain : look.network.domains()) {
        for (const Interface* interface : domain.interfaces) {
            if (!interface->address() || domain.nets.empty()) {
                continue;
            }
            const IpPrefix& address = *interface->address();
            const Id& node = interface->station->node->id;
            if (domain.segments.empty()) {
                // On a wire the two ends agree, or nobody can tell whose subnet is meant.
                const Interface* other = domain.interfaces.front();
                if (interface != other && other->address() &&
                    address.network() != other->address()->network()) {
                    findings.add(
                        {node, interface->link->id, other->station->node->id},
                        fmt::format(
                            "{} has {} and the other end of its wire, {}, has {}: they are not in one "
                            "subnet",
                            interface_text(*interface), address.text(), interface_text(*other),
                            other->address()->text()),
                        fmt::format("give {} an address in the subnet of {}", interface_text(*interface),
                                    interface_text(*other)),
                        !other->address()->is_host());
                }
                continue;
            }
            const Net* expected = interface->segment->subnet
                                      ? look.network.net_at(&domain, interface->segment->subnet->address)
                                      : nullptr;
            if (interface->net == nullptr) {
                findings.add(
                    {node, interface->link->id},
                    fmt::format("{} has {}, which is outside {}", interface_text(*interface), address.text(),
                                (expected == nullptr ? domain.nets.front() : expected)->prefix.text()),
                    fmt::format("give it an address in {}",
                                (expected == nullptr ? domain.nets.front() : expected)->prefix.text()));
            } else if (address.length != interface->net->prefix.length) {
                findings.add(
                    {node, interface->link->id},
                    fmt::format("{} has {}, but the subnet there is {}: it would take others for near or far "
                                "that are not",
                                interface_text(*interface), address.text(), interface->net->prefix.text()),
                    fmt::format("give it the prefix length {}", interface->net->prefix.length));
            }
        }
    }
    for (const Group& group : look.filled.groups) {
        for (const FloatingAddress& floating : group.floating) {
            const Domain* domain = look.network.domain_of(floating.segment);
            if (domain != nullptr && !domain->nets.empty() && look.network.net_of(floating) == nullptr) {
                findings.add({group.id, floating.segment},
                             fmt::format("the floating address {} of {} is outside {}",
                                         floating.address.text(), group.name,
                                         domain->nets.front()->prefix.text()),
                             "give it an address of that segment", false);
            }
        }
    }
}

void fix_wrong_subnet(Document& document, const Problem& problem) {
    LinkEnd* end = link_end_of(document, problem.items);
    if (end == nullptr) {
        return;
    }
    const Network network(document);
    const Station* station = network.station(problem.items.front());
    for (const Interface* interface : station == nullptr ? std::vector<Interface*>{} : station->interfaces) {
        if (interface->near == end && interface->net != nullptr && !interface->domain->segments.empty()) {
            end->address->length = interface->net->prefix.length; // only the length was wrong
            return;
        }
    }
    end->address.reset();
    give_address(document, *end);
}

constexpr std::array table{
    Rule{"duplicate-address", Severity::error, check_duplicate_address, fix_duplicate_address},
    Rule{"snat-address-taken", Severity::error, check_snat_address_taken},
    Rule{"snat-pool-too-large", Severity::error, check_snat_pool_too_large, fix_snat_pool_too_large},
    Rule{"duplicate-mac", Severity::error, check_duplicate_mac, clear_mac},
    Rule{"bad-mac", Severity::error, check_bad_mac, clear_mac},
    Rule{"network-or-broadcast-address", Severity::error, check_unusable_address, fix_unusable_address},
    Rule{"wrong-subnet", Severity::error, check_wrong_subnet, fix_wrong_subnet},
};

} // namespace

std::span<const Rule> address_rules() {
    return table;
}

} // namespace fulcrum::designer
