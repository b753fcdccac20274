// Kernel parameters of a network namespace.
#pragma once

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"
#include "netns/lab_plan.h"

namespace fulcrum::netns {

// Writes /proc/sys/<key> as seen from the calling thread's network namespace. `proc`: a folder to use instead
// of /proc, from open_fresh_proc().
Result<> write_sysctl(const SysctlPlan& sysctl, int proc = -1);

// The same where a missing key is no failure: the kernel was built without what the key would switch off.
Result<> write_sysctl_if_present(const SysctlPlan& sysctl, int proc = -1);

// The value as seen from there, without the end of the line. The error names the key.
Result<std::string> read_sysctl(const std::string& key);

// A /proc of one's own, mounted nowhere, gone with the descriptor. For whoever writes parameters of many
// namespaces: a /proc remembers the folders of each, all in one list that every look-up in a new namespace
// goes through to the end (d_lookup() and proc_sys_compare()), a third of the time that a lab of a thousand
// nodes took. Empty where it cannot be had (Linux before 5.2); /proc does as well.
UniqueFd open_fresh_proc();

} // namespace fulcrum::netns
