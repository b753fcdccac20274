// A file's bytes in memory, read-only, without reading them. The map is as long as the file was when it was
// opened; a file that shrinks afterwards takes its pages away, and touching them ends the program (SIGBUS):
// do not map what somebody may truncate.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>

#include "engine/base/result.h"

namespace fulcrum::capture {

class MappedFile {
public:
    static Result<MappedFile>
    open(const std::filesystem::path& path); // a regular file; an empty one is an empty span

    MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    MappedFile& operator=(MappedFile&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~MappedFile();

    std::span<const std::uint8_t> bytes() const { return bytes_; }

private:
    MappedFile() = default;
    std::span<const std::uint8_t> bytes_;
};

} // namespace fulcrum::capture
