#include "capture/growing_file.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <utility>

namespace fulcrum::capture {
namespace {

// Addresses only, no memory. Where there are not so many (RLIMIT_AS, small address spaces), fewer are taken.
constexpr std::size_t most_room = std::size_t{1} << 38;
constexpr std::size_t least_room = std::size_t{1} << 24;

} // namespace

Result<GrowingFile> GrowingFile::open(const std::filesystem::path& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        return fail_errno("open " + path.string());
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) {
        return fail_errno("look at " + path.string());
    }
    if (!S_ISREG(status.st_mode)) {
        return bad_input("open " + path.string() + ": not a regular file");
    }
    const auto needed = std::max(least_room, 2 * static_cast<std::size_t>(status.st_size));
    for (auto room = std::max(most_room, needed);; room /= 2) {
        void* start = ::mmap(nullptr, room, PROT_READ, MAP_SHARED, fd.get(), 0);
        if (start != MAP_FAILED) {
            GrowingFile file(std::move(fd), static_cast<std::uint8_t*>(start), room);
            if (auto seen = file.look(); !seen) {
                return fail(seen.error(), path.string());
            }
            return file;
        }
        if (room <= needed) {
            return fail_errno("map " + path.string());
        }
    }
}

GrowingFile::GrowingFile(GrowingFile&& other) noexcept
    : fd_(std::move(other.fd_)), start_(std::exchange(other.start_, nullptr)), room_(other.room_),
      size_(other.size_), guard_(std::move(other.guard_)) {}

GrowingFile::~GrowingFile() {
    if (start_ != nullptr) {
        ::munmap(start_, room_);
    }
}

Result<> GrowingFile::look() {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) {
        return fail_errno("look at the file");
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > room_) {
        return fail("the file outgrows what can be mapped of it");
    }
    if (size < size_) {
        return fail("the file became shorter while it was read");
    }
    size_ = size;
    return {};
}

std::optional<bool> GrowingFile::is_being_written() const {
    // Should somebody open it for writing just now, we are told by a signal that does nothing by itself.
    ::fcntl(fd_.get(), F_SETSIG, SIGURG);
    if (::fcntl(fd_.get(), F_SETLEASE, F_RDLCK) == 0) {
        ::fcntl(fd_.get(), F_SETLEASE, F_UNLCK);
        return false;
    }
    return errno == EAGAIN ? std::optional(true) : std::nullopt;
}

} // namespace fulcrum::capture
