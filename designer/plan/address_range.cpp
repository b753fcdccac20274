#include "designer/plan/address_range.h"

#include <bit>

namespace fulcrum::designer {

std::uint64_t AddressRange::count() const {
    if (!first.is_v4() || !last.is_v4() || last < first) {
        return 0;
    }
    return std::uint64_t{last.v4_value()} - first.v4_value() + 1;
}

std::vector<IpPrefix> prefixes_of(const AddressRange& range) {
    std::vector<IpPrefix> prefixes;
    std::uint64_t left = range.count();
    std::uint64_t at = left == 0 ? 0 : range.first.v4_value();
    while (left > 0) {
        // The largest block that starts here: aligned, and not beyond the end.
        const int alignment = at == 0 ? 32 : std::countr_zero(at);
        const int size = 63 - std::countl_zero(left);
        const int bits = alignment < size ? alignment : size;
        prefixes.push_back(
            {IpAddress::v4(static_cast<std::uint32_t>(at)), static_cast<std::uint8_t>(32 - bits)});
        at += std::uint64_t{1} << bits;
        left -= std::uint64_t{1} << bits;
    }
    return prefixes;
}

} // namespace fulcrum::designer
