// Puts an 802.1Q tag back that the kernel took out of a received frame and passes beside it.
#pragma once

#include <cstring>

#include "engine/base/byte_order.h"
#include "engine/device/frame.h"

namespace fulcrum::device {

// Needs 4 bytes of headroom.
inline void restore_vlan_tag(Frame& frame, std::uint16_t tpid, std::uint16_t tci) {
    const std::uint8_t* old = frame.data;
    std::uint8_t* data = frame.push(4);
    std::memmove(data, old, 12);
    store_be16(data + 12, tpid);
    store_be16(data + 14, tci);
}

} // namespace fulcrum::device
