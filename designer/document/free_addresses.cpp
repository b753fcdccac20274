#include "designer/document/free_addresses.h"

#include <algorithm>

#include "designer/document/segments.h"

namespace fulcrum::designer {

namespace {

std::uint32_t size_bits(const IpPrefix& prefix) {
    return 32U - prefix.length;
}

bool in_vrf_of(const Document& document, const Id& segment, const Service& service) {
    const Node* node = document.node(segment);
    return node != nullptr && node->vrf == service.vrf;
}

} // namespace

HostRole host_role_of(NodeKind kind) {
    switch (kind) {
    case NodeKind::router:
        return HostRole::router;
    case NodeKind::se:
        return HostRole::se;
    case NodeKind::server:
        return HostRole::server;
    case NodeKind::client:
    case NodeKind::segment:
        break;
    }
    return HostRole::client;
}

SegmentAddresses::SegmentAddresses(const Document& document, const Id& segment) {
    const std::vector<Id> joined = joined_segments(document, segment);
    const auto here = [&](const Id& id) {
        return std::find(joined.begin(), joined.end(), id) != joined.end();
    };
    const auto subnet = subnet_of(document, segment);
    if (!subnet || !subnet->address.is_v4() || subnet->length < 1 || subnet->length > 30) {
        return;
    }
    subnet_ = subnet->network();
    last_host_ = static_cast<std::uint32_t>((std::uint64_t{1} << size_bits(*subnet_)) - 2);
    for (const Link& link : document.links) {
        for (const auto& [near, far] : {std::pair{&link.a, &link.b}, std::pair{&link.b, &link.a}}) {
            if (near->address && here(far->node)) {
                reserve(near->address->address);
            }
        }
    }
    for (const Node& node : document.nodes) {
        if (node.gateway) {
            reserve(*node.gateway);
        }
    }
    for (const Service& service : document.services) {
        if (service.vip && in_vrf_of(document, segment, service)) {
            reserve(*service.vip);
        }
    }
    for (const Group& group : document.groups) {
        for (const FloatingAddress& floating : group.floating) {
            if (here(floating.segment)) {
                reserve(floating.address);
            }
        }
    }
    for (const AddressPool& pool : document.address_pools) {
        if (here(pool.segment) && subnet_->contains(pool.first) && subnet_->contains(pool.last)) {
            const std::uint32_t base = subnet_->address.v4_value();
            pools_.push_back({pool.purpose, {pool.first.v4_value() - base, pool.last.v4_value() - base}});
        }
    }
}

void SegmentAddresses::reserve(const IpAddress& address) {
    if (subnet_->contains(address)) {
        used_.insert(address.v4_value() - subnet_->address.v4_value());
    }
}

std::vector<SegmentAddresses::Hosts> SegmentAddresses::ranges_of(HostRole role) const {
    std::vector<Hosts> ranges;
    for (const auto& [purpose, hosts] : pools_) {
        if ((purpose == PoolPurpose::se && role == HostRole::se) ||
            (purpose == PoolPurpose::vip && role == HostRole::vip)) {
            ranges.push_back(hosts);
        }
    }
    const std::uint32_t last = last_host_;
    switch (role) {
    case HostRole::router:
    case HostRole::floating:
        ranges.insert(ranges.end(), {{1, 1}, {last, std::max(2U, last / 2)}});
        break;
    case HostRole::server:
        ranges.push_back({11, 99});
        break;
    case HostRole::vip:
        ranges.insert(ranges.end(), {{100, 100}, {240, 249}});
        break;
    case HostRole::se:
        ranges.push_back({101, 199});
        break;
    case HostRole::client:
        ranges.push_back({201, 239});
        break;
    }
    ranges.insert(ranges.end(), {{256, std::max(256U, last)}, {2, std::min(255U, last)}, {1, 1}});
    return ranges;
}

std::optional<IpAddress> SegmentAddresses::take(HostRole role) {
    if (!subnet_) {
        return std::nullopt;
    }
    Search& search = searches_[static_cast<std::size_t>(role)];
    if (!search.started) {
        search.ranges = ranges_of(role);
        search.started = true;
    }
    for (; search.range < search.ranges.size(); ++search.range, search.done = 0) {
        const Hosts& hosts = search.ranges[search.range];
        const bool down = hosts.first > hosts.last;
        const std::uint32_t count = 1 + (down ? hosts.first - hosts.last : hosts.last - hosts.first);
        const bool from_pool = std::any_of(pools_.begin(), pools_.end(), [&](const auto& pool) {
            return pool.second.first == hosts.first && pool.second.last == hosts.last;
        });
        while (search.done < count) {
            const std::uint32_t host = down ? hosts.first - search.done : hosts.first + search.done;
            ++search.done;
            if (host == 0 || host > last_host_ || used_.contains(host)) {
                continue;
            }
            if (!from_pool) {
                const auto pool = std::find_if(pools_.begin(), pools_.end(), [&](const auto& p) {
                    return host >= p.second.first && host <= p.second.last;
                });
                if (pool != pools_.end()) { // over the whole of it in one step: it may be large
                    const std::uint32_t end = down ? pool->second.first : pool->second.last;
                    search.done += down ? host - end : end - host;
                    continue;
                }
            }
            used_.insert(host);
            return IpAddress::v4(subnet_->address.v4_value() + host);
        }
    }
    return std::nullopt;
}

FreeNetworks::FreeNetworks(const Document& document) {
    const auto use = [&](const IpPrefix& prefix) {
        if (prefix.address.is_v4() && prefix.length > 0) { // 0.0.0.0/0 is everywhere and takes nothing
            used_.emplace_back(prefix.network().address.v4_value(), prefix.broadcast().v4_value());
        }
    };
    const auto use_address = [&](const IpAddress& address) {
        if (address.is_v4()) {
            use({address, 32});
        }
    };
    for (const Node& node : document.nodes) {
        if (node.subnet) {
            use(*node.subnet);
        }
        if (node.gateway) {
            use_address(*node.gateway);
        }
        for (const Route& route : node.routes) {
            use(route.destination);
        }
    }
    for (const Link& link : document.links) {
        for (const LinkEnd* end : {&link.a, &link.b}) {
            if (end->address) {
                use(*end->address);
            }
        }
    }
    for (const Service& service : document.services) {
        if (service.vip) {
            use_address(*service.vip);
        }
    }
    for (const AddressPool& pool : document.address_pools) {
        if (pool.first.is_v4() && pool.last.is_v4() && pool.first <= pool.last) {
            used_.emplace_back(pool.first.v4_value(), pool.last.v4_value());
        }
    }
    std::sort(used_.begin(), used_.end());
    std::vector<std::pair<std::uint32_t, std::uint32_t>> merged;
    for (const auto& range : used_) {
        if (!merged.empty() && range.first <= merged.back().second) {
            merged.back().second = std::max(merged.back().second, range.second);
        } else {
            merged.push_back(range);
        }
    }
    used_ = std::move(merged);
}

bool FreeNetworks::overlaps(const IpPrefix& prefix) const {
    if (!prefix.address.is_v4()) {
        return false;
    }
    const std::uint32_t first = prefix.network().address.v4_value();
    const auto after = std::upper_bound(used_.begin(), used_.end(),
                                        std::pair{prefix.broadcast().v4_value(), ~std::uint32_t{0}});
    return after != used_.begin() && std::prev(after)->second >= first;
}

std::optional<IpPrefix> FreeNetworks::take(const std::vector<IpPrefix>& areas, std::uint8_t length) {
    const std::uint64_t step = std::max<std::uint64_t>(256, std::uint64_t{1} << (32 - length));
    for (const IpPrefix& area : areas) {
        const std::uint64_t end = area.broadcast().v4_value();
        // The first network of an area is left alone: people count theirs from 1.
        for (std::uint64_t base = area.network().address.v4_value() + step; base + (step - 1) <= end;) {
            const auto first = static_cast<std::uint32_t>(base);
            const auto last = static_cast<std::uint32_t>(base + (step - 1));
            const auto at = std::upper_bound(used_.begin(), used_.end(), std::pair{last, ~std::uint32_t{0}});
            if (at == used_.begin() || std::prev(at)->second < first) {
                used_.insert(at, {first, last});
                return IpPrefix{IpAddress::v4(first), length};
            }
            base = (std::uint64_t{std::prev(at)->second} / step + 1) * step;
        }
    }
    return std::nullopt;
}

std::optional<IpPrefix> FreeNetworks::take_for_segment(std::uint8_t length) {
    static const std::vector<IpPrefix> areas{*IpPrefix::parse("10.1.0.0/16"), *IpPrefix::parse("10.0.0.0/8")};
    return take(areas, length);
}

std::optional<IpPrefix> FreeNetworks::take_for_link(std::uint8_t length) {
    static const std::vector<IpPrefix> areas{*IpPrefix::parse("192.168.0.0/16"),
                                             *IpPrefix::parse("172.16.0.0/12"),
                                             *IpPrefix::parse("10.0.0.0/8")};
    return take(areas, length);
}

} // namespace fulcrum::designer
