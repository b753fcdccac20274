// A file's bytes in memory, read-only, without reading them. The map is as long as the file was when it was
// opened; what a file that becomes shorter afterwards has lost reads as zeros.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <utility>

#include "capture/map_guard.h"
#include "engine/base/result.h"

namespace fulcrum::capture {

class MappedFile {
public:
    static Result<MappedFile>
    open(const std::filesystem::path& path); // a regular file; an empty one is an empty span

    MappedFile(MappedFile&& other) noexcept
        : bytes_(std::exchange(other.bytes_, {})), guard_(std::move(other.guard_)) {}
    MappedFile& operator=(MappedFile&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        std::swap(guard_, other.guard_);
        return *this;
    }
    ~MappedFile();

    std::span<const std::uint8_t> bytes() const { return bytes_; }
    bool lost() const { return guard_ && guard_->lost(); } // it became shorter, and somebody read there

private:
    MappedFile() = default;
    std::span<const std::uint8_t> bytes_;
    std::optional<MapGuard> guard_;
};

} // namespace fulcrum::capture
