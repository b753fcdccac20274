// A capture file for a command: opened, loaded whole, with progress for who watches.
#pragma once

#include <memory>

#include "capture/filter/display_filter.h"
#include "capture/index/capture_file.h"

namespace fulcrum::cli {

// Ctrl-C ends it: fails then, too.
Result<std::unique_ptr<capture::CaptureFile>> open_capture(const std::string& path);

// The packets of a loaded file that match. For lab.request and lab.leg the file's ladders are worked out
// first: requests count as in `fulcrum ladder FILE`.
std::vector<std::uint32_t> matching_packets(const capture::CaptureFile& file,
                                            const capture::DisplayFilter& filter);

// Of a word that may be a lab or a file: whether it is there, or can only be meant as a file.
bool means_capture(const std::string& word);

} // namespace fulcrum::cli
