// What X-Forwarded-For says of two legs. Internal to this folder.
#pragma once

#include "capture/ladder/transit.h"

namespace fulcrum::capture {

enum class Forwarded : std::uint8_t {
    unknown,  // nothing: there is none, it is passed through as it came, or the last of it is no address
    named,    // the one behind is for the client of the one in front, or of its PROXY header
    excluded, // for another, or with another history
};
Forwarded forwarded(const Transit& front, const Transit& back);

} // namespace fulcrum::capture
