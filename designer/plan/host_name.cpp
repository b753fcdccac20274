#include "designer/plan/host_name.h"

#include <algorithm>

namespace fulcrum::designer {

namespace {

constexpr std::size_t longest_lab_name = 48; // leaves room for "-2", "-3", … within the lab's 64

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

} // namespace

bool has_host_name_characters(std::string_view name) {
    return !name.empty() && name.front() != '-' && name.front() != '.' &&
           std::ranges::all_of(name,
                               [](char c) { return is_plain(c) || static_cast<unsigned char>(c) >= 0x80; });
}

bool is_host_name(std::string_view name) {
    return name.size() <= longest_host_name && has_host_name_characters(name);
}

std::string lab_name(std::string_view drawing) {
    std::string name;
    for (const char c : drawing) {
        const bool can_start = is_plain(c) && c != '-' && c != '.';
        if (name.empty() ? can_start : is_plain(c)) {
            name += c;
        } else if (!name.empty() && name.back() != '-') {
            name += '-';
        }
    }
    name.resize(std::min(name.size(), longest_lab_name));
    while (!name.empty() && name.back() == '-') {
        name.pop_back();
    }
    return name.empty() ? "lab" : name;
}

} // namespace fulcrum::designer
