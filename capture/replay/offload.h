// What to tell the kernel about a frame that is sent again: is it larger than the link takes, is its checksum
// unfinished. Internal to this folder.
#pragma once

#include <optional>

#include "capture/decode/layers.h"
#include "engine/wire/vnet_meta.h"

namespace fulcrum::capture {

struct OffloadPlan {
    wire::VnetMeta meta;
    // With needs_checksum: what the L4 checksum field must hold (the folded sum of the pseudo-header), at
    // meta.csum_start + meta.csum_offset of the frame.
    std::uint16_t partial_checksum = 0;
};

// `frame` is whole Ethernet. None when it is larger than `mtu_bytes` and cannot be cut by the kernel: only
// TCP and UDP over IP, not in a tunnel, can.
std::optional<OffloadPlan> plan_offload(Bytes frame, std::uint32_t mtu_bytes);

} // namespace fulcrum::capture
