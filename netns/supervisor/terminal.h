// A pseudo-terminal made inside the lab (pty(7)).
#pragma once

#include <cstdint>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::netns {

struct Terminal {
    UniqueFd master; // for the client
    UniqueFd slave;  // for the program
};

Result<Terminal> make_terminal(std::uint32_t rows, std::uint32_t columns);

} // namespace fulcrum::netns
