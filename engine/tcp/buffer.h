// Bytes that are written once and then shared: a payload that came in on one leg is sent, and sent again, on
// the other without being copied. One worker owns a pool and everything taken from it, so references are not
// atomic.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace fulcrum::tcp {

class BufferPool;

// A block of a pool. Lives while a BufferRef or Slice points to it.
struct Buffer {
    BufferPool* pool = nullptr;
    std::uint32_t references = 0;
    std::uint32_t capacity = 0;
    std::uint8_t* bytes() { return reinterpret_cast<std::uint8_t*>(this + 1); }
};

// Part of a buffer, holding a reference to it. 16 bytes. Moved for free, copied for an increment.
class Slice {
public:
    Slice() = default;
    Slice(Buffer* buffer, std::uint32_t offset, std::uint32_t length)
        : buffer_(buffer), offset_(offset), length_(length) {
        hold();
    }
    Slice(const Slice& other) : buffer_(other.buffer_), offset_(other.offset_), length_(other.length_) {
        hold();
    }
    Slice(Slice&& other) noexcept
        : buffer_(std::exchange(other.buffer_, nullptr)), offset_(other.offset_),
          length_(std::exchange(other.length_, 0)) {}
    Slice& operator=(Slice other) noexcept {
        std::swap(buffer_, other.buffer_);
        std::swap(offset_, other.offset_);
        std::swap(length_, other.length_);
        return *this;
    }
    ~Slice() { release(); }

    std::uint32_t size() const { return length_; }
    bool empty() const { return length_ == 0; }
    const std::uint8_t* data() const { return buffer_ == nullptr ? nullptr : buffer_->bytes() + offset_; }
    std::span<const std::uint8_t> bytes() const { return {data(), length_}; }
    // [from, from + length) of this slice; inside it.
    Slice part(std::uint32_t from, std::uint32_t length) const {
        return Slice(buffer_, offset_ + from, length);
    }
    void drop_front(std::uint32_t bytes) {
        offset_ += bytes;
        length_ -= bytes;
    }
    void keep_front(std::uint32_t bytes) { length_ = bytes; }
    // How much memory this slice keeps alive, for accounting: a small slice may pin a large buffer.
    std::uint32_t pinned_bytes() const { return buffer_ == nullptr ? 0 : buffer_->capacity; }

private:
    void hold() {
        if (buffer_ != nullptr) {
            ++buffer_->references;
        }
    }
    inline void release();

    Buffer* buffer_ = nullptr;
    std::uint32_t offset_ = 0, length_ = 0;
};
static_assert(sizeof(Slice) == 16);

// Hands out blocks in a few sizes and keeps returned ones for reuse. Bounded: an exhausted pool returns an
// empty slice, and the caller drops the segment as if the network had.
class BufferPool {
public:
    static constexpr std::array<std::uint32_t, 5> sizes{512, 2048, 4096, 16384, 65536 + 256};

    explicit BufferPool(std::size_t limit_bytes) : limit_(limit_bytes) {}
    BufferPool(const BufferPool&) = delete;
    BufferPool& operator=(const BufferPool&) = delete;
    ~BufferPool(); // every slice must be gone

    Slice copy(std::span<const std::uint8_t> bytes); // bytes.size() <= sizes.back()
    std::size_t used_bytes() const { return used_; } // by living buffers
    std::size_t limit_bytes() const { return limit_; }

private:
    friend class Slice;
    Buffer* take(std::uint32_t bytes);
    void give_back(Buffer* buffer);

    std::array<std::vector<Buffer*>, sizes.size()> free_;
    std::size_t limit_, used_ = 0;
};

inline void Slice::release() {
    if (buffer_ != nullptr && --buffer_->references == 0) {
        buffer_->pool->give_back(buffer_);
    }
}

// A byte stream as a row of slices: push at the back, drop at the front, look anywhere. Empty it holds no
// memory beyond itself, because most connections are idle most of the time.
class SliceQueue {
public:
    std::uint32_t size() const { return bytes_; }
    bool empty() const { return bytes_ == 0; }
    void push(Slice slice);
    void push_front(Slice slice);
    Slice pop(std::uint32_t most);  // the front slice, at most that many bytes of it; the queue is not empty
    void drop(std::uint32_t bytes); // from the front; bytes <= size()
    void clear();
    // Appends to `out` the slices that make up [from, from + length); inside the queue.
    void view(std::uint32_t from, std::uint32_t length, std::vector<Slice>& out) const;

private:
    std::vector<Slice> slices_;
    std::size_t head_ = 0; // slices before it are spent
    std::uint32_t bytes_ = 0;
};

} // namespace fulcrum::tcp
