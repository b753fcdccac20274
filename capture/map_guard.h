// What keeps the program alive when a mapped file becomes shorter. Touching a page that no file is behind any
// more ends a program (SIGBUS); anybody who may write a capture may truncate it while it is open. Under a
// guard such pages read as zeros instead, from the first one touched to the map's end, and lost() says that
// they do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace fulcrum::capture {

class MapGuard {
public:
    // `map`: whole pages of a file, while this lives. There is room for some hundred maps at once; those
    // beyond are not guarded.
    explicit MapGuard(std::span<const std::uint8_t> map);
    MapGuard(MapGuard&& other) noexcept;
    MapGuard& operator=(MapGuard&& other) noexcept;
    ~MapGuard();

    bool lost() const; // from any thread

    struct Slot;

private:
    Slot* slot_ = nullptr;
};

} // namespace fulcrum::capture
