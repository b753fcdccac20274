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

// Edits that people make, each a pure function from document to document. Names count up from 1 per kind;
// addresses are given as links are drawn.
Document add_node(const Document&, NodeKind kind, Placement where, Id* created = nullptr);
Document add_link(const Document&, const Id& a, const Id& b,
                  Id* created = nullptr); // unchanged when it cannot be
Document add_service(const Document&, const Id& segment, Placement where,
                     Id* created = nullptr); // a VIP on a segment
Document remove_items(const Document&,
                      const std::vector<Id>& ids); // and what hangs on them: links, memberships
Document rename(const Document&, const Id& id, const std::string& name);
Document duplicate(const Document&, const std::vector<Id>& ids, double dx, double dy,
                   std::vector<Id>* created = nullptr);
Document paste(const Document&, const Document& clip, double dx, double dy,
               std::vector<Id>* created = nullptr);
Document subset(const Document&,
                const std::vector<Id>& ids); // for copy: the items and the links between them
Document set_mode(const Document&, const Id& service,
                  Mode mode); // re-plans addresses and HA that depend on it

} // namespace fulcrum::designer
