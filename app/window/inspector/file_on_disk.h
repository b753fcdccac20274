// What an open capture is on disk: whether its name still leads to what was read, and whether the bytes that
// are mapped are still those. Other programs write captures under the same name again.
#pragma once

#include <cstdint>
#include <string>
#include <sys/stat.h>

#include "capture/index/capture_file.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::window {

class FileOnDisk {
public:
    enum class Fate : std::uint8_t {
        as_read, // or its name is gone: whoever writes it takes nothing from anybody
        changed, // somebody put another file in its place, or wrote into it; what was read is still whole
        lost,    // it was cut or written over: what was read is nowhere any more
    };

    // Of the file about to be opened. What the system does not say is taken as unchanged.
    explicit FileOnDisk(std::string path);
    // Of one that grew while it was read: as it is now is how it was read.
    void settle();

    Fate fate(const capture::CaptureFile& file) const;
    // What was cut away reads as zeros. Of any thread.
    bool was_cut(const capture::CaptureFile& file) const;

private:
    struct Stamp { // what stat(2) says
        std::uint64_t device = 0, inode = 0;
        std::int64_t bytes = 0, seconds = 0, nanoseconds = 0; // length, last written
        bool operator==(const Stamp&) const = default;
    };
    static Stamp stamp_of(const struct ::stat& status);

    std::string path_;
    UniqueFd fd_; // the file itself, whatever becomes of its name
    Stamp read_;
};

} // namespace fulcrum::window
