// A vector that grows in chunks and never moves an element: one thread appends, others read what is
// published.
#pragma once

#include <array>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <memory>

namespace fulcrum::capture {

// Holds at most `chunks * chunk` elements; full() says when. Elements up to size() may be read from any
// thread while the owner appends, as long as nobody changes them.
template <class T, std::size_t chunk, std::size_t chunks>
class StableVector {
public:
    StableVector() : directory_(new std::atomic<T*>[chunks]()) {}
    ~StableVector() {
        for (std::size_t i = 0; i < chunks && directory_[i].load() != nullptr; ++i) {
            delete[] directory_[i].load();
        }
    }
    StableVector(const StableVector&) = delete;
    StableVector& operator=(const StableVector&) = delete;

    std::size_t size() const { return size_.load(std::memory_order_acquire); }
    bool full() const { return size() == chunk * chunks; }
    const T& operator[](std::size_t i) const {
        return directory_[i / chunk].load(std::memory_order_relaxed)[i % chunk];
    }
    T& operator[](std::size_t i) { return directory_[i / chunk].load(std::memory_order_relaxed)[i % chunk]; }

    // Needs !full(). Returns the new element's place.
    std::size_t push_back(const T& value) {
        const auto at = size_.load(std::memory_order_relaxed);
        assert(at < chunk * chunks);
        auto& slot = directory_[at / chunk];
        auto* elements = slot.load(std::memory_order_relaxed);
        if (elements == nullptr) {
            elements = new T[chunk]; // left as it is: memory is touched as it fills
            slot.store(elements, std::memory_order_relaxed);
        }
        elements[at % chunk] = value;
        size_.store(at + 1, std::memory_order_release);
        return at;
    }
    std::size_t memory_bytes() const { return (size() + chunk - 1) / chunk * chunk * sizeof(T); }

private:
    std::unique_ptr<std::atomic<T*>[]> directory_;
    std::atomic<std::size_t> size_{0};
};

} // namespace fulcrum::capture
