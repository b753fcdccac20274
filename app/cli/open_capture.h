// A capture file for a command: opened, loaded whole, with progress for who watches.
#pragma once

#include <memory>

#include "capture/index/capture_file.h"

namespace fulcrum::cli {

// Ctrl-C ends it: fails then, too.
Result<std::unique_ptr<capture::CaptureFile>> open_capture(const std::string& path);

// Of a word that may be a lab or a file: whether it is there, or can only be meant as a file.
bool means_capture(const std::string& word);

} // namespace fulcrum::cli
