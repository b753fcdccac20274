// A hash map in one array (open addressing, linear probing, backward-shift deletion): one cache miss per
// lookup, no allocation except when it grows. For small keys and values that may be moved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace fulcrum::stack {

template <class Key, class Value, class Hash>
class FlatMap {
public:
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    Value* find(const Key& key) {
        const std::size_t slot = slot_of(key);
        return slot == absent ? nullptr : &slots_[slot].value;
    }
    const Value* find(const Key& key) const {
        const std::size_t slot = slot_of(key);
        return slot == absent ? nullptr : &slots_[slot].value;
    }
    // The value of `key`, made by default when there was none. Pointers into the map are void after an
    // insertion.
    Value& operator[](const Key& key) {
        if (const std::size_t slot = slot_of(key); slot != absent) {
            return slots_[slot].value;
        }
        if ((size_ + 1) * 4 > slots_.size() * 3) {
            grow();
        }
        std::size_t slot = home_of(key);
        while (slots_[slot].used) {
            slot = next(slot);
        }
        slots_[slot] = Slot{key, Value{}, true};
        ++size_;
        return slots_[slot].value;
    }
    // Pointers into the map are void afterwards.
    bool erase(const Key& key) {
        std::size_t hole = slot_of(key);
        if (hole == absent) {
            return false;
        }
        for (std::size_t slot = next(hole); slots_[slot].used; slot = next(slot)) {
            // An entry may move back into the hole unless its home lies behind the hole (cyclically).
            const std::size_t mask = slots_.size() - 1;
            const std::size_t distance_home = (slot - home_of(slots_[slot].key)) & mask;
            const std::size_t distance_hole = (slot - hole) & mask;
            if (distance_home >= distance_hole) {
                slots_[hole] = std::move(slots_[slot]);
                hole = slot;
            }
        }
        slots_[hole] = Slot{};
        --size_;
        return true;
    }
    void clear() {
        slots_.clear();
        size_ = 0;
    }
    template <class Visit>
    void for_each(Visit&& visit) { // must not insert or erase
        for (Slot& slot : slots_) {
            if (slot.used) {
                visit(static_cast<const Key&>(slot.key), slot.value);
            }
        }
    }
    template <class Visit>
    void for_each(Visit&& visit) const {
        for (const Slot& slot : slots_) {
            if (slot.used) {
                visit(slot.key, slot.value);
            }
        }
    }

private:
    struct Slot {
        Key key{};
        Value value{};
        bool used = false;
    };
    static constexpr std::size_t absent = SIZE_MAX;

    std::size_t home_of(const Key& key) const { return Hash{}(key) & (slots_.size() - 1); }
    std::size_t next(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
    std::size_t slot_of(const Key& key) const {
        if (slots_.empty()) {
            return absent;
        }
        for (std::size_t slot = home_of(key); slots_[slot].used; slot = next(slot)) {
            if (slots_[slot].key == key) {
                return slot;
            }
        }
        return absent;
    }
    void grow() {
        std::vector<Slot> old(slots_.empty() ? 16 : slots_.size() * 2);
        old.swap(slots_);
        for (Slot& slot : old) {
            if (slot.used) {
                std::size_t to = home_of(slot.key);
                while (slots_[to].used) {
                    to = next(to);
                }
                slots_[to] = std::move(slot);
            }
        }
    }

    std::vector<Slot> slots_; // a power of two
    std::size_t size_ = 0;
};

// Spreads an address and a small number (an interface or VRF id) over 64 bits.
inline std::uint64_t mix_bits(std::uint64_t x) {
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93U;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93U;
    return x ^ (x >> 32);
}

} // namespace fulcrum::stack
