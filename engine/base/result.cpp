#include "engine/base/result.h"

#include <cerrno>
#include <system_error>

namespace fulcrum {

tl::unexpected<Error> fail_errno(std::string_view what, int number) {
    const int cause = number < 0 ? errno : number;
    return fail(std::string(what) + ": " + std::generic_category().message(cause));
}

} // namespace fulcrum
