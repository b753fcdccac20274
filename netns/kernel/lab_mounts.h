// What the file system looks like inside a lab: the host's, with what a program of a node needs to have to
// itself.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::netns {

// Prepares the calling process' own mount namespace, which every node's is later a copy of: nothing spreads
// to the host, /proc is that of the lab's pid namespace, /dev/pts and /dev/shm are the lab's own, and /run
// holds `hosts` as a file in memory. A note is added for each thing that this machine does not allow and a
// lab can do without.
Result<> make_lab_mounts(const std::string& hosts, std::vector<std::string>& notes);

// Another content for the file that make_lab_mounts() has put into /run, seen as /etc/hosts in every node.
// Called by the process that called that.
Result<> rewrite_hosts(const std::string& hosts);

// A mount namespace for a node: a copy of the lab's with /etc/hosts from make_lab_mounts, /sys of the network
// namespace, and empty writable places of its own where daemons leave pid files, sockets and logs
// (private_places). Works in a thread of its own; about a millisecond.
Result<UniqueFd> make_node_mounts(int net_fd, std::vector<std::string>& notes);

// Where a node has a tmpfs of its own, with the host's subfolders (not their files) recreated inside.
const std::vector<std::string>& private_places();

} // namespace fulcrum::netns
