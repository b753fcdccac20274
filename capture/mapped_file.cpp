#include "capture/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "engine/base/unique_fd.h"

namespace fulcrum::capture {

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
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
    MappedFile file;
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > 0) {
        void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
        if (start == MAP_FAILED) {
            return fail_errno("map " + path.string());
        }
        ::madvise(start, size, MADV_SEQUENTIAL);
        file.bytes_ = {static_cast<const std::uint8_t*>(start), size};
        file.guard_.emplace(file.bytes_);
    }
    return file;
}

MappedFile::~MappedFile() {
    guard_.reset();
    if (!bytes_.empty()) {
        ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
    }
}

} // namespace fulcrum::capture
