// Ids of what a stack holds.
#pragma once

#include "engine/base/ids.h"

namespace fulcrum::stack {

struct VrfTag {};
struct InterfaceTag {};
using VrfId = StrongId<VrfTag, std::uint16_t>;             // a routing table and its address space (SPEC N7)
using InterfaceId = StrongId<InterfaceTag, std::uint16_t>; // index, stable while the interface is configured

} // namespace fulcrum::stack
