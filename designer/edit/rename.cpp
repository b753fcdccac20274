#include "designer/document/text_rule.h"
#include "designer/edit/edit.h"
#include "designer/edit/references.h"

namespace fulcrum::designer {

Document rename(const Document& document, const Id& id, const std::string& name) {
    if (broken(TextRule::name, name)) {
        return document;
    }
    Document next = document;
    bool id_is_free = true;
    bool found = false, follows = false;
    visit_entities(next, [&](auto& entity) {
        id_is_free = id_is_free && entity.id != name;
        if constexpr (requires { entity.name; }) {
            if (entity.id == id) {
                found = true;
                follows = entity.name == entity.id;
                entity.name = name;
            }
        }
    });
    if (!found) {
        return document;
    }
    if (!follows || !id_is_free) {
        return next;
    }
    // The id was the name, and stays it: in the file it is what a person reads.
    visit_entities(next, [&](auto& entity) {
        if (entity.id == id) {
            entity.id = name;
        }
    });
    visit_references(next, [&](Id& reference) {
        if (reference == id) {
            reference = name;
        }
    });
    if (auto placement = next.layout.extract(id)) {
        placement.key() = name;
        next.layout.insert(std::move(placement));
    }
    return next;
}

} // namespace fulcrum::designer
