#include "designer/document/file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "designer/document/legality.h"
#include "designer/document/text_rule.h"
#include "engine/base/atomic_file.h"
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
    auto made = AtomicFile::create(file);
    if (!made) {
        return tl::unexpected(made.error());
    }
    const auto written = made->write(bytes);
    return written ? made->finish() : written;
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
