#include "designer/edit/membership.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "designer/document/segments.h"
#include "designer/edit/fresh_names.h"

namespace fulcrum::designer {

namespace {

constexpr std::size_t standby_pair = 2;

bool contains(const std::vector<Id>& list, const Id& id) {
    return std::find(list.begin(), list.end(), id) != list.end();
}

bool works_on(const Group& group, const std::vector<Id>& ses_there) {
    return std::any_of(group.members.begin(), group.members.end(),
                       [&](const Id& m) { return contains(ses_there, m); });
}

bool lies_on(const Document& document, const Service& service, const std::vector<Id>& segments) {
    const Node* segment = vip_segment(document, service);
    return segment != nullptr && contains(segments, segment->id);
}

void join_pool(Document& document, const std::vector<Id>& servers, const Id& segment) {
    const std::vector<Id> segments = joined_segments(document, segment);
    const std::vector<Id> ses = nodes_on(document, segment, NodeKind::se);
    std::set<Id> served_here;
    for (const Service& service : document.services) {
        const Group* group = document.group(service.group);
        if (!service.pool.empty() &&
            (lies_on(document, service, segments) || (group != nullptr && works_on(*group, ses)))) {
            served_here.insert(service.pool);
        }
    }
    if (served_here.size() != 1) {
        return;
    }
    std::unordered_set<Id> in_a_pool;
    for (const Pool& pool : document.pools) {
        for (const PoolMember& member : pool.members) {
            in_a_pool.insert(member.server);
        }
    }
    Pool& pool = *document.pool(*served_here.begin());
    for (const Id& server : servers) {
        if (in_a_pool.insert(server).second) {
            pool.members.push_back({server});
        }
    }
}

void join_group(Document& document, const std::vector<Id>& ses, const Id& segment) {
    const std::vector<Id> segments = joined_segments(document, segment);
    const std::vector<Id> ses_there = nodes_on(document, segment, NodeKind::se);
    std::unordered_set<Id> in_a_group;
    std::set<Id> working_here;
    for (const Group& group : document.groups) {
        in_a_group.insert(group.members.begin(), group.members.end());
        if (works_on(group, ses_there)) {
            working_here.insert(group.id);
        }
    }
    std::vector<Service*> without_group;
    for (Service& service : document.services) {
        if (lies_on(document, service, segments)) {
            if (service.group.empty()) {
                without_group.push_back(&service);
            } else {
                working_here.insert(service.group);
            }
        }
    }
    if (working_here.empty() && !without_group.empty()) {
        Group group;
        group.id = group.name = FreshNames(document).take("group");
        document.groups.push_back(group);
        working_here.insert(group.id);
    }
    if (working_here.size() != 1) {
        return;
    }
    for (Service* service : without_group) {
        service->group = *working_here.begin();
    }
    Group& group = *document.group(*working_here.begin());
    for (const Id& se : ses) {
        const bool full = group.ha == HaMode::active_standby && group.members.size() >= standby_pair;
        if (!full && in_a_group.insert(se).second) {
            group.members.push_back(se);
        }
    }
}

} // namespace

void join_services(Document& document, std::span<const Id> nodes, const Id& segment) {
    std::unordered_set<Id> joining(nodes.begin(), nodes.end());
    std::vector<Id> servers, ses;
    for (const Node& node : document.nodes) {
        if (joining.contains(node.id)) {
            if (node.kind == NodeKind::server) {
                servers.push_back(node.id);
            } else if (node.kind == NodeKind::se) {
                ses.push_back(node.id);
            }
        }
    }
    if (!servers.empty()) {
        join_pool(document, servers, segment);
    }
    if (!ses.empty()) {
        join_group(document, ses, segment);
    }
}

Id group_on(const Document& document, const Id& segment) {
    const std::vector<Id> ses = nodes_on(document, segment, NodeKind::se);
    for (const Group& group : document.groups) {
        if (works_on(group, ses)) {
            return group.id;
        }
    }
    return {};
}

} // namespace fulcrum::designer
