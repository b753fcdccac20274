#include "engine/tcp/buffer.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>

namespace fulcrum::tcp {

BufferPool::~BufferPool() {
    assert(used_ == 0);
    for (const auto& row : free_) {
        for (Buffer* buffer : row) {
            ::operator delete(buffer);
        }
    }
}

Buffer* BufferPool::take(std::uint32_t bytes) {
    std::size_t row = 0;
    while (row < sizes.size() && sizes[row] < bytes) {
        ++row;
    }
    if (row == sizes.size() || used_ + sizes[row] > limit_) {
        return nullptr;
    }
    Buffer* buffer = nullptr;
    if (!free_[row].empty()) {
        buffer = free_[row].back();
        free_[row].pop_back();
    } else {
        buffer = new (::operator new(sizeof(Buffer) + sizes[row])) Buffer{this, 0, sizes[row]};
    }
    used_ += sizes[row];
    return buffer;
}

void BufferPool::give_back(Buffer* buffer) {
    const auto row =
        static_cast<std::size_t>(std::find(sizes.begin(), sizes.end(), buffer->capacity) - sizes.begin());
    used_ -= buffer->capacity;
    // A burst's memory goes back to the system; a working set stays.
    constexpr std::size_t kept_bytes_per_row = 16U << 20;
    if ((free_[row].size() + 1) * buffer->capacity > kept_bytes_per_row) {
        ::operator delete(buffer);
        return;
    }
    free_[row].push_back(buffer);
}

Slice BufferPool::copy(std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) {
        return {};
    }
    Buffer* buffer = take(static_cast<std::uint32_t>(bytes.size()));
    if (buffer == nullptr) {
        return {};
    }
    std::memcpy(buffer->bytes(), bytes.data(), bytes.size());
    return Slice(buffer, 0, static_cast<std::uint32_t>(bytes.size()));
}

void SliceQueue::push(Slice slice) {
    if (slice.empty()) {
        return;
    }
    if (head_ > 32 && head_ * 2 > slices_.size()) {
        slices_.erase(slices_.begin(), slices_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }
    bytes_ += slice.size();
    slices_.push_back(std::move(slice));
}

void SliceQueue::push_front(Slice slice) {
    if (slice.empty()) {
        return;
    }
    bytes_ += slice.size();
    if (head_ > 0) {
        slices_[--head_] = std::move(slice);
    } else {
        slices_.insert(slices_.begin(), std::move(slice));
    }
}

Slice SliceQueue::pop(std::uint32_t most) {
    assert(bytes_ > 0 && most > 0);
    Slice& front = slices_[head_];
    Slice out = front.size() <= most ? front : front.part(0, most);
    drop(out.size());
    return out;
}

void SliceQueue::drop(std::uint32_t bytes) {
    assert(bytes <= bytes_);
    bytes_ -= bytes;
    while (bytes > 0) {
        Slice& front = slices_[head_];
        if (front.size() > bytes) {
            front.drop_front(bytes);
            return;
        }
        bytes -= front.size();
        front = Slice();
        ++head_;
    }
    if (bytes_ == 0) {
        clear();
    }
}

void SliceQueue::clear() {
    std::vector<Slice>().swap(slices_);
    head_ = 0;
    bytes_ = 0;
}

void SliceQueue::view(std::uint32_t from, std::uint32_t length, std::vector<Slice>& out) const {
    assert(from + length <= bytes_);
    for (std::size_t i = head_; length > 0; ++i) {
        const Slice& slice = slices_[i];
        if (from >= slice.size()) {
            from -= slice.size();
            continue;
        }
        const std::uint32_t take = std::min(slice.size() - from, length);
        out.push_back(slice.part(from, take));
        length -= take;
        from = 0;
    }
}

} // namespace fulcrum::tcp
