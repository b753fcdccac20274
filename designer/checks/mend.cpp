#include "designer/checks/mend.h"

#include <algorithm>

#include "designer/plan/addressing.h"
#include "designer/plan/plan.h"

namespace fulcrum::designer {

LinkEnd* link_end_of(Document& document, const std::vector<Id>& items) {
    Link* link = items.size() < 2 ? nullptr : document.link(items[1]);
    if (link == nullptr) {
        return nullptr;
    }
    return link->a.node == items[0] ? &link->a : link->b.node == items[0] ? &link->b : nullptr;
}

void give_address(Document& document, LinkEnd& end) {
    // The planner's own choice, so that a mended drawing and a filled one agree.
    const Document filled = fill_addresses(document);
    for (std::size_t i = 0; i < document.links.size(); ++i) {
        if (&document.links[i].a == &end) {
            end.address = filled.links[i].a.address;
        } else if (&document.links[i].b == &end) {
            end.address = filled.links[i].b.address;
        }
    }
    end.auto_address = false;
}

void give_another_address(Document& document, const std::vector<Id>& items) {
    if (LinkEnd* end = link_end_of(document, items)) {
        end->address.reset();
        give_address(document, *end);
        return;
    }
    if (Service* service = document.service(items.front())) {
        service->vip.reset();
        const Document filled = fill_addresses(document);
        service->vip = filled.service(service->id)->vip;
        return;
    }
    Group* group = document.group(items.front());
    if (group == nullptr) {
        return;
    }
    // The floating address that somebody else has too: the first that is taken when the group's own are not
    // counted.
    const Document filled = fill_addresses(document);
    Document without = filled;
    without.group(group->id)->floating.clear();
    const Network network(without);
    AddressBook book(network);
    for (FloatingAddress& floating : group->floating) {
        const Domain* domain = network.domain_of(floating.segment);
        const Net* net = network.net_at(domain, floating.address);
        if (net == nullptr || !book.is_taken(*domain, floating.address)) {
            continue;
        }
        if (const auto address = book.give(*net, AddressUse::floating)) {
            floating.address = *address;
        }
        return;
    }
}

} // namespace fulcrum::designer
