// The names of users and groups in a lab that has only one user id.
#pragma once

#include <string>
#include <string_view>

namespace fulcrum::netns {

// The text of /etc/passwd (passwd(5)) or /etc/group (group(5)) with every id changed to 0. A daemon that
// starts as root and goes on as "www-data" then finds that this is root as well, and stays: the only id there
// is, and in the lab no more than the user who started it. Lines that are not understood are kept.
std::string with_all_ids_zero(std::string_view text, bool group);

// Whether the calling process' user namespace maps a single user id.
bool has_single_id();

} // namespace fulcrum::netns
