// What may be a node's name in a lab: it becomes the hostname and a line in /etc/hosts.
#pragma once

#include <string>
#include <string_view>

namespace fulcrum::designer {

inline constexpr std::size_t longest_host_name = 63; // bytes: a DNS label (RFC 1035 section 2.3.4)

// Letters, digits, '-', '_', '.' and any letter beyond ASCII, not first '-' or '.'. Says nothing about the
// length.
bool has_host_name_characters(std::string_view name);
bool is_host_name(std::string_view name);

// A legal lab name made of a drawing's: what a lab name cannot hold becomes '-'; "lab" when nothing is left.
std::string lab_name(std::string_view drawing);

} // namespace fulcrum::designer
