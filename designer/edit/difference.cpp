#include <algorithm>
#include <cassert>
#include <unordered_map>

#include "designer/edit/edit.h"

namespace fulcrum::designer {

namespace {

// Marks a longest ascending subsequence: the entities that keep their order. All others have moved.
std::vector<bool> longest_ascending(const std::vector<std::size_t>& values) {
    std::vector<std::size_t> tails; // index of the smallest last value of a run of that length
    std::vector<std::size_t> before(values.size(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto at = std::lower_bound(tails.begin(), tails.end(), values[i],
                                         [&](std::size_t t, std::size_t value) { return values[t] < value; });
        if (at != tails.begin()) {
            before[i] = *std::prev(at);
        }
        if (at == tails.end()) {
            tails.push_back(i);
        } else {
            *at = i;
        }
    }
    std::vector<bool> kept(values.size(), false);
    if (!tails.empty()) {
        for (std::size_t i = tails.back(); i < values.size(); i = before[i]) {
            kept[i] = true;
        }
    }
    return kept;
}

template <class T>
std::vector<EntityChange<T>> difference_of(const std::vector<T>& before, const std::vector<T>& after) {
    std::vector<EntityChange<T>> changes;
    if (before == after) {
        return changes;
    }
    std::unordered_map<std::string_view, std::size_t> index_before, index_after;
    for (std::size_t i = 0; i < before.size(); ++i) {
        index_before.emplace(before[i].id, i);
    }
    for (std::size_t i = 0; i < after.size(); ++i) {
        index_after.emplace(after[i].id, i);
    }
    assert(index_before.size() == before.size() && index_after.size() == after.size()); // ids are unique
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (!index_after.contains(before[i].id)) {
            changes.push_back({before[i].id, before[i], std::nullopt, i, 0});
        }
    }
    std::vector<std::size_t> common; // places before, in the order after
    for (const T& entity : after) {
        if (const auto was = index_before.find(entity.id); was != index_before.end()) {
            common.push_back(was->second);
        }
    }
    const std::vector<bool> in_order = longest_ascending(common);
    std::size_t c = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
        const auto was = index_before.find(after[i].id);
        if (was == index_before.end()) {
            changes.push_back({after[i].id, std::nullopt, after[i], 0, i});
        } else if (!in_order[c++] || before[was->second] != after[i]) {
            changes.push_back({after[i].id, before[was->second], after[i], was->second, i});
        }
    }
    return changes;
}

// What is not named in the changes keeps its order, so the list after is: every changed entity at its place,
// and the others in the places left.
template <class T>
void apply_to(std::vector<T>& list, const std::vector<EntityChange<T>>& changes) {
    if (changes.empty()) {
        return;
    }
    const bool in_place = std::all_of(changes.begin(), changes.end(), [](const EntityChange<T>& change) {
        return change.before && change.after && change.before_index == change.after_index;
    });
    std::vector<bool> gone(in_place ? 0 : list.size(), false);
    std::size_t size = list.size();
    for (const EntityChange<T>& change : changes) {
        if (change.before) {
            assert(change.before_index < list.size() && list[change.before_index] == *change.before);
            if (in_place) {
                list[change.before_index] = *change.after;
                continue;
            }
            gone[change.before_index] = true;
            --size;
        }
        size += change.after ? 1 : 0;
    }
    if (in_place) {
        return;
    }
    std::vector<const T*> placed(size, nullptr);
    for (const EntityChange<T>& change : changes) {
        if (change.after) {
            assert(change.after_index < size && placed[change.after_index] == nullptr);
            placed[change.after_index] = &*change.after;
        }
    }
    std::vector<T> result;
    result.reserve(size);
    std::size_t next = 0;
    for (const T* entity : placed) {
        if (entity != nullptr) {
            result.push_back(*entity);
            continue;
        }
        while (next < gone.size() && gone[next]) {
            ++next;
        }
        assert(next < list.size());
        result.push_back(std::move(list[next++]));
    }
    list = std::move(result);
}

template <class T>
std::vector<EntityChange<T>> reverse(std::vector<EntityChange<T>> changes) {
    for (EntityChange<T>& change : changes) {
        std::swap(change.before, change.after);
        std::swap(change.before_index, change.after_index);
    }
    return changes;
}

Document header_of(const Document& document) {
    Document header;
    header.name = document.name;
    header.description = document.description;
    header.offload = document.offload;
    return header;
}

} // namespace

bool Change::empty() const {
    return nodes.empty() && links.empty() && groups.empty() && vrfs.empty() && pools.empty() &&
           services.empty() && address_pools.empty() && notes.empty() && placements.empty() && !header;
}

bool Change::only_moves() const {
    if (placements.empty()) {
        return false;
    }
    Change others = *this;
    others.placements.clear();
    return others.empty();
}

Change Change::reversed() const {
    Change out;
    out.nodes = reverse(nodes);
    out.links = reverse(links);
    out.groups = reverse(groups);
    out.vrfs = reverse(vrfs);
    out.pools = reverse(pools);
    out.services = reverse(services);
    out.address_pools = reverse(address_pools);
    out.notes = reverse(notes);
    out.placements = placements;
    for (PlacementChange& change : out.placements) {
        std::swap(change.before, change.after);
    }
    if (header) {
        out.header.emplace(header->second, header->first);
    }
    return out;
}

Change difference(const Document& before, const Document& after) {
    Change change;
    change.nodes = difference_of(before.nodes, after.nodes);
    change.links = difference_of(before.links, after.links);
    change.groups = difference_of(before.groups, after.groups);
    change.vrfs = difference_of(before.vrfs, after.vrfs);
    change.pools = difference_of(before.pools, after.pools);
    change.services = difference_of(before.services, after.services);
    change.address_pools = difference_of(before.address_pools, after.address_pools);
    change.notes = difference_of(before.notes, after.notes);
    // Both maps are sorted by id: one walk over the two.
    auto b = before.layout.begin();
    auto a = after.layout.begin();
    while (b != before.layout.end() || a != after.layout.end()) {
        if (a == after.layout.end() || (b != before.layout.end() && b->first < a->first)) {
            change.placements.push_back({b->first, b->second, std::nullopt});
            ++b;
        } else if (b == before.layout.end() || a->first < b->first) {
            change.placements.push_back({a->first, std::nullopt, a->second});
            ++a;
        } else {
            if (b->second != a->second) {
                change.placements.push_back({b->first, b->second, a->second});
            }
            ++b;
            ++a;
        }
    }
    if (Document was = header_of(before), is = header_of(after); was != is) {
        change.header.emplace(std::move(was), std::move(is));
    }
    return change;
}

void apply(Document& document, const Change& change) {
    apply_to(document.nodes, change.nodes);
    apply_to(document.links, change.links);
    apply_to(document.groups, change.groups);
    apply_to(document.vrfs, change.vrfs);
    apply_to(document.pools, change.pools);
    apply_to(document.services, change.services);
    apply_to(document.address_pools, change.address_pools);
    apply_to(document.notes, change.notes);
    for (const PlacementChange& placement : change.placements) {
        if (placement.after) {
            document.layout[placement.id] = *placement.after;
        } else {
            document.layout.erase(placement.id);
        }
    }
    if (change.header) {
        assert(header_of(document) == change.header->first);
        document.name = change.header->second.name;
        document.description = change.header->second.description;
        document.offload = change.header->second.offload;
    }
}

} // namespace fulcrum::designer
