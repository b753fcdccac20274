#include "engine/balance/persistence.h"

#include <algorithm>

namespace fulcrum::balance {

PersistenceTable::Entry* PersistenceTable::bucket_of(std::uint32_t client) {
    const std::uint64_t hash = hasher_(FlowKey{.source = client, .protocol = 1});
    return entries_.data() + (hash % bucket_count) * bucket_size;
}

std::optional<std::uint32_t> PersistenceTable::find(std::uint32_t client, Instant now) {
    if (entries_.empty()) {
        return std::nullopt;
    }
    Entry* bucket = bucket_of(client);
    for (Entry* e = bucket; e != bucket + bucket_size; ++e) {
        if (e->client == client && e->used != Instant{}) {
            if (now - e->used > timeout_) {
                e->used = Instant{};
                return std::nullopt;
            }
            e->used = now;
            return e->server;
        }
    }
    return std::nullopt;
}

void PersistenceTable::remember(std::uint32_t client, std::uint32_t server, Instant now) {
    if (entries_.empty()) {
        entries_.resize(bucket_count * bucket_size);
    }
    Entry* bucket = bucket_of(client);
    Entry* place = bucket;
    for (Entry* e = bucket; e != bucket + bucket_size; ++e) {
        if (e->client == client && e->used != Instant{}) {
            place = e;
            break;
        }
        place = e->used < place->used ? e : place;
    }
    *place = {client, server, now};
}

void PersistenceTable::renumber(const std::vector<std::optional<std::uint32_t>>& moved) {
    for (Entry& e : entries_) {
        if (e.used == Instant{}) {
            continue;
        }
        if (e.server < moved.size() && moved[e.server]) {
            e.server = *moved[e.server];
        } else {
            e.used = Instant{};
        }
    }
}

} // namespace fulcrum::balance
