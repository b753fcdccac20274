// A file that appears under its name when it is whole, and leaves the old one untouched until then: a crash, a
// full disk or a power cut keeps one or the other, never half of one.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace fulcrum {

class AtomicFile {
public:
    // Behind symbolic links the file they lead to is replaced, not the link. What is replaced keeps its mode,
    // and its owner as far as we may give a file away; a file made read-only is refused although its
    // directory is ours, and so is what is no regular file. Errors: "save FILE: cause".
    static Result<AtomicFile> create(const std::filesystem::path& file);
    AtomicFile(AtomicFile&& other) noexcept;
    AtomicFile& operator=(AtomicFile&&) = delete;
    ~AtomicFile(); // without finish() nothing has happened

    Result<> write(std::string_view bytes);
    Result<> finish(); // on disk, under its name, name included

private:
    AtomicFile() = default;
    tl::unexpected<Error> cannot(int number) const;

    std::filesystem::path file_;   // as asked for
    std::filesystem::path target_; // behind links
    std::string temporary_;        // beside it; empty when it has taken its place
    UniqueFd fd_;
};

} // namespace fulcrum
