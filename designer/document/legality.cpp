#include "designer/document/legality.h"

#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "designer/document/format_fields.h"

namespace fulcrum::designer {

namespace {

PathStep key(std::string_view name) {
    return {std::string(name), 0, false};
}
PathStep at(std::size_t index) {
    return {{}, index, true};
}

// A visitor of format_fields.h that applies the rules of reading to a document in memory.
class ValueCheck {
public:
    std::optional<Illegal> found;

    void version(std::string_view) {}
    template <class T, class... Rule>
    void required(std::string_view name, const T& value, Rule... rule) {
        check(name, value, rule...);
    }
    template <class T, class... Rule>
    void field(std::string_view name, const T& value, const T&, Rule... rule) {
        check(name, value, rule...);
    }
    template <class T, class... Rule>
    void optional(std::string_view name, const std::optional<T>& value, Rule... rule) {
        if (value) {
            check(name, *value, rule...);
        }
    }
    void name(std::string_view name, const std::string& value, const Id&) {
        if (!value.empty()) { // empty is written as the id
            check(name, value, TextRule::name);
        }
    }
    void texts(std::string_view name, const std::vector<std::string>& list, TextRule rule) {
        inside(key(name), [&] {
            for (std::size_t i = 0; i < list.size() && !found; ++i) {
                inside(at(i), [&] { judge(broken(rule, list[i])); });
            }
        });
    }
    template <class T>
    void list(std::string_view name, const std::vector<T>& entities) {
        inside(key(name), [&] {
            for (std::size_t i = 0; i < entities.size() && !found; ++i) {
                inside(at(i), [&] { fields(*this, entities[i]); });
            }
        });
    }
    template <class T>
    void object(std::string_view name, const T& value) {
        inside(key(name), [&] { fields(*this, value); });
    }
    template <class T>
    void required_object(std::string_view name, const T& value) {
        object(name, value);
    }
    void placements(std::string_view name, const Layout& layout) {
        inside(key(name), [&] {
            for (const auto& [id, placement] : layout) {
                inside(key(id), [&] { fields(*this, placement); });
            }
        });
    }

private:
    template <class T>
    void check(std::string_view, const T&) {} // every value of the type is legal
    void check(std::string_view name, const std::string& value, TextRule rule) {
        inside(key(name), [&] { judge(broken(rule, value)); });
    }
    void check(std::string_view name, const IpPrefix& value, PrefixRule rule) {
        inside(key(name), [&] { judge(broken(rule, value)); });
    }
    void check(std::string_view name, milliseconds value, Range range) {
        check(name, static_cast<double>(value.count()), range);
    }
    template <class T>
    requires std::is_arithmetic_v<T>
    void check(std::string_view name, T value, Range range) {
        inside(key(name), [&] { judge(broken(range, static_cast<double>(value))); });
    }
    void judge(std::optional<std::string> reason) {
        if (reason) {
            found = Illegal{path_, std::move(*reason)};
        }
    }
    template <class Body>
    void inside(PathStep step, Body body) {
        if (found) {
            return;
        }
        path_.push_back(std::move(step));
        body();
        path_.pop_back();
    }

    Path path_;
};

// What an id belongs to.
struct Owner {
    std::string_view list; // "nodes"
    std::string_view word; // "a server"
    std::size_t index = 0;
    const Node* node = nullptr;
};

std::string_view word_of(NodeKind kind) {
    switch (kind) {
    case NodeKind::client:
        return "a client";
    case NodeKind::server:
        return "a server";
    case NodeKind::se:
        return "a service engine";
    case NodeKind::router:
        return "a router";
    case NodeKind::segment:
        return "a segment";
    }
    return "?";
}

class ReferenceCheck {
public:
    explicit ReferenceCheck(const Document& document) : document_(document) {}

    std::optional<Illegal> run() {
        ids();
        nodes();
        links();
        groups();
        pools();
        services();
        address_pools();
        layout();
        return std::move(found_);
    }

private:
    void complain(Path path, std::string reason) {
        if (!found_) {
            found_ = Illegal{std::move(path), std::move(reason)};
        }
    }

    void own(std::string_view list, std::string_view word, std::size_t index, const Id& id,
             const Node* node = nullptr) {
        const auto [owner, is_new] = owners_.try_emplace(id, Owner{list, word, index, node});
        if (!is_new) {
            complain({key(list), at(index), key("id")}, fmt::format("the id {} is taken by {}[{}]", quote(id),
                                                                    owner->second.list, owner->second.index));
        }
    }
    template <class T>
    void own_all(std::string_view list, std::string_view word, const std::vector<T>& entities) {
        for (std::size_t i = 0; i < entities.size(); ++i) {
            own(list, word, i, entities[i].id);
        }
    }
    void ids() {
        for (std::size_t i = 0; i < document_.nodes.size(); ++i) {
            const Node& node = document_.nodes[i];
            own("nodes", word_of(node.kind), i, node.id, &node);
        }
        own_all("links", "a link", document_.links);
        own_all("groups", "a group", document_.groups);
        own_all("vrfs", "a VRF", document_.vrfs);
        own_all("pools", "a pool", document_.pools);
        own_all("services", "a service", document_.services);
        own_all("address_pools", "an address pool", document_.address_pools);
        own_all("notes", "a note", document_.notes);
    }

    const Owner* owner(const Id& id) const {
        const auto found = owners_.find(id);
        return found == owners_.end() ? nullptr : &found->second;
    }

    // `wanted` is Owner::word; `must_be` says why.
    void refer(Path path, const Id& id, std::string_view wanted, std::string_view must_be) {
        const Owner* target = owner(id);
        if (target == nullptr) {
            complain(std::move(path), fmt::format("nothing has the id {}: {}", quote(id), must_be));
        } else if (target->word != wanted) {
            complain(std::move(path), fmt::format("{} is {}: {}", quote(id), target->word, must_be));
        }
    }
    void refer_if_set(Path path, const Id& id, std::string_view wanted, std::string_view must_be) {
        if (!id.empty()) {
            refer(std::move(path), id, wanted, must_be);
        }
    }

    void nodes() {
        const Node& d = fallback_of<Node>;
        for (std::size_t i = 0; i < document_.nodes.size() && !found_; ++i) {
            const Node& node = document_.nodes[i];
            const bool segment = node.kind == NodeKind::segment;
            const auto only = [&](bool may, bool set, std::string_view name, std::string_view who) {
                if (set && !may) {
                    complain({key("nodes"), at(i), key(name)},
                             fmt::format("{} has no such property; only {} has", word_of(node.kind), who));
                }
            };
            only(segment, node.subnet.has_value(), "subnet", "a segment");
            only(segment, node.color != d.color, "color", "a segment");
            only(segment, node.vrf != d.vrf, "vrf", "a segment");
            only(!segment, node.gateway.has_value(), "gateway", "a client, server, router or service engine");
            only(!segment, !node.routes.empty(), "routes", "a client, server, router or service engine");
            only(!segment, !node.derive_routes, "derive_routes",
                 "a client, server, router or service engine");
            only(!segment, !node.programs.empty(), "programs", "a client, server, router or service engine");
            only(node.kind == NodeKind::server, !node.built_in_server, "built_in_server", "a server");
            only(node.kind == NodeKind::server, node.arp_for_loopback, "arp_for_loopback", "a server");
            only(node.kind == NodeKind::se, !node.auto_gateway, "auto_gateway", "a service engine");
            only(node.kind == NodeKind::se, node.prefer_static_routes, "prefer_static_routes",
                 "a service engine");
            only(node.kind == NodeKind::se, node.source_ports != d.source_ports, "source_ports",
                 "a service engine");
            if (node.source_ports.last < node.source_ports.first) {
                complain({key("nodes"), at(i), key("source_ports"), key("last")},
                         fmt::format("{} does not come after {}", node.source_ports.last,
                                     node.source_ports.first));
            }
            refer_if_set({key("nodes"), at(i), key("vrf")}, node.vrf, "a VRF",
                         "a segment lies in a VRF of \"vrfs\"");
            for (std::size_t p = 0; p < node.programs.size(); ++p) {
                if (node.programs[p].argv.empty()) {
                    complain({key("nodes"), at(i), key("programs"), at(p), key("argv")},
                             "a program needs at least its own name here");
                }
            }
        }
    }

    void links() {
        for (std::size_t i = 0; i < document_.links.size() && !found_; ++i) {
            end(i, "a", document_.links[i].a);
            end(i, "b", document_.links[i].b);
        }
    }
    void end(std::size_t link, std::string_view side, const LinkEnd& end) {
        // A dangling end is a drawing that can be mended in the window: a check points at it.
        const Owner* target = owner(end.node);
        if (target == nullptr) {
            return;
        }
        if (target->node == nullptr) {
            complain({key("links"), at(link), key(side), key("node")},
                     fmt::format("{} is {}: a link joins nodes", quote(end.node), target->word));
            return;
        }
        const auto not_on_a_segment = [&](bool set, std::string_view name) {
            if (set && target->node->kind == NodeKind::segment) {
                complain({key("links"), at(link), key(side), key(name)},
                         fmt::format("{} is a segment: its end of a link has no address of its own",
                                     quote(end.node)));
            }
        };
        not_on_a_segment(end.address.has_value(), "address");
        not_on_a_segment(end.auto_address, "auto");
        not_on_a_segment(end.mac.has_value(), "mac");
    }

    void groups() {
        for (std::size_t i = 0; i < document_.groups.size() && !found_; ++i) {
            const Group& group = document_.groups[i];
            std::unordered_set<Id> seen;
            for (std::size_t m = 0; m < group.members.size(); ++m) {
                Path path{key("groups"), at(i), key("members"), at(m)};
                if (!seen.insert(group.members[m]).second) {
                    complain(path,
                             fmt::format("{} is already a member of this group", quote(group.members[m])));
                }
                refer(std::move(path), group.members[m], "a service engine",
                      "the members of a group are service engines (kind \"se\")");
            }
            for (std::size_t f = 0; f < group.floating.size(); ++f) {
                refer({key("groups"), at(i), key("floating"), at(f), key("segment")},
                      group.floating[f].segment, "a segment", "a floating address lies on a segment");
            }
        }
    }

    void pools() {
        for (std::size_t i = 0; i < document_.pools.size() && !found_; ++i) {
            const Pool& pool = document_.pools[i];
            for (std::size_t m = 0; m < pool.members.size(); ++m) {
                refer({key("pools"), at(i), key("members"), at(m), key("server")}, pool.members[m].server,
                      "a server", "the members of a pool are servers");
            }
        }
    }

    void services() {
        for (std::size_t i = 0; i < document_.services.size() && !found_; ++i) {
            const Service& service = document_.services[i];
            const auto path = [&](std::string_view name) { return Path{key("services"), at(i), key(name)}; };
            refer_if_set(path("vrf"), service.vrf, "a VRF", "a service lies in a VRF of \"vrfs\"");
            refer_if_set(path("group"), service.group, "a group",
                         "a service is carried by a group of \"groups\"");
            refer_if_set(path("pool"), service.pool, "a pool", "a service is served by a pool of \"pools\"");
            refer_if_set(path("snat_pool"), service.snat_pool, "an address pool",
                         "SNAT takes its addresses from one of \"address_pools\"");
            for (std::size_t r = 0; r < service.rules.size(); ++r) {
                const ContentRule& rule = service.rules[r];
                const Path at_rule{key("services"), at(i), key("rules"), at(r)};
                const auto inside = [&](std::string_view name) {
                    Path place = at_rule;
                    place.push_back(key(name));
                    return place;
                };
                refer_if_set(inside("pool"), rule.pool, "a pool", "a rule leads to a pool of \"pools\"");
                if (rule.redirect_status > 303 && rule.redirect_status < 307) { // RFC 9110 section 15.4
                    complain(inside("redirect_status"),
                             fmt::format("{} sends nobody elsewhere: 301, 302, 303, 307 and 308 do",
                                         rule.redirect_status));
                }
            }
        }
    }

    void address_pools() {
        for (std::size_t i = 0; i < document_.address_pools.size() && !found_; ++i) {
            const AddressPool& pool = document_.address_pools[i];
            refer_if_set({key("address_pools"), at(i), key("segment")}, pool.segment, "a segment",
                         "an address pool lies on a segment");
            if (pool.first.is_v4() != pool.last.is_v4() || pool.last < pool.first) {
                complain({key("address_pools"), at(i), key("last")},
                         fmt::format("{} does not come after {}", pool.last.text(), pool.first.text()));
            }
        }
    }

    void layout() {
        for (const auto& [id, placement] : document_.layout) {
            if (owner(id) == nullptr) {
                complain({key("layout"), key(id)},
                         "nothing has this id: a placement belongs to an item of the drawing");
            }
        }
    }

    const Document& document_;
    std::unordered_map<std::string_view, Owner> owners_;
    std::optional<Illegal> found_;
};

} // namespace

std::optional<Illegal> illegal_value(const Document& document) {
    ValueCheck check;
    fields(check, document);
    return std::move(check.found);
}

std::optional<Illegal> illegal_reference(const Document& document) {
    return ReferenceCheck(document).run();
}

} // namespace fulcrum::designer
