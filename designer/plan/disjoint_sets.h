// Union-find over 0..n-1, for "which of these hang together".
#pragma once

#include <cstddef>
#include <numeric>
#include <vector>

namespace fulcrum::designer {

class DisjointSets {
public:
    explicit DisjointSets(std::size_t n) : parent_(n) {
        std::iota(parent_.begin(), parent_.end(), std::size_t{0});
    }

    std::size_t find(std::size_t x) {
        while (parent_[x] != x) {
            parent_[x] = parent_[parent_[x]];
            x = parent_[x];
        }
        return x;
    }
    // The smaller root wins, so that numbers do not depend on the order of joins. False: already together.
    bool join(std::size_t a, std::size_t b) {
        a = find(a);
        b = find(b);
        if (a == b) {
            return false;
        }
        parent_[a < b ? b : a] = a < b ? a : b;
        return true;
    }

private:
    std::vector<std::size_t> parent_;
};

} // namespace fulcrum::designer
