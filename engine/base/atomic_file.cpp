#include "engine/base/atomic_file.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace fulcrum {

namespace fs = std::filesystem;

namespace {

// The mode a new file gets under the process' umask, which can only be asked for by setting it: /proc tells
// without touching it, so other threads' files are safe.
mode_t new_file_mode() {
    constexpr mode_t all = 0666;
    const UniqueFd fd(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
    std::string text(4096, '\0');
    const ssize_t got = fd ? ::read(fd.get(), text.data(), text.size()) : -1;
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    const std::size_t at = text.find("Umask:");
    const mode_t mask =
        at == std::string::npos ? 022 : static_cast<mode_t>(std::strtoul(text.c_str() + at + 6, nullptr, 8));
    return all & ~mask;
}

// It need not exist yet. Fails with an errno.
tl::expected<fs::path, int> behind_links(const fs::path& file) {
    constexpr int most_links = 40; // as the kernel's own limit (path_resolution(7))
    fs::path target = file;
    std::error_code error;
    for (int i = 0; i < most_links; ++i) {
        if (!fs::is_symlink(fs::symlink_status(target, error))) {
            return target;
        }
        const fs::path next = fs::read_symlink(target, error);
        if (error) {
            return tl::unexpected(error.value());
        }
        target = next.is_absolute() ? next : target.parent_path() / next;
    }
    return tl::unexpected(ELOOP);
}

fs::path directory_of(const fs::path& file) {
    return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

} // namespace

tl::unexpected<Error> AtomicFile::cannot(int number) const {
    return fail_errno(fmt::format("save {}", file_.string()), number);
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : file_(std::move(other.file_)), target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})), fd_(std::move(other.fd_)) {}

AtomicFile::~AtomicFile() {
    if (!temporary_.empty()) {
        ::unlink(temporary_.c_str());
    }
}

Result<AtomicFile> AtomicFile::create(const fs::path& file) {
    AtomicFile made;
    made.file_ = file;
    const auto target = behind_links(file);
    if (!target) {
        return made.cannot(target.error());
    }
    made.target_ = *target;
    std::string name =
        (directory_of(*target) / fmt::format(".{}.XXXXXX", target->filename().string().substr(0, 200))).string();
    made.fd_.reset(::mkostemp(name.data(), O_CLOEXEC));
    if (!made.fd_) {
        return made.cannot(errno);
    }
    made.temporary_ = name;

    struct stat before {};
    const bool replaces = ::stat(target->c_str(), &before) == 0;
    if (replaces && !S_ISREG(before.st_mode)) {
        return fail(fmt::format("save {}: it is not a regular file", file.string()));
    }
    if (replaces && ::access(target->c_str(), W_OK) != 0) {
        return made.cannot(errno);
    }
    if (replaces && (before.st_uid != ::geteuid() || before.st_gid != ::getegid())) {
        // Best effort: only root may give a file away.
        [[maybe_unused]] const int ignored = ::fchown(made.fd_.get(), before.st_uid, before.st_gid);
    }
    if (::fchmod(made.fd_.get(), replaces ? before.st_mode & 07777 : new_file_mode()) != 0) {
        return made.cannot(errno);
    }
    return made;
}

Result<> AtomicFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return cannot(errno);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<> AtomicFile::finish() {
    if (::fsync(fd_.get()) != 0) {
        return cannot(errno);
    }
    fd_.reset();
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
        return cannot(errno);
    }
    temporary_.clear();
    // The new name must survive a power cut as well. Some file systems cannot sync a directory; the file is
    // safe.
    if (const UniqueFd parent(::open(directory_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); parent) {
        if (::fsync(parent.get()) != 0 && errno != EINVAL && errno != ENOTSUP) {
            return cannot(errno);
        }
    }
    return {};
}

} // namespace fulcrum
