// Distances that drawings read well with, in scene units. A node is about 56 wide with its name below; see
// Placement.
#pragma once

namespace fulcrum::designer {

inline constexpr double node_pitch = 150;  // between neighbours in a row
inline constexpr double row_height = 150;  // between rows
inline constexpr double bar_overhang = 70; // of a bar beyond the outermost node on it
inline constexpr double shortest_bar = 400;
inline constexpr double vip_room = 40; // from a VIP to the next link or VIP on its bar

} // namespace fulcrum::designer
