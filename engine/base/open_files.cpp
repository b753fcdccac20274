#include "engine/base/open_files.h"

namespace fulcrum {

rlimit raise_open_files() {
    rlimit before{};
    if (::getrlimit(RLIMIT_NOFILE, &before) == 0 && before.rlim_cur < before.rlim_max) {
        const rlimit raised{before.rlim_max, before.rlim_max};
        (void)::setrlimit(RLIMIT_NOFILE, &raised);
    }
    return before;
}

} // namespace fulcrum
