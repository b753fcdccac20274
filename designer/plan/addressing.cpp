#include "designer/plan/addressing.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "designer/plan/plan.h"

namespace fulcrum::designer {

namespace {

// Wires that nobody addressed take /30s from here, unless the drawing uses them.
constexpr std::uint32_t wire_block = 0x0afe0000; // 10.254.0.0/15
constexpr unsigned wire_block_bits = 15;

struct Habit {
    std::uint32_t first; // host number tried first
    bool then_from_top;  // then the highest host number and down; else first + 1 and up
};

Habit habit_of(AddressUse use) {
    switch (use) {
    case AddressUse::router:
    case AddressUse::floating:
        return {1, true};
    case AddressUse::se:
        return {2, false};
    case AddressUse::server:
        return {11, false};
    case AddressUse::client:
        return {101, false};
    case AddressUse::vip:
        return {100, false};
    }
    return {1, false};
}

PoolPurpose pool_purpose(AddressUse use, bool& has_one) {
    has_one = use == AddressUse::se || use == AddressUse::vip;
    return use == AddressUse::se ? PoolPurpose::se : PoolPurpose::vip;
}

// First and last host number of a network; first > last when it has none to give.
std::pair<std::uint32_t, std::uint32_t> host_numbers(const IpPrefix& prefix) {
    if (!prefix.address.is_v4() || prefix.length >= 32) {
        return {1, 0};
    }
    if (prefix.length == 31) { // RFC 3021: both are hosts
        return {0, 1};
    }
    return {1, static_cast<std::uint32_t>((std::uint64_t{1} << (32 - prefix.length)) - 2)};
}

} // namespace

AddressUse address_use(NodeKind kind) {
    switch (kind) {
    case NodeKind::router:
        return AddressUse::router;
    case NodeKind::se:
        return AddressUse::se;
    case NodeKind::server:
        return AddressUse::server;
    case NodeKind::client:
    case NodeKind::segment:
        break;
    }
    return AddressUse::client;
}

AddressBook::AddressBook(const Network& network, Automatic automatic)
    : network_(network), taken_(network.domains().size()) {
    const Document& document = network.document();
    for (const Domain& domain : network.domains()) {
        for (const Interface* interface : domain.interfaces) {
            if (interface->address() && (automatic == Automatic::counted || !interface->near->auto_address)) {
                take(domain, interface->address()->address);
            }
        }
    }
    for (const Group& group : document.groups) {
        for (const FloatingAddress& floating : group.floating) {
            if (const Domain* domain = network.domain_of(floating.segment)) {
                take(*domain, floating.address);
            }
        }
    }
    for (const Service& service : document.services) {
        const Group* group = network.group(service.group);
        if (!service.vip) {
            continue;
        }
        taken_outside_.insert(*service.vip);
        if (group == nullptr) {
            continue;
        }
        for (const Id& id : group->members) {
            if (const Station* member = network.station(id)) {
                for (const Interface* interface : member->interfaces) {
                    take(*interface->domain, *service.vip);
                }
            }
        }
    }
    for (const AddressPool& pool : document.address_pools) {
        if (pool.purpose != PoolPurpose::se) {
            reserved_.push_back({network.domain_of(pool.segment), pool.first, pool.last});
        }
    }
}

bool AddressBook::is_taken(const Domain& domain, const IpAddress& address) const {
    return taken_[domain.order].contains(address);
}

void AddressBook::take(const Domain& domain, const IpAddress& address) {
    taken_[domain.order].insert(address);
}

bool AddressBook::is_free_host(const Net& net, const IpAddress& address) const {
    return !is_taken(*net.domain, address) && std::ranges::none_of(reserved_, [&](const Reserved& range) {
        return range.domain == net.domain && range.first <= address && address <= range.last;
    });
}

std::optional<IpAddress> AddressBook::give_from(const AddressPool& pool, const Domain* domain) {
    if (!pool.first.is_v4() || !pool.last.is_v4()) {
        return std::nullopt;
    }
    std::unordered_set<IpAddress>& taken = domain == nullptr ? taken_outside_ : taken_[domain->order];
    for (std::uint64_t value = pool.first.v4_value(); value <= pool.last.v4_value(); ++value) {
        const IpAddress address = IpAddress::v4(static_cast<std::uint32_t>(value));
        if (taken.insert(address).second) {
            return address;
        }
    }
    return std::nullopt;
}

std::optional<IpAddress> AddressBook::give(const Net& net, AddressUse use) {
    bool has_pool = false;
    const PoolPurpose purpose = pool_purpose(use, has_pool);
    if (has_pool) {
        for (const AddressPool& pool : network_.document().address_pools) {
            if (pool.purpose == purpose && network_.domain_of(pool.segment) == net.domain &&
                net.prefix.contains(pool.first)) {
                if (const auto address = give_from(pool, net.domain)) {
                    return address;
                }
            }
        }
    }
    const auto [low, high] = host_numbers(net.prefix);
    if (low > high) {
        return std::nullopt;
    }
    const Habit habit = habit_of(use);
    const std::uint64_t count = std::uint64_t{high} - low + 1;
    // The k-th host number tried: every one of the net exactly once.
    const std::uint64_t start = std::min<std::uint64_t>(std::max(habit.first, low), high) - low;
    const auto host_number = [&](std::uint64_t k) {
        if (habit.then_from_top) {
            return static_cast<std::uint32_t>(k == 0 ? low + start : high + 1 - k);
        }
        return static_cast<std::uint32_t>(low + (start + k) % count);
    };
    std::uint32_t& cursor = cursors_[(std::uint64_t{net.order} << 8) | static_cast<std::uint64_t>(use)];
    for (std::uint64_t k = cursor; k < count; ++k) {
        const auto address = net.prefix.nth(host_number(k));
        if (address && is_free_host(net, *address)) {
            take(*net.domain, *address);
            cursor = static_cast<std::uint32_t>(k);
            return address;
        }
    }
    cursor = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, UINT32_MAX));
    return std::nullopt;
}

Mac derive_mac(const Id& node, std::size_t interface_index, unsigned attempt) {
    const std::string text = fmt::format("{}/{}/{}", node, interface_index, attempt);
    const std::uint64_t hash =
        hash_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}); // the same everywhere
    Mac mac;
    mac.bytes[0] = 0x02; // locally administered, unicast (IEEE 802, U/L bit set, I/G bit clear)
    for (unsigned i = 1; i < 6; ++i) {
        mac.bytes[i] = static_cast<std::uint8_t>(hash >> (8 * i));
    }
    return mac;
}

namespace {

// fill_addresses as passes over one copy of the drawing.
class Filling {
public:
    explicit Filling(const Document& document) : result_(document) {}

    Document run() {
        address_wires();
        address_interfaces();
        place_services();
        give_macs();
        return std::move(result_);
    }

private:
    LinkEnd& end_in_result(const Network& network, const Interface& interface) {
        const auto index = static_cast<std::size_t>(interface.link - network.document().links.data());
        Link& link = result_.links[index];
        return interface.near == &interface.link->a ? link.a : link.b;
    }

    // Direct wires without a usable subnet get a /30 of their own, so that they have a net afterwards.
    void address_wires() {
        const Document before = result_;
        const Network network(before);
        std::unordered_set<std::uint32_t> used; // /30s of the block, by network address
        std::vector<IpPrefix> wide;             // used prefixes that cover several of them
        const IpPrefix block{IpAddress::v4(wire_block), wire_block_bits};
        for (const Net& net : network.nets()) {
            if (!net.prefix.overlaps(block)) {
                continue;
            }
            if (net.prefix.length >= 30) {
                used.insert(net.prefix.address.v4_value() & ~std::uint32_t{3});
            } else {
                wide.push_back(net.prefix);
            }
        }
        std::uint32_t next = wire_block;
        const std::uint32_t end = block.broadcast().v4_value();
        for (const Domain& domain : network.domains()) {
            if (!domain.segments.empty() || settle_wire(network, domain)) {
                continue;
            }
            const auto is_free = [&](std::uint32_t base) {
                const IpPrefix candidate{IpAddress::v4(base), 30};
                return !used.contains(base) && std::ranges::none_of(wide, [&](const IpPrefix& prefix) {
                    return prefix.overlaps(candidate);
                });
            };
            while (next < end && !is_free(next)) {
                next += 4;
            }
            if (next >= end) {
                return; // 32,768 wires are taken; the rest is reported as unaddressed
            }
            for (std::size_t i = 0; i < 2; ++i) {
                LinkEnd& near = end_in_result(network, *domain.interfaces[i]);
                near.address = IpPrefix{IpAddress::v4(next + 1 + static_cast<std::uint32_t>(i)), 30};
                near.auto_address = true;
            }
            used.insert(next);
        }
    }

    // True when the wire has a subnet already: that of an address by hand, else of an automatic one. An
    // automatic address outside it is forgotten and given again.
    bool settle_wire(const Network& network, const Domain& domain) {
        const Interface* decides = nullptr;
        for (const bool automatic : {false, true}) {
            for (const Interface* interface : domain.interfaces) {
                if (decides == nullptr && interface->address() && !interface->address()->is_host() &&
                    interface->near->auto_address == automatic) {
                    decides = interface;
                }
            }
        }
        const bool has_host_prefix = std::ranges::any_of(domain.interfaces, [](const Interface* interface) {
            return interface->address() && interface->address()->is_host();
        });
        if (decides == nullptr) {
            return has_host_prefix; // left as drawn: a check says what is wrong with it
        }
        for (const Interface* interface : domain.interfaces) {
            if (interface != decides && interface->near->auto_address && interface->address() &&
                interface->address()->network() != decides->address()->network()) {
                end_in_result(network, *interface).address.reset();
            }
        }
        return true;
    }

    void address_interfaces() {
        const Document before = result_;
        const Network network(before);
        AddressBook book(network, AddressBook::Automatic::left_out);
        // First everybody who keeps an automatic address, then those who need one: nobody loses an address to
        // a newcomer.
        std::vector<std::pair<const Interface*, const Net*>> wanting;
        for (const Station& station : network.stations()) {
            for (const Interface* interface : station.interfaces) {
                if (interface->address() && !interface->near->auto_address) {
                    continue;
                }
                const Net* home = home_net(network, *interface);
                if (interface->address() && home != nullptr && interface->net == home &&
                    interface->address()->length == home->prefix.length &&
                    !book.is_taken(*interface->domain, interface->address()->address)) {
                    book.take(*interface->domain, interface->address()->address);
                } else {
                    wanting.emplace_back(interface, home);
                }
            }
        }
        for (const auto& [interface, home] : wanting) {
            LinkEnd& near = end_in_result(network, *interface);
            const auto address =
                home == nullptr ? std::nullopt : book.give(*home, address_use(interface->station->kind()));
            near.auto_address = address.has_value();
            near.address = address ? std::optional(IpPrefix{*address, home->prefix.length}) : std::nullopt;
        }
    }

    // Where an interface belongs when it may choose: its own segment's subnet, else the domain's first.
    static const Net* home_net(const Network& network, const Interface& interface) {
        if (interface.segment != nullptr && interface.segment->subnet) {
            return network.net_at(interface.domain, interface.segment->subnet->address);
        }
        return interface.domain->nets.empty() ? nullptr : interface.domain->nets.front();
    }

    void place_services() {
        const Document before = result_;
        const Network network(before);
        AddressBook book(network);
        for (std::size_t i = 0; i < before.services.size(); ++i) {
            if (!before.services[i].vip) {
                result_.services[i].vip = vip_for(network, book, before.services[i]);
            }
        }
    }

    static std::optional<IpAddress> vip_for(const Network& network, AddressBook& book,
                                            const Service& service) {
        std::vector<const Net*> nets; // of the members, in the service's VRF
        const Group* group = network.group(service.group);
        for (const Id& id : group == nullptr ? std::vector<Id>{} : group->members) {
            const Station* member = network.station(id);
            for (const Interface* interface :
                 member == nullptr ? std::vector<Interface*>{} : member->interfaces) {
                if (interface->domain->vrf == service.vrf && interface->net != nullptr) {
                    nets.push_back(interface->net);
                }
            }
        }
        for (const AddressPool& pool : network.document().address_pools) {
            if (pool.purpose != PoolPurpose::vip) {
                continue;
            }
            const Domain* domain = network.domain_of(pool.segment);
            const bool is_near =
                std::ranges::any_of(nets, [&](const Net* net) { return net->domain == domain; });
            if (is_near || (pool.segment.empty() && service.attachment != Attachment::arp)) {
                if (const auto address = book.give_from(pool, domain)) {
                    return address;
                }
            }
        }
        return nets.empty() ? std::nullopt : book.give(*nets.front(), AddressUse::vip);
    }

    void give_macs() {
        const Document before = result_;
        const Network network(before);
        std::set<Mac> used;
        for (const Link& link : before.links) {
            for (const LinkEnd* near : {&link.a, &link.b}) {
                if (near->mac) {
                    used.insert(*near->mac);
                }
            }
        }
        for (const Station& station : network.stations()) {
            for (const Interface* interface : station.interfaces) {
                if (interface->near->mac) {
                    continue;
                }
                unsigned attempt = 0;
                Mac mac = derive_mac(station.node->id, interface->index);
                while (!used.insert(mac).second) {
                    mac = derive_mac(station.node->id, interface->index, ++attempt);
                }
                end_in_result(network, *interface).mac = mac;
            }
        }
    }

    Document result_;
};

} // namespace

Document keep_addresses(const Document& document, const Document& before) {
    const Document filled = fill_addresses(before);
    Document result = document;
    for (Link& link : result.links) {
        const auto old = std::ranges::find(filled.links, link.id, &Link::id);
        if (old == filled.links.end()) {
            continue;
        }
        for (const auto& [end, was] : {std::pair(&link.a, &old->a), std::pair(&link.b, &old->b)}) {
            if (!end->address && end->node == was->node && was->address) {
                end->address = was->address;
                end->auto_address = true; // given anew where it does not fit any more
            }
        }
    }
    for (Service& service : result.services) {
        const auto old = std::ranges::find(filled.services, service.id, &Service::id);
        if (!service.vip && old != filled.services.end() && old->group == service.group &&
            old->vrf == service.vrf && filled.address_pools == result.address_pools) {
            service.vip = old->vip;
        }
    }
    return result;
}

Document fill_addresses(const Document& document) {
    return Filling(document).run();
}

} // namespace fulcrum::designer
