// Which users and groups exist inside a lab (user_namespaces(7)).
#pragma once

#include <string>
#include <sys/types.h>

#include "engine/base/result.h"

namespace fulcrum::netns {

// Writes the uid and gid maps of a process that has just been cloned into a new user namespace; called from
// outside.
//  - root: everything that is mapped here, unchanged;
//  - an ordinary user: 0 is the user, and 1… are the user's subordinate ids (/etc/subuid, /etc/subgid) by way
//  of
//    newuidmap and newgidmap;
//  - where there are none, or these programs fail: 0 alone, with setgroups(2) denied.
// Returns a note for the user when the last one was used, else an empty text.
Result<std::string> write_id_maps(pid_t child);

// The caller's range in /etc/subuid or /etc/subgid (subuid(5)): "name-or-id:first:count", first match.
struct SubordinateRange {
    unsigned first = 0, count = 0; // count 0: none
};
SubordinateRange subordinate_range(const std::string& text, const std::string& user_name, unsigned id);

} // namespace fulcrum::netns
