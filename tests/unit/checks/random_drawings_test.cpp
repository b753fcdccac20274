// Drawings by chance: each is refused with a reason, or its plan is one that the lab and the engine accept.
// None in between, and no fix makes the program stumble. The seed of a failing one is in the failure's trace.
#include <cstdlib>
#include <random>

#include <gmock/gmock.h>

#include "designer/checks/checks.h"
#include "designer/plan/plan.h"
#include "tests/unit/plan/drawing.h"

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

TEST(RandomDrawings, are_refused_with_a_reason_or_planned_well) {
    const char* wanted = std::getenv("FULCRUM_RANDOM_DRAWINGS");
    const unsigned count = wanted == nullptr ? 1500 : static_cast<unsigned>(std::atoi(wanted));
    unsigned planned = 0;
    for (unsigned seed = 1; seed <= count; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
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
            continue;
        }
        ++planned;
        const std::vector<std::string> refused = netns::problems_of(plan->lab);
        ASSERT_TRUE(refused.empty()) << refused.front();
        for (const auto& [id, config] : plan->engines) {
            const auto parsed = engine::parse_config(engine::emit_config(config));
            ASSERT_TRUE(parsed.has_value()) << id << ": " << parsed.error().message;
        }
        ASSERT_TRUE(netns::parse_lab_plan(netns::emit_lab_plan(plan->lab)).has_value());
        EXPECT_FALSE(plan_as_script(*plan).empty());
        EXPECT_FALSE(plan_as_routes(*plan).empty());
    }
    EXPECT_GT(planned, count / 20) << "the generator makes too few whole drawings to mean anything";
    RecordProperty("planned", static_cast<int>(planned));
}

} // namespace
} // namespace fulcrum::designer
