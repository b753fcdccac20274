// Random drawings: what a restless person does to a document, from a seed.
#pragma once

#include <random>

#include "designer/edit/edit.h"

namespace fulcrum::designer {

class RandomEdits {
public:
    explicit RandomEdits(unsigned seed) : random_(seed) {}

    // One more edit; now and then one that changes nothing.
    Document next(const Document& d) {
        switch (below(16)) {
        case 0:
        case 1:
        case 2:
            return add_node(d, static_cast<NodeKind>(below(5)), place());
        case 3:
        case 4:
        case 5:
            return add_link(d, any_node(d), any_node(d));
        case 6:
            return add_service(d, any_node(d), place());
        case 7:
            return remove_items(d, some_ids(d, 2));
        case 8:
            return rename(d, any_id(d), below(3) == 0 ? any_id(d) : "name" + std::to_string(below(30)));
        case 9:
            return duplicate(d, some_ids(d, 3), 40, 40);
        case 10:
            return paste(d, subset(d, some_ids(d, 5)), 10, -10);
        case 11:
            return set_mode(d, any_id(d), static_cast<Mode>(below(5)));
        case 12:
            return set_subnet(d, any_node(d),
                              IpPrefix{IpAddress::v4(0x0a090000U + (below(8) << 8)),
                                       static_cast<std::uint8_t>(20 + below(9))}
                                  .network());
        case 13:
            return moved(d);
        case 14:
            return shuffled(d);
        default:
            return poked(d);
        }
    }

private:
    unsigned below(std::size_t n) { return static_cast<unsigned>(random_() % n); }
    Placement place() { return {static_cast<double>(below(2000)), static_cast<double>(below(2000))}; }

    static std::vector<Id> all_ids(const Document& d) {
        std::vector<Id> ids;
        const auto add = [&](const auto& list) {
            for (const auto& entity : list) {
                ids.push_back(entity.id);
            }
        };
        add(d.nodes);
        add(d.links);
        add(d.groups);
        add(d.vrfs);
        add(d.pools);
        add(d.services);
        add(d.address_pools);
        add(d.notes);
        return ids;
    }
    Id any_id(const Document& d) {
        const auto ids = all_ids(d);
        return ids.empty() ? "nobody" : ids[below(ids.size())];
    }
    Id any_node(const Document& d) { return d.nodes.empty() ? "nobody" : d.nodes[below(d.nodes.size())].id; }
    std::vector<Id> some_ids(const Document& d, unsigned most) {
        std::vector<Id> ids;
        for (unsigned i = 0; i <= below(most); ++i) {
            ids.push_back(any_id(d));
        }
        return ids;
    }

    Document moved(Document d) {
        for (auto& [id, placement] : d.layout) {
            if (below(3) == 0) {
                placement.x += below(100);
            }
        }
        return d;
    }
    Document shuffled(Document d) {
        std::shuffle(d.nodes.begin(), d.nodes.end(), random_);
        std::shuffle(d.links.begin(), d.links.end(), random_);
        std::shuffle(d.pools.begin(), d.pools.end(), random_);
        return d;
    }
    // Property panels write into the document directly.
    Document poked(Document d) {
        d.description = "edit " + std::to_string(below(1000));
        d.offload = below(2) == 0;
        if (!d.links.empty()) {
            Link& link = d.links[below(d.links.size())];
            link.mtu_bytes = 1000 + below(500);
            link.a_to_b.loss = below(100) / 100.0;
        }
        if (!d.services.empty()) {
            d.services[below(d.services.size())].ports.push_back(
                {Protocol::udp, static_cast<std::uint16_t>(1 + below(99))});
        }
        if (d.vrfs.size() < 3) {
            const Id id = "zone" + std::to_string(d.vrfs.size() + 1) + "-" + std::to_string(below(100000));
            d.vrfs.push_back({id, id, ""});
        }
        for (Node& node : d.nodes) {
            if (node.kind == NodeKind::segment && below(4) == 0) {
                node.vrf = d.vrfs[below(d.vrfs.size())].id;
            }
        }
        d.notes.push_back({"jot" + std::to_string(random_()), "text"});
        return d;
    }

    std::mt19937 random_;
};

} // namespace fulcrum::designer
