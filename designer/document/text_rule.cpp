#include "designer/document/text_rule.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "designer/document/json_tree.h"

namespace fulcrum::designer {

namespace {

constexpr std::size_t most_line_bytes = 4096;
constexpr std::size_t most_free_bytes = 65536;

bool continues(unsigned char c) {
    return (c & 0xc0) == 0x80;
}

// The bytes of the well-formed character that begins at `at`; 0 when it is none.
std::size_t character_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    const std::size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length == 0 || text.size() - at < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if (!continues(byte(i))) {
            return 0;
        }
    }
    const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
    const bool surrogate = first == 0xed && byte(1) >= 0xa0;
    const bool beyond = first == 0xf4 && byte(1) >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

std::optional<std::string> broken_characters(std::string_view text, std::string_view allowed) {
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = character_length(text, i);
        if (length == 0) {
            return "the text is not UTF-8";
        }
        const auto c = static_cast<unsigned char>(text[i]);
        // C1 controls are U+0080 to U+009F: 0xc2 0x80 to 0xc2 0x9f.
        const bool c1 = length == 2 && c == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (((c < 0x20 || c == 0x7f) && allowed.find(text[i]) == std::string_view::npos) || c1) {
            const unsigned value = c1 ? static_cast<unsigned char>(text[i + 1]) : c;
            return fmt::format("the text holds the control character U+{:04X}", value);
        }
        i += length;
    }
    return std::nullopt;
}

std::optional<std::string> broken_length(std::string_view text, std::size_t most) {
    if (text.size() > most) {
        return fmt::format("the text is {} bytes long; at most {} are allowed", text.size(), most);
    }
    return std::nullopt;
}

} // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = character_length(text, i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

std::optional<std::string> broken(TextRule rule, std::string_view text) {
    std::size_t most = most_line_bytes;
    std::string_view allowed;
    switch (rule) {
    case TextRule::id:
    case TextRule::name:
        if (text.empty()) {
            return "the text is empty";
        }
        most = longest_name_bytes;
        break;
    case TextRule::reference:
        most = longest_name_bytes;
        break;
    case TextRule::line:
        break;
    case TextRule::free:
        most = most_free_bytes;
        allowed = "\n\t";
        break;
    case TextRule::argument:
        most = most_free_bytes;
        allowed = "\n\t\r";
        break;
    case TextRule::color:
        if (text.empty() || (text.size() == 7 && text[0] == '#' &&
                             std::all_of(text.begin() + 1, text.end(),
                                         [](unsigned char c) { return std::isxdigit(c) != 0; }))) {
            return std::nullopt;
        }
        return fmt::format("{} is not a colour like \"#1f77b4\"", quote(text));
    }
    if (auto reason = broken_length(text, most)) {
        return reason;
    }
    return broken_characters(text, allowed);
}

std::optional<std::string> broken(Range range, double value) {
    if (std::isfinite(value) && value >= range.low && value <= range.high) {
        return std::nullopt;
    }
    return fmt::format("{} is outside {:.0f} to {:.0f}", value, range.low, range.high);
}

std::optional<std::string> broken(PrefixRule rule, const IpPrefix& prefix) {
    if (rule == PrefixRule::network && prefix.network() != prefix) {
        return fmt::format("{} has bits behind its prefix length; the network is {}", prefix.text(),
                           prefix.network().text());
    }
    return std::nullopt;
}

} // namespace fulcrum::designer
