// Which processes run inside a network namespace.
#pragma once

#include <cstdint>
#include <sys/types.h>
#include <vector>

namespace fulcrum::netns {

// All processes of /proc whose network namespace has this inode: those we started, and the daemons these left
// behind.
std::vector<pid_t> processes_inside(std::uint64_t namespace_inode);

} // namespace fulcrum::netns
