#include "designer/document/file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "designer/document/legality.h"
#include "designer/document/text_rule.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::designer {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t largest_file_bytes = 64U << 20;

tl::unexpected<Error> cannot(std::string_view what, const fs::path& file, int number,
                             ErrorKind kind = ErrorKind::failed) {
    return fail(fmt::format("{} {}: {}", what, file.string(), std::strerror(number)), kind);
}

Result<std::string> read_bytes(const fs::path& file) {
    const UniqueFd fd(
        ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)); // a FIFO must not block the program
    if (!fd) {
        return cannot("open", file, errno, ErrorKind::bad_input);
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) {
        return cannot("open", file, errno, ErrorKind::bad_input);
    }
    if (!S_ISREG(status.st_mode)) {
        return bad_input(
            fmt::format("open {}: {}", file.string(),
                        S_ISDIR(status.st_mode) ? "it is a directory" : "it is not a regular file"));
    }
    std::string bytes;
    std::string chunk(1U << 16, '\0');
    for (;;) {
        const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            return cannot("read", file, errno, ErrorKind::bad_input);
        }
        if (got == 0) {
            return bytes;
        }
        bytes.append(chunk, 0, static_cast<std::size_t>(got));
        if (bytes.size() > largest_file_bytes) {
            return bad_input(
                fmt::format("read {}: larger than {} MiB", file.string(), largest_file_bytes >> 20));
        }
    }
}

// Removes the temporary file unless it has taken its place.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string name) : name_(std::move(name)) {}
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (!name_.empty()) {
            ::unlink(name_.c_str());
        }
    }
    const std::string& name() const { return name_; }
    void keep() { name_.clear(); }

private:
    std::string name_;
};

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

// Through a symbolic link the file behind it is replaced, not the link; it need not exist yet.
Result<fs::path> behind_links(const fs::path& file) {
    constexpr int most_links = 40; // as the kernel's own limit (path_resolution(7))
    fs::path target = file;
    std::error_code error;
    for (int i = 0; i < most_links; ++i) {
        if (!fs::is_symlink(fs::symlink_status(target, error))) {
            return target;
        }
        const fs::path next = fs::read_symlink(target, error);
        if (error) {
            return cannot("save", file, error.value());
        }
        target = next.is_absolute() ? next : target.parent_path() / next;
    }
    return cannot("save", file, ELOOP);
}

int write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return errno;
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

} // namespace

Result<Document> read_document(const fs::path& file) {
    const Result<std::string> bytes = read_bytes(file);
    if (!bytes) {
        return tl::unexpected<Error>(bytes.error());
    }
    Result<Document> document = parse_document(*bytes);
    if (!document) {
        return fail(document.error(), file.string());
    }
    if (document->name.empty()) {
        const std::string stem = file.stem().string();
        if (!broken(TextRule::line, stem)) { // a file may be called anything
            document->name = stem;
        }
    }
    return document;
}

Result<> save_bytes(std::string_view bytes, const fs::path& file) {
    const Result<fs::path> followed = behind_links(file);
    if (!followed) {
        return tl::unexpected<Error>(followed.error());
    }
    const fs::path& target = *followed;
    const fs::path directory = target.has_parent_path() ? target.parent_path() : fs::path(".");

    std::string name =
        (directory / fmt::format(".{}.XXXXXX", target.filename().string().substr(0, 200))).string();
    UniqueFd fd(::mkostemp(name.data(), O_CLOEXEC));
    if (!fd) {
        return cannot("save", file, errno);
    }
    TemporaryFile made(name);

    struct stat before {};
    const bool replaces = ::stat(target.c_str(), &before) == 0;
    if (replaces && !S_ISREG(before.st_mode)) {
        return fail(fmt::format("save {}: it is not a regular file", file.string()));
    }
    if (replaces && ::access(target.c_str(), W_OK) != 0) {
        return cannot("save", file,
                      errno); // a file made read-only stays as it is, though its directory is ours
    }
    if (replaces && (before.st_uid != ::geteuid() || before.st_gid != ::getegid())) {
        // Best effort: only root may give a file away.
        [[maybe_unused]] const int ignored = ::fchown(fd.get(), before.st_uid, before.st_gid);
    }
    if (::fchmod(fd.get(), replaces ? before.st_mode & 07777 : new_file_mode()) != 0) {
        return cannot("save", file, errno);
    }
    if (const int number = write_all(fd.get(), bytes); number != 0) {
        return cannot("save", file, number);
    }
    if (::fsync(fd.get()) != 0) {
        return cannot("save", file, errno);
    }
    fd.reset();
    if (::rename(made.name().c_str(), target.c_str()) != 0) {
        return cannot("save", file, errno);
    }
    made.keep();
    // The new name must survive a power cut as well. Some file systems cannot sync a directory; the file is
    // safe.
    if (const UniqueFd parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); parent) {
        if (::fsync(parent.get()) != 0 && errno != EINVAL && errno != ENOTSUP) {
            return cannot("save", file, errno);
        }
    }
    return {};
}

Result<> save_document(const Document& document, const fs::path& file) {
    auto illegal = illegal_value(document);
    if (!illegal) {
        illegal = illegal_reference(document);
    }
    if (illegal) {
        return bad_input(
            fmt::format("save {}: {}: {}", file.string(), text_of(illegal->path), illegal->reason));
    }
    return save_bytes(emit_document(document), file);
}

} // namespace fulcrum::designer
