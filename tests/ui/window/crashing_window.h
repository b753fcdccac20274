// A window that draws something, says so once the work is kept safe, and then waits to be killed.
#pragma once

#include <string_view>

inline constexpr std::string_view crashing_window_argument = "--draw-and-wait";
inline constexpr auto crashing_window_is_ready = "kept";

int run_crashing_window(); // in the home that the environment names
