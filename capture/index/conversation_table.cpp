#include "capture/index/conversation_table.h"

#include <fmt/format.h>

namespace fulcrum::capture {
namespace {

std::uint64_t word(const std::uint8_t* p) {
    std::uint64_t value = 0;
    std::memcpy(&value, p, sizeof value);
    return value;
}

// The same for both directions: the ends' hashes are added.
std::uint32_t hash_of(const Endpoint& a, const Endpoint& b) {
    const auto one = [](const Endpoint& end) {
        auto h = word(end.address.data()) * 0x9e3779b97f4a7c15ULL;
        h ^= (word(end.address.data() + 8) + end.port) * 0xc2b2ae3d27d4eb4fULL;
        h ^= h >> 29;
        h *= 0xbf58476d1ce4e5b9ULL;
        return h ^ (h >> 32);
    };
    auto sum = (one(a) + one(b)) * 0x94d049bb133111ebULL;
    return static_cast<std::uint32_t>(sum >> 32);
}

} // namespace

std::string_view name_of(ConversationKind kind) {
    constexpr std::array<std::string_view, conversation_kinds> names{"eth", "ip", "ipv6", "tcp", "udp"};
    return names[static_cast<std::size_t>(kind)];
}

Endpoint Endpoint::of_mac(const std::uint8_t* six) {
    Endpoint end;
    std::memcpy(end.address.data(), six, 6);
    return end;
}
Endpoint Endpoint::of_v4(const std::uint8_t* four, std::uint16_t port) {
    Endpoint end;
    end.address[10] = end.address[11] = 0xff;
    std::memcpy(end.address.data() + 12, four, 4);
    end.port = port;
    return end;
}
Endpoint Endpoint::of_v6(const std::uint8_t* sixteen, std::uint16_t port) {
    Endpoint end;
    std::memcpy(end.address.data(), sixteen, 16);
    end.port = port;
    return end;
}
std::string Endpoint::socket_text() const {
    return ip().is_v4() ? fmt::format("{}:{}", ip().text(), port) : fmt::format("[{}]:{}", ip().text(), port);
}
Mac Endpoint::mac() const {
    Mac mac;
    std::memcpy(mac.bytes.data(), address.data(), 6);
    return mac;
}

ConversationTable::ConversationTable() : slots_(1024) {}

std::size_t ConversationTable::slot_of(const Endpoint& source, const Endpoint& destination,
                                       std::uint32_t hash, bool& from_b) const {
    const auto mask = slots_.size() - 1;
    for (auto at = hash & mask;; at = (at + 1) & mask) {
        const auto& slot = slots_[at];
        if (slot.index == 0) {
            return at;
        }
        if (slot.hash != hash) {
            continue;
        }
        const auto& found = conversations_[slot.index - 1];
        if (found.a == source && found.b == destination) {
            from_b = false;
            return at;
        }
        if (found.b == source && found.a == destination) {
            from_b = true;
            return at;
        }
    }
}

std::optional<ConversationTable::Found> ConversationTable::find(const Endpoint& source,
                                                                const Endpoint& destination) const {
    Found found;
    const auto at = slot_of(source, destination, hash_of(source, destination), found.from_b);
    if (slots_[at].index == 0) {
        return std::nullopt;
    }
    found.index = slots_[at].index - 1;
    return found;
}

std::optional<ConversationTable::Found>
ConversationTable::find_or_make(const Endpoint& source, const Endpoint& destination, bool renew) {
    Found found;
    const auto hash = hash_of(source, destination);
    auto at = slot_of(source, destination, hash, found.from_b);
    if (slots_[at].index != 0 && !renew) {
        found.index = slots_[at].index - 1;
        if (auto& known = conversations_[found.index]; found.from_b && !known.has_frames()) {
            std::swap(known.a, known.b); // nobody has sent yet
            found.from_b = false;
        }
        return found;
    }
    if (conversations_.full()) {
        return std::nullopt;
    }
    Conversation fresh;
    fresh.a = source;
    fresh.b = destination;
    const auto index = static_cast<std::uint32_t>(conversations_.push_back(fresh));
    if (slots_[at].index == 0) {
        ++used_;
    }
    slots_[at] = {hash, index + 1};
    if (used_ * 3 > slots_.size() * 2) {
        grow();
    }
    return Found{index, false, true};
}

void ConversationTable::count(const Found& found, std::uint32_t packet, std::uint32_t bytes,
                              std::int64_t time_ns) {
    auto& conversation = conversations_[found.index];
    if (!conversation.has_frames()) {
        conversation.first_ns = conversation.last_ns = time_ns;
        conversation.first_packet = packet;
    }
    conversation.first_ns = std::min(conversation.first_ns, time_ns);
    conversation.last_ns = std::max(conversation.last_ns, time_ns);
    ++conversation.frames[found.from_b ? 1 : 0];
    conversation.bytes[found.from_b ? 1 : 0] += bytes;
}

void ConversationTable::grow() {
    std::vector<Slot> larger(slots_.size() * 2);
    const auto mask = larger.size() - 1;
    for (const auto& slot : slots_) {
        if (slot.index == 0) {
            continue;
        }
        auto at = slot.hash & mask;
        while (larger[at].index != 0) {
            at = (at + 1) & mask;
        }
        larger[at] = slot;
    }
    slots_ = std::move(larger);
}

} // namespace fulcrum::capture
