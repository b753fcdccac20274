// Editing as values: an edit is the difference between two documents, by entity id. The undo stack holds
// differences, the canvas applies them to its items, and nothing holds a pointer into a view.
#pragma once

#include <variant>

#include "designer/document/document.h"

namespace fulcrum::designer {

template <class T>
struct EntityChange {
    Id id;
    std::optional<T> before, after; // none: did not, does not exist
    std::size_t before_index = 0, after_index = 0;
};

struct PlacementChange {
    Id id;
    std::optional<Placement> before, after;
};

struct Change {
    std::vector<EntityChange<Node>> nodes;
    std::vector<EntityChange<Link>> links;
    std::vector<EntityChange<Group>> groups;
    std::vector<EntityChange<Vrf>> vrfs;
    std::vector<EntityChange<Pool>> pools;
    std::vector<EntityChange<Service>> services;
    std::vector<EntityChange<AddressPool>> address_pools;
    std::vector<EntityChange<Note>> notes;
    std::vector<PlacementChange> placements;
    std::optional<std::pair<Document, Document>> header; // name, description, offload only; collections empty

    bool empty() const;
    Change reversed() const;
    bool only_moves() const; // placements and nothing else
};

Change difference(const Document& before, const Document& after);
void apply(Document& document, const Change& change); // asserts that the document is at `before`

// Edits that people make, each a pure function from document to document; where it cannot be done, the
// document comes back unchanged. Names count up from 1 per kind.
Document add_node(const Document&, NodeKind kind, Placement where, Id* created = nullptr);
// Both ends get addresses: from the segment's subnet, or from a fresh network for a direct link. A server
// joins the pool, and an engine the group, that is at work on the segment, when it belongs to none and there
// is exactly one.
Document add_link(const Document&, const Id& a, const Id& b, Id* created = nullptr);
// A VIP on a segment, served by the servers behind it and carried by the engines on it: full proxy, which
// works wherever these are.
Document add_service(const Document&, const Id& segment, Placement where, Id* created = nullptr);
// And what hangs on them: links, memberships, VIPs of a segment, frames with their last member.
Document remove_items(const Document&, const std::vector<Id>& ids);
// The id follows where it was the name and nothing else has the new one.
Document rename(const Document&, const Id& id, const std::string& name);
// Copies with names that count on and addresses of their own. `duplicate` also links them where their
// originals are linked; `paste` knows only what is in the clip.
Document duplicate(const Document&, const std::vector<Id>& ids, double dx, double dy,
                   std::vector<Id>* created = nullptr);
Document paste(const Document&, const Document& clip, double dx, double dy,
               std::vector<Id>* created = nullptr);
// For copy: the items and the links between them, as a drawing of its own.
Document subset(const Document&, const std::vector<Id>& ids);
// Re-plans the addresses and the HA that depend on the mode.
Document set_mode(const Document&, const Id& service, Mode mode);
// Every address on the segment moves along and keeps its host number where the new subnet has it: link ends,
// VIPs, floating addresses, address pools, gateways and routes that led into the old one.
Document set_subnet(const Document&, const Id& segment, const IpPrefix& subnet);

} // namespace fulcrum::designer
