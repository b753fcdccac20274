// Kernel parameters of a network namespace.
#pragma once

#include "engine/base/result.h"
#include "netns/lab_plan.h"

namespace fulcrum::netns {

// Writes /proc/sys/<key> as seen from the calling thread's network namespace.
Result<> write_sysctl(const SysctlPlan& sysctl);

// The same where a missing key is no failure: the kernel was built without what the key would switch off.
Result<> write_sysctl_if_present(const SysctlPlan& sysctl);

} // namespace fulcrum::netns
