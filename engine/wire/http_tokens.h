// Small pieces of HTTP's grammar (RFC 9110 section 5.6): names without case, tokens, comma-separated lists.
#pragma once

#include <string_view>

namespace fulcrum::http {

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// RFC 9110 section 5.6.2.
constexpr bool is_token_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

constexpr bool same_name(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}

constexpr bool starts_with_name(std::string_view text, std::string_view start) {
    return text.size() >= start.size() && same_name(text.substr(0, start.size()), start);
}

// Whether a name matches a pattern that is one itself, or "*.example.org" for every name below it.
constexpr bool host_matches(std::string_view pattern, std::string_view host) {
    if (!pattern.starts_with("*.")) {
        return same_name(pattern, host);
    }
    const std::string_view below = pattern.substr(1); // ".example.org"
    return host.size() > below.size() && same_name(host.substr(host.size() - below.size()), below);
}

// Without the optional white space (SP, HTAB) at both ends.
constexpr std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

// Calls `each` with every element of a list that `separator` parts, trimmed; empty ones are left out (RFC
// 9110 section 5.6.1.2).
template <class Each>
constexpr void each_element(std::string_view list, char separator, Each each) {
    while (!list.empty()) {
        const std::size_t end = list.find(separator);
        const std::string_view element = trimmed(list.substr(0, end));
        if (!element.empty()) {
            each(element);
        }
        list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
    }
}

} // namespace fulcrum::http
