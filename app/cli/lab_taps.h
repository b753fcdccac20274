// Taps on the link ends of a running lab.
#pragma once

#include "capture/live_capture.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {

// `ends`: "node:interface"; empty: every link end of the lab. Fails (bad_input) at an unknown one, listing
// those that there are.
Result<std::vector<capture::Tap>> open_taps(netns::LabClient& lab, const std::vector<std::string>& ends);

} // namespace fulcrum::cli
