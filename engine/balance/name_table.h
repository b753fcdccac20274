// Names as numbers, so that fixed-size records can carry them and outlive the configuration they came from.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fulcrum::balance {

// Grows with the number of different names ever configured, not with traffic.
class NameTable {
public:
    std::uint32_t intern(std::string_view name) {
        const auto [at, fresh] =
            ids_.try_emplace(std::string(name), static_cast<std::uint32_t>(names_.size()));
        if (fresh) {
            names_.push_back(&at->first);
        }
        return at->second;
    }
    const std::string& text(std::uint32_t id) const { return *names_[id]; }

private:
    std::map<std::string, std::uint32_t, std::less<>> ids_;
    std::vector<const std::string*> names_; // into ids_, whose keys do not move
};

} // namespace fulcrum::balance
