// A capture file for a command: opened, loaded whole, with progress for who watches.
#pragma once

#include <memory>

#include "capture/index/capture_file.h"

namespace fulcrum::cli {

// Ctrl-C ends it: fails then, too.
Result<std::unique_ptr<capture::CaptureFile>> open_capture(const std::string& path);

} // namespace fulcrum::cli
