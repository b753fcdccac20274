// How many descriptors this process may have open.
#pragma once

#include <sys/resource.h>

namespace fulcrum {

// Raises the soft limit (getrlimit(2), RLIMIT_NOFILE) to the hard one, which is what the user may have: labs,
// captures and loads need a descriptor for each link end or connection. Returns the limits as they were;
// where the system does not let it, they stay.
rlimit raise_open_files();

} // namespace fulcrum
