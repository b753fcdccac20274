// The bytes of a file that somebody is still writing, mapped without reading them. Room is set aside behind
// its end, so that bytes keep their place while it grows: Linux makes the pages of a shared map readable as
// soon as the file has them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "capture/map_guard.h"
#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::capture {

class GrowingFile {
public:
    // A regular file, which may be empty yet. It is followed, not its name: a file that is renamed or removed
    // goes on.
    static Result<GrowingFile> open(const std::filesystem::path& path);

    GrowingFile(GrowingFile&& other) noexcept;
    GrowingFile& operator=(GrowingFile&&) = delete;
    ~GrowingFile();

    std::span<const std::uint8_t> bytes() const { return {start_, size_}; } // as of the last look()
    // Sees how long the file is now. Fails when it outgrows the room, and when it became shorter: the bytes
    // that it lost read as zeros.
    Result<> look();
    bool lost() const { return guard_.lost(); } // it became shorter, and somebody read there

    // Whether any process has it open for writing; none where the system does not say (another user's file,
    // network file systems). Asked by way of a read lease (fcntl(2), F_SETLEASE), which the kernel grants
    // exactly when nobody has.
    std::optional<bool> is_being_written() const;

private:
    GrowingFile(UniqueFd fd, std::uint8_t* start, std::size_t room)
        : fd_(std::move(fd)), start_(start), room_(room), guard_(std::span(start, room)) {}

    UniqueFd fd_;
    std::uint8_t* start_ = nullptr;
    std::size_t room_ = 0, size_ = 0;
    MapGuard guard_;
};

} // namespace fulcrum::capture
