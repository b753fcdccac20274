// Strong ids: an index into one table cannot be used with another.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace fulcrum {

template <class Tag, class Rep = std::uint32_t>
struct StrongId {
    Rep value = 0;
    auto operator<=>(const StrongId&) const = default;
};

} // namespace fulcrum

template <class Tag, class Rep>
struct std::hash<fulcrum::StrongId<Tag, Rep>> {
    std::size_t operator()(const fulcrum::StrongId<Tag, Rep>& id) const noexcept { return std::hash<Rep>{}(id.value); }
};
