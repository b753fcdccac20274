// The part of an engine's configuration that its network layer needs to know.
#pragma once

#include <functional>
#include <string_view>

#include "engine/control/config.h"
#include "engine/stack/settings.h"

namespace fulcrum::engine {

// `device_of`: the opened device of an interface. VIPs and floating addresses are in it only while the engine
// is active: nobody answers ARP for them before. VIPs of services that cannot run yet are left out.
stack::StackSettings stack_settings(const EngineConfig& config,
                                    const std::function<device::PacketDevice*(std::string_view)>& device_of);

} // namespace fulcrum::engine
