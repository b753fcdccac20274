#include "designer/document/near_names.h"

#include <algorithm>

namespace fulcrum::designer {

namespace {

constexpr std::size_t longest_word = 64; // beyond it nothing is near, and the cost is quadratic

// Levenshtein distance with swaps of neighbours (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

} // namespace

std::vector<std::string> near_names(std::string_view word, const std::vector<std::string>& candidates) {
    if (word.empty() || word.size() > longest_word) {
        return {};
    }
    const std::size_t allowed = word.size() < 5 ? 1 : 2;
    std::vector<std::pair<std::size_t, std::string>> near;
    for (const std::string& candidate : candidates) {
        const std::size_t d = candidate.size() > longest_word ? longest_word : distance(word, candidate);
        if (d <= allowed || (word.size() >= 3 && candidate.starts_with(word))) {
            near.emplace_back(d, candidate);
        }
    }
    std::stable_sort(near.begin(), near.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> out;
    for (const auto& [d, name] : near) {
        if (out.size() < 3) {
            out.push_back(name);
        }
    }
    return out;
}

} // namespace fulcrum::designer
