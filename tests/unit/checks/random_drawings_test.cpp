// Drawings by chance: each is refused with a reason, or its plan is one that the lab and the engine accept.
// None in between, and no fix makes the program stumble.
#include <algorithm>
#include <cstdlib>
#include <random>

#include <gmock/gmock.h>

#include "designer/checks/checks.h"
#include "designer/plan/plan.h"
#include "tests/unit/plan/drawing.h"
#include "tests/unit/plan/lab_walk.h"

namespace fulcrum::designer {
namespace {

using testing::Drawing;

class Generator {
public:
    explicit Generator(unsigned seed) : random_(seed) {}

    Document make() {
        const std::size_t segments = between(1, 4);
        for (std::size_t i = 1; i <= segments; ++i) {
            drawing_.segment(name("seg", i),
                             rarely() ? "" : "10." + std::to_string(between(1, 5)) + ".0.0/24");
        }
        add("router", NodeKind::router, between(0, 3));
        add("se", NodeKind::se, between(1, 3));
        add("server", NodeKind::server, between(1, 4));
        add("client", NodeKind::client, between(0, 3));
        for (const Node& node : std::vector<Node>(drawing_.document.nodes)) {
            const std::size_t links = node.kind == NodeKind::router    ? between(1, 3)
                                      : node.kind == NodeKind::se      ? between(1, 2)
                                      : node.kind == NodeKind::segment ? (rarely() ? 1 : 0)
                                                                       : (rarely() ? 2 : 1);
            for (std::size_t i = 0; i < links; ++i) {
                link(node);
            }
        }
        services(segments);
        by_hand();
        return drawing_.document;
    }

private:
    std::size_t between(std::size_t low, std::size_t high) {
        return std::uniform_int_distribution<std::size_t>(low, high)(random_);
    }
    bool rarely() { return between(1, 12) == 1; }
    static std::string name(const std::string& stem, std::size_t n) { return stem + std::to_string(n); }

    void add(const std::string& stem, NodeKind kind, std::size_t count) {
        for (std::size_t i = 1; i <= count; ++i) {
            drawing_.node(name(stem, i), kind);
        }
    }
    void link(const Node& node) {
        const std::vector<Node>& nodes = drawing_.document.nodes;
        const Node* other = &nodes[between(0, nodes.size() - 1)];
        for (int tries = 0; other->kind != NodeKind::segment && !rarely() && tries < 50; ++tries) {
            other = &nodes[between(0, nodes.size() - 1)];
        }
        const bool by_hand = node.kind != NodeKind::segment && between(1, 4) == 1 && other->subnet;
        drawing_.link(node.name, other->name,
                      by_hand ? other->subnet->nth(static_cast<std::uint32_t>(between(0, 12)))->text() + "/24"
                              : "");
    }
    void services(std::size_t segments) {
        std::size_t engines = 0, servers = 0;
        for (const Node& node : drawing_.document.nodes) {
            engines += node.kind == NodeKind::se;
            servers += node.kind == NodeKind::server;
        }
        const std::size_t groups = between(1, 2);
        for (std::size_t g = 1; g <= groups; ++g) {
            drawing_.group(name("group", g), {}, static_cast<HaMode>(between(0, 1)));
            for (std::size_t i = 1; i <= engines; ++i) {
                if (!rarely()) {
                    drawing_.document.groups.back().members.push_back(name("se", i));
                }
            }
            if (between(1, 2) == 1) {
                const Node* segment = drawing_.document.node(name("seg", between(1, segments)));
                if (segment->subnet) {
                    drawing_.floating(
                        segment->id, segment->subnet->nth(static_cast<std::uint32_t>(between(1, 4)))->text());
                }
            }
        }
        drawing_.pool("pool1", {});
        for (std::size_t i = 1; i <= servers; ++i) {
            PoolMember member;
            member.server = name("server", i);
            member.port = rarely() ? 8080 : 0;
            drawing_.document.pools.back().members.push_back(member);
        }
        const std::size_t count = between(1, 3);
        for (std::size_t s = 1; s <= count; ++s) {
            drawing_.service(name("vip", s), rarely() ? "10.1.0.7" : "", static_cast<Mode>(between(0, 4)),
                             name("group", between(1, groups)), "pool1");
            Service& service = drawing_.document.services.back();
            if (rarely()) {
                service.vip = IpAddress::v4(0x0a320000 + static_cast<std::uint32_t>(s));
                service.attachment = static_cast<Attachment>(between(1, 2));
            }
        }
    }
    void by_hand() {
        std::vector<IpAddress> addresses;
        for (const Link& link : fill_addresses(drawing_.document).links) {
            for (const LinkEnd* end : {&link.a, &link.b}) {
                if (end->address) {
                    addresses.push_back(end->address->address);
                }
            }
        }
        for (Node& node : drawing_.document.nodes) {
            if (node.kind == NodeKind::segment || addresses.empty()) {
                continue;
            }
            if (rarely()) {
                node.gateway = addresses[between(0, addresses.size() - 1)];
            }
            if (rarely()) {
                node.routes.push_back({*IpPrefix::parse("10." + std::to_string(between(1, 5)) + ".0.0/24"),
                                       addresses[between(0, addresses.size() - 1)]});
            }
            if (rarely()) {
                node.derive_routes = false;
            }
        }
    }

    Drawing drawing_;
    std::mt19937 random_;
};

bool has_errors(const std::vector<Problem>& problems) {
    return !problems.empty() && problems.front().severity == Severity::error;
}

// Why a service's requests do not make the whole way, client to SE to server to client; empty: they do, or
// the checks say that this client gets to no VIP.
class Journey {
public:
    Journey(const Document& document, const Plan& plan, const std::vector<Problem>& problems)
        : document_(document), filled_(fill_addresses(document)), plan_(plan), walk_(plan),
          problems_(problems) {}

    std::vector<std::string> broken() {
        broken_ = walk_.contradictions();
        for (const auto& [id, config] : plan_.engines) {
            for (const engine::ServiceConfig& service : config.services) {
                const Service* drawn = drawn_named(service.name);
                if (config.role == engine::Role::active && drawn != nullptr && drawn->enabled &&
                    service.attachment == Attachment::arp) {
                    follow(config, service);
                }
            }
        }
        return broken_;
    }
    std::size_t followed() const { return followed_; }

private:
    const Service* drawn_named(const std::string& name) const {
        const auto it = std::ranges::find(filled_.services, name, &Service::name);
        return it == filled_.services.end() ? nullptr : &*it;
    }
    bool is_excused(const std::string& client) const {
        return std::ranges::any_of(problems_, [&](const Problem& problem) {
            return problem.items.front() == client &&
                   (problem.id == "client-reaches-no-vip" || problem.id == "client-in-server-segment" ||
                    problem.id == "unconnected-node");
        });
    }
    void expect(const std::string& what, const testing::LabWalk::Way& way, const std::string& goal) {
        ++followed_;
        if (!way.arrived() || way.nodes.back() != goal) {
            broken_.push_back(what + " " + way.text());
        }
    }

    void follow(const engine::EngineConfig& se, const engine::ServiceConfig& service) {
        const auto pool = std::ranges::find(se.pools, service.pool, &engine::PoolConfig::name);
        for (const netns::NodePlan& client : plan_.lab.nodes) {
            if (client.kind != "client" || client.interfaces.empty() || is_excused(client.name)) {
                continue;
            }
            const auto request = walk_.send(client.name, {}, service.vip);
            // A client may be drawn for another VIP: where this one's requests go is what the drawing says.
            if (!request.arrived() || request.nodes.back() != se.name) {
                continue;
            }
            const auto out = std::ranges::find(client.interfaces, request.out, &netns::InterfacePlan::name);
            for (const engine::ServerConfig& server : pool->servers) {
                follow_server(se, service, server, client.name, out->addresses.front().address, request);
            }
        }
    }

    void follow_server(const engine::EngineConfig& se, const engine::ServiceConfig& service,
                       const engine::ServerConfig& server, const std::string& client,
                       const IpAddress& address, const testing::LabWalk::Way& request) {
        const std::string name = server.name.substr(0, server.name.find(' '));
        const std::string story = service.name + "/" + std::string(engine::name_of(service.mode)) + " ";
        const auto to_server = walk_.send(se.name, service.vip, server.address, {}, service.vrf);
        expect(story + "to server", to_server, name);
        if (service.mode == Mode::full_proxy) {
            for (const engine::InterfaceConfig& interface : se.interfaces) {
                for (const IpPrefix& own : interface.addresses) {
                    const std::string out = walk_.interface_beside(se.name, to_server.nodes[1], service.vrf);
                    if (to_server.arrived() && interface.vrf == service.vrf && interface.name == out) {
                        expect(story + "answer to SE", walk_.send(name, server.address, own.address),
                               se.name);
                    }
                }
            }
        } else if (service.mode == Mode::in_line) {
            const auto back = walk_.send(name, server.address, address);
            if (std::ranges::find(back.nodes, se.name) == back.nodes.end()) {
                broken_.push_back(story + "answer past the SE " + back.text());
            }
            ++followed_;
        } else {
            expect(story + "answer to client", walk_.send(name, service.vip, address), client);
            return;
        }
        const std::string& before = request.nodes[request.nodes.size() - 2];
        const Node* drawn = document_.node(se.name);
        if (drawn->auto_gateway) {
            if (before != client) {
                expect(story + "SE's answer",
                       walk_.send(before, service.vip, address,
                                  walk_.interface_beside(before, se.name, service.vrf)),
                       client);
            }
        } else {
            expect(story + "SE's answer", walk_.send(se.name, service.vip, address, {}, service.vrf), client);
        }
    }

    const Document& document_;
    const Document filled_;
    const Plan& plan_;
    const testing::LabWalk walk_;
    const std::vector<Problem>& problems_;
    std::vector<std::string> broken_;
    std::size_t followed_ = 0;
};

std::string text(const std::vector<Problem>& problems) {
    std::string all;
    for (const Problem& problem : problems) {
        all += std::string(name_of(problem.severity)) + " " + problem.id + ": " + problem.why + "\n";
    }
    return all;
}

unsigned number_from(const char* variable, unsigned otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

struct Outcome {
    bool planned = false;
    std::size_t followed = 0; // legs of requests
};

void examine(unsigned seed, Outcome& outcome) {
    Document document = Generator(seed).make();
    std::vector<Problem> problems = check(document);
    // Mending as far as it goes makes more of them whole.
    for (int round = 0; round < 20; ++round) {
        const auto fixable = std::ranges::find_if(problems, &Problem::fixable);
        if (fixable == problems.end()) {
            break;
        }
        document = apply_fix(document, *fixable);
        problems = check(document);
    }
    for (const Problem& problem : problems) {
        EXPECT_FALSE(problem.why.empty());
        EXPECT_FALSE(problem.fix.empty());
        EXPECT_FALSE(problem.items.empty()) << problem.id;
    }
    const Result<Plan> plan = make_plan(document);
    ASSERT_EQ(plan.has_value(), !has_errors(problems)) << (plan ? "" : plan.error().message);
    if (!plan) {
        return;
    }
    outcome.planned = true;
    const std::vector<std::string> refused = netns::problems_of(plan->lab);
    ASSERT_TRUE(refused.empty()) << refused.front();
    for (const auto& [id, config] : plan->engines) {
        const auto parsed = engine::parse_config(engine::emit_config(config));
        ASSERT_TRUE(parsed.has_value()) << id << ": " << parsed.error().message;
    }
    ASSERT_TRUE(netns::parse_lab_plan(netns::emit_lab_plan(plan->lab)).has_value());
    EXPECT_FALSE(plan_as_script(*plan).empty());
    EXPECT_FALSE(plan_as_routes(*plan).empty());
    Journey journey(document, *plan, problems);
    EXPECT_THAT(journey.broken(), ::testing::IsEmpty()) << text(problems) << plan_as_routes(*plan);
    outcome.followed = journey.followed();
}

// FULCRUM_RANDOM_SEED=476 looks at one drawing; FULCRUM_RANDOM_DRAWINGS=100000 at many.
TEST(RandomDrawings, are_refused_with_a_reason_or_planned_well) {
    const unsigned one = number_from("FULCRUM_RANDOM_SEED", 0);
    const unsigned first = one == 0 ? 1 : one;
    const unsigned count = one == 0 ? number_from("FULCRUM_RANDOM_DRAWINGS", 600) : 1;
    unsigned planned = 0;
    std::size_t followed = 0;
    for (unsigned seed = first; seed < first + count && !HasFatalFailure(); ++seed) {
        SCOPED_TRACE("FULCRUM_RANDOM_SEED=" + std::to_string(seed));
        Outcome outcome;
        examine(seed, outcome);
        planned += outcome.planned;
        followed += outcome.followed;
    }
    if (one == 0) {
        EXPECT_GT(planned, count / 20) << "the generator makes too few whole drawings to mean anything";
        EXPECT_GT(followed, count / 10) << "too few of their requests get to a SE";
    }
    RecordProperty("planned", static_cast<int>(planned));
    RecordProperty("followed", static_cast<int>(followed));
}

// An SE without a link in the zone was told to serve a VIP that is announced there.
TEST(RandomDrawings, seed_12939_an_engine_outside_the_zone_leaves_the_vip_to_the_others) {
    Outcome outcome;
    examine(12939, outcome);
}

// A server without a link had a gateway fixed by hand: the plan kept the route, which no kernel would take.
TEST(RandomDrawings, seed_476_a_gateway_of_a_node_without_links_leads_nowhere) {
    Outcome outcome;
    examine(476, outcome);
    testing::Drawing d = testing::two_arm(Mode::full_proxy);
    d.node("lonely", NodeKind::server);
    d.document.nodes.back().gateway = IpAddress::parse("10.10.10.1");
    const Result<Plan> plan = make_plan(d.document);
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    EXPECT_TRUE(plan->lab.nodes.back().routes.empty());
    EXPECT_TRUE(netns::problems_of(plan->lab).empty());
}

} // namespace
} // namespace fulcrum::designer
