// A range of addresses, and the prefixes it consists of.
#pragma once

#include <vector>

#include "engine/base/address.h"

namespace fulcrum::designer {

struct AddressRange {
    IpAddress first, last;       // inclusive; IPv4
    std::uint64_t count() const; // 0 when last is before first, or not IPv4
};

// The fewest prefixes that cover the range exactly, in ascending order.
std::vector<IpPrefix> prefixes_of(const AddressRange& range);

} // namespace fulcrum::designer
