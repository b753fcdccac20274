#include "app/window/properties/arms.h"

#include <QCoreApplication>
#include <algorithm>
#include <set>

#include "app/window/properties/words.h"
#include "designer/edit/edit.h"
#include "designer/plan/plan.h"

namespace fulcrum::window {

using namespace designer;

namespace {

class ArmsText {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::ArmsText)
};

std::set<Id> segments_of(const Document& document, const Id& node) {
    std::set<Id> segments;
    for (const Attached& at : links_of(document, node)) {
        const Node* far = document.node(at.far->node);
        if (far != nullptr && far->kind == NodeKind::segment) {
            segments.insert(far->id);
        }
    }
    return segments;
}

// The segment whose subnet holds the VIP; empty when there is none (a VIP announced by BGP).
Id vip_segment(const Document& document, const Service& service) {
    for (const Node& node : document.nodes) {
        if (node.kind == NodeKind::segment && node.subnet && service.vip && node.vrf == service.vrf &&
            node.subnet->contains(*service.vip)) {
            return node.id;
        }
    }
    return {};
}

} // namespace

Arms arms_of(const Document& document, const Id& id) {
    const Service* service = document.service(id);
    const Group* group = service != nullptr ? document.group(service->group) : nullptr;
    if (group == nullptr) {
        return Arms::unknown;
    }
    std::size_t most = 0;
    for (const Id& se : group->members) {
        most = std::max(most, links_of(document, se).size());
    }
    return most == 0 ? Arms::unknown : most == 1 ? Arms::one : Arms::two;
}

Refusal set_arms(Document& document, const Id& id, Arms arms) {
    const Service* service = document.service(id);
    const Group* group = document.group(service->group);
    if (group == nullptr || group->members.empty()) {
        return ArmsText::tr("The service needs a group with SEs first.");
    }
    const Id front = vip_segment(document, *service);
    const std::vector<Id> members = group->members;
    if (arms == Arms::one) {
        if (front.empty()) {
            return ArmsText::tr("No segment holds the VIP, so there is no one arm to keep.");
        }
        std::vector<Id> extra;
        for (const Id& se : members) {
            for (const Attached& at : links_of(document, se)) {
                if (at.far->node != front) {
                    extra.push_back(at.link->id);
                }
            }
        }
        document = fill_addresses(remove_items(document, extra));
        return std::nullopt;
    }
    std::set<Id> back;
    if (const Pool* pool = document.pool(service->pool)) {
        for (const PoolMember& member : pool->members) {
            back.merge(segments_of(document, member.server));
        }
    }
    back.erase(front);
    if (back.empty()) {
        return ArmsText::tr(
            "The servers are in the VIP's own segment. Put them into a segment of their own first.");
    }
    for (const Id& se : members) {
        const std::set<Id> has = segments_of(document, se);
        for (const Id& segment : back) {
            if (!has.contains(segment)) {
                document = add_link(document, se, segment);
            }
        }
    }
    document = fill_addresses(document);
    return std::nullopt;
}

} // namespace fulcrum::window
