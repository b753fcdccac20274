#include "designer/edit/fresh_names.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "designer/document/text_rule.h"
#include "designer/edit/references.h"

namespace fulcrum::designer {

FreshNames::FreshNames(const Document& document) {
    visit_entities(document, [&](const auto& entity) {
        used_.insert(entity.id);
        if constexpr (requires { entity.name; }) {
            used_.insert(entity.name);
        }
    });
}

std::string FreshNames::take(std::string_view stem) {
    return count_up(stem, 1);
}

std::string FreshNames::take_after(std::string_view name) {
    const std::size_t last_other = name.find_last_not_of("0123456789");
    const std::size_t digits = last_other == std::string_view::npos ? 0 : last_other + 1;
    // Very long numbers are part of the name, not counted on.
    if (digits == 0 || digits == name.size() || name.size() - digits > 9) {
        return count_up(name, 2);
    }
    std::size_t number = 0;
    std::from_chars(name.data() + digits, name.data() + name.size(), number);
    return count_up(name.substr(0, digits), number + 1);
}

std::string FreshNames::count_up(std::string_view stem, std::size_t from) {
    constexpr std::size_t room_for_digits = 20;
    std::string base(stem.substr(0, longest_name_bytes - room_for_digits));
    while (!base.empty() && base.size() < stem.size() &&
           (static_cast<unsigned char>(stem[base.size()]) & 0xc0) == 0x80) {
        base.pop_back(); // not in the middle of a character
    }
    Run& run = runs_[base];
    const bool known = from >= run.first && from <= run.last;
    for (std::size_t number = known ? run.last + 1 : from;; ++number) {
        std::string name = fmt::format("{}{}", base, number);
        if (used_.insert(name).second) {
            run = {known ? run.first : from, number};
            return name;
        }
    }
}

} // namespace fulcrum::designer
