// A capture written again as pcapng: all of it or some packets, with comments changed. Of pcapng every block
// is passed on byte for byte, those that nobody here understands included; only the packets whose comments
// change are written anew, with their other options as they were, broken ones included. The file is replaced
// in one step (rename), so that a capture is never half written.
//
// A damaged pcapng file keeps its damage: a copy of all packets has the bytes from there to the end as they
// are. A selection of packets ends at the damage, and so does what a damaged pcap file becomes: its rest has
// no place in another format.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "capture/capture_reader.h"

namespace fulcrum::capture {

struct CaptureChanges {
    std::optional<std::vector<std::uint32_t>> packets;          // indices from 0, ascending; none: all
    std::map<std::uint32_t, std::vector<std::string>> comments; // by packet; these instead of what it has
    std::optional<std::vector<std::string>> file_comments;      // of the first section; none: as they are
};

struct CopyCounts {
    std::uint64_t packets = 0;
    std::optional<std::uint64_t> damaged_at; // what lies behind could not be read
    std::uint64_t lost_bytes = 0;            // of that, those that are not in the copy
};

// The bytes of a capture file into `path`, which may be the file itself. Fails, with nothing changed, when
// `bytes` are no capture or the file cannot be written. A Simple Packet Block has no room for comments: it
// becomes an enhanced one, at time 0. `go_on` (empty: always) is asked before each part and before the file
// takes its name: what it fails with, this fails with.
Result<CopyCounts> copy_capture(std::span<const std::uint8_t> bytes, const CaptureChanges& changes,
                                const std::filesystem::path& path,
                                const std::function<Result<>()>& go_on = {});
// The same into an open file, from where it stands; one that fails is left half written.
Result<CopyCounts> copy_capture(std::span<const std::uint8_t> bytes, const CaptureChanges& changes, int file);

} // namespace fulcrum::capture
