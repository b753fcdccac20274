// From a drawing to a running lab, with progress on the terminal and Ctrl-C taking everything back.
#pragma once

#include "designer/document/document.h"
#include "engine/base/result.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {

Result<netns::Launched> launch_drawing(const designer::Document& drawing, const std::string& name);

} // namespace fulcrum::cli
