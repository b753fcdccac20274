// A received packet as the segment that a connection takes.
#pragma once

#include <optional>

#include "engine/stack/ip_stack.h"
#include "engine/tcp/connection.h"

namespace fulcrum::proxy {

// The payload is copied into `buffers`, because the packet's bytes are lent. None: counted in `drops`. The
// checksum has been looked at by the caller.
std::optional<tcp::Segment> arrived_segment(const stack::Packet& packet, tcp::BufferPool& buffers,
                                            wire::DropCounters& drops);

} // namespace fulcrum::proxy
