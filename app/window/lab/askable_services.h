// Which services each client of a drawing can ask: those that its routes lead it to. Zones (VRFs) may use the
// same addresses, so a VIP's address alone does not say whom a request would reach.
#pragma once

#include <set>
#include <utility>

#include "designer/document/document.h"

namespace fulcrum::window {

class AskableServices {
public:
    AskableServices() = default;                                 // nobody can ask anything
    explicit AskableServices(const designer::Document& drawing); // with its addresses filled in

    bool can_ask(const designer::Id& client, const designer::Id& service) const {
        return pairs_.contains({client, service});
    }
    bool can_ask_any(const designer::Id& client) const;
    // In the order of the drawing; empty: no client reaches the service.
    designer::Id first_client_of(const designer::Document& drawing, const designer::Id& service) const;
    bool empty() const { return pairs_.empty(); }

private:
    std::set<std::pair<designer::Id, designer::Id>> pairs_; // client, service
};

} // namespace fulcrum::window
