// Segmentation and checksum offload of an interface.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace fulcrum::netns {

// Switches transmit checksums, TSO, GSO and GRO off, so that every frame on the link is one that a wire could
// carry. In the calling thread's network namespace (ethtool ioctls, linux/ethtool.h).
Result<> disable_offload(const std::string& interface);

} // namespace fulcrum::netns
