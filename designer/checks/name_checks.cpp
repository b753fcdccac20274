// Names: they become hostnames, lines of /etc/hosts, processes and words on the command line.
#include <algorithm>
#include <array>
#include <unordered_set>

#include <fmt/format.h>

#include "designer/checks/rules.h"
#include "designer/plan/host_name.h"

namespace fulcrum::designer {

namespace {

// Resolvers do not tell upper from lower case (RFC 4343).
std::string folded(std::string_view name) {
    std::string text(name);
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return text;
}

template <class T>
void find_duplicates(const std::vector<T>& all, std::string_view kind, Findings& findings,
                     const std::vector<std::string>& reserved = {}) {
    std::unordered_map<std::string, const T*> first;
    for (const T& one : all) {
        const std::string key = folded(one.name);
        if (std::ranges::find(reserved, key) != reserved.end()) {
            findings.add({one.id}, fmt::format("the {} {} has a name that always exists", kind, one.name),
                         "give it another name");
            continue;
        }
        const auto [it, is_new] = first.emplace(key, &one);
        if (!is_new) {
            findings.add({one.id, it->second->id},
                         fmt::format("two {}s are named {}: nobody can tell which is meant", kind, one.name),
                         "give one of them another name");
        }
    }
}

void check_duplicate_name(const Inspection& look, Findings& findings) {
    std::vector<Node> none;
    std::unordered_map<std::string, const Node*> stations, segments;
    for (const Node& node : look.drawn.nodes) {
        const bool is_segment = node.kind == NodeKind::segment;
        const auto [it, is_new] = (is_segment ? segments : stations).emplace(folded(node.name), &node);
        if (!is_new) {
            findings.add(
                {node.id, it->second->id},
                fmt::format("two {} are named {}: {}", is_segment ? "segments" : "nodes", node.name,
                            is_segment
                                ? "nobody can tell which is meant"
                                : "a name leads to one address, and upper or lower case does not count"),
                "give one of them another name");
        }
    }
    find_duplicates(look.drawn.groups, "group", findings);
    find_duplicates(look.drawn.vrfs, "zone", findings, {"global"});
    find_duplicates(look.drawn.pools, "pool", findings);
    find_duplicates(look.drawn.services, "service", findings);
}

// "server1" → "server2", …: the first that nothing in the drawing has.
std::string free_name(const Document& document, const std::string& taken) {
    std::unordered_set<std::string> names{"global"};
    const auto add = [&](const auto& collection) {
        for (const auto& entity : collection) {
            names.insert(folded(entity.name));
        }
    };
    add(document.nodes);
    add(document.groups);
    add(document.vrfs);
    add(document.pools);
    add(document.services);
    std::string stem = taken;
    while (!stem.empty() && stem.back() >= '0' && stem.back() <= '9') {
        stem.pop_back();
    }
    stem = stem.empty() ? "node" : stem;
    stem.resize(std::min(stem.size(), longest_host_name - 8)); // room for the number
    for (std::size_t n = 1;; ++n) {
        const std::string name = fmt::format("{}{}", stem, n);
        if (!names.contains(folded(name))) {
            return name;
        }
    }
}

template <class T>
T* entity(std::vector<T>& all, const Id& id) {
    const auto it = std::ranges::find(all, id, &T::id);
    return it == all.end() ? nullptr : &*it;
}

std::string* name_in(Document& document, const Id& id) {
    if (Node* node = document.node(id)) {
        return &node->name;
    }
    if (Group* group = document.group(id)) {
        return &group->name;
    }
    if (Pool* pool = document.pool(id)) {
        return &pool->name;
    }
    if (Service* service = document.service(id)) {
        return &service->name;
    }
    Vrf* vrf = entity(document.vrfs, id);
    return vrf == nullptr ? nullptr : &vrf->name;
}

void fix_duplicate_name(Document& document, const Problem& problem) {
    if (std::string* name = name_in(document, problem.items.front())) {
        *name = free_name(document, *name);
    }
}

void check_name_too_long(const Inspection& look, Findings& findings) {
    for (const Node& node : look.drawn.nodes) {
        if (node.kind != NodeKind::segment && node.name.size() > longest_host_name) {
            findings.add({node.id},
                         fmt::format("the name {} has {} bytes; a host name has at most {}", node.name,
                                     node.name.size(), longest_host_name),
                         "shorten the name");
        }
    }
}

void fix_name_too_long(Document& document, const Problem& problem) {
    Node* node = document.node(problem.items.front());
    if (node == nullptr) {
        return;
    }
    std::string name = node->name.substr(0, longest_host_name - 8);
    while (!name.empty() && (static_cast<unsigned char>(name.back()) & 0xc0) == 0x80) {
        name.pop_back(); // not in the middle of a character
    }
    if (!name.empty() && static_cast<unsigned char>(name.back()) >= 0x80) {
        name.pop_back();
    }
    node->name = free_name(document, name);
}

void check_hostname_characters(const Inspection& look, Findings& findings) {
    for (const Node& node : look.drawn.nodes) {
        if (node.kind != NodeKind::segment && !has_host_name_characters(node.name)) {
            findings.add(
                {node.id},
                fmt::format("the name \"{}\" cannot be a host name: letters, digits, '-', '_' and '.' can, "
                            "not beginning with '-' or '.'",
                            node.name),
                "replace the other characters");
        }
    }
}

void fix_hostname_characters(Document& document, const Problem& problem) {
    Node* node = document.node(problem.items.front());
    if (node == nullptr) {
        return;
    }
    std::string name;
    for (const char c : node->name) {
        const bool good = has_host_name_characters(std::string("x") + c);
        name += good ? c : '-';
    }
    const std::size_t start = name.find_first_not_of("-.");
    name = start == std::string::npos ? std::string(name_of(node->kind)) : name.substr(start);
    const bool is_taken = std::ranges::any_of(document.nodes, [&](const Node& other) {
        return &other != node && folded(other.name) == folded(name);
    });
    node->name = is_taken || start == std::string::npos ? free_name(document, name) : name;
}

void check_programs(const Inspection& look, Findings& findings) {
    for (const Node& node : look.drawn.nodes) {
        std::unordered_set<std::string> names;
        if (node.kind == NodeKind::se) {
            names.insert("engine");
        }
        if (node.kind == NodeKind::server && node.built_in_server) {
            names.insert("server");
        }
        for (const Program& program : node.programs) {
            if (program.name.empty() || program.argv.empty() || program.argv.front().empty()) {
                findings.add({node.id}, fmt::format("a program of {} has no name or no command", node.name),
                             "give it both, or remove it");
            } else if (!names.insert(program.name).second) {
                findings.add(
                    {node.id},
                    fmt::format("two programs of {} are named {} (the program's own is \"server\" or "
                                "\"engine\")",
                                node.name, program.name),
                    "give one of them another name");
            }
        }
    }
}

constexpr std::array table{
    Rule{"duplicate-name", Severity::error, check_duplicate_name, fix_duplicate_name},
    Rule{"name-too-long", Severity::error, check_name_too_long, fix_name_too_long},
    Rule{"bad-hostname-characters", Severity::error, check_hostname_characters, fix_hostname_characters},
    Rule{"bad-program", Severity::error, check_programs},
};

} // namespace

std::span<const Rule> name_rules() {
    return table;
}

} // namespace fulcrum::designer
