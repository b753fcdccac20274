#include "ends/http_fields.h"

#include <array>
#include <charconv>

namespace fulcrum::ends {
namespace {

constexpr std::array<bool, 256> token_bytes = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}();

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

} // namespace

std::optional<std::size_t> head_length(std::string_view bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    return end + 4;
}

const char* fault_of_partial_head(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char c = bytes[i];
        if (c == '\n') {
            if (i == 0 || bytes[i - 1] != '\r') {
                return "line end without CR";
            }
        } else if (c == '\r') {
            if (i + 1 < bytes.size() && bytes[i + 1] != '\n') {
                return "CR without LF";
            }
        } else if (is_control(c)) {
            return "control byte in the head";
        }
    }
    return nullptr;
}

const char* parse_fields(std::string_view lines, std::vector<HttpField>& fields) {
    fields.clear();
    while (!lines.empty()) {
        const auto end = lines.find("\r\n");
        if (end == std::string_view::npos) {
            return "field line without CRLF";
        }
        const auto line = lines.substr(0, end);
        lines.remove_prefix(end + 2);
        if (line.front() == ' ' || line.front() == '\t') {
            return "folded field line";
        }
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            return "field line without a colon";
        }
        const auto name = line.substr(0, colon);
        if (!is_token(name)) {
            return "bad field name";
        }
        const auto value = trimmed(line.substr(colon + 1));
        for (const char c : value) {
            if (is_control(c)) {
                return "control byte in a field";
            }
        }
        if (fields.size() == max_fields) {
            return "too many fields";
        }
        fields.push_back({name, value});
    }
    return nullptr;
}

bool is_token(std::string_view text) {
    for (const char c : text) {
        if (!token_bytes[static_cast<unsigned char>(c)]) {
            return false;
        }
    }
    return !text.empty();
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
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

bool list_has(std::string_view comma_list, std::string_view token) {
    while (!comma_list.empty()) {
        const auto comma = comma_list.find(',');
        if (equal_ignoring_case(trimmed(comma_list.substr(0, comma)), token)) {
            return true;
        }
        if (comma == std::string_view::npos) {
            break;
        }
        comma_list.remove_prefix(comma + 1);
    }
    return false;
}

std::optional<std::uint64_t> parse_decimal(std::string_view digits) {
    // from_chars would take nothing but digits for an unsigned type, yet it stops at the first other byte.
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return value;
}

const char* parse_framing(const std::vector<HttpField>& fields, BodyFraming& framing) {
    framing = {};
    bool coded = false;
    for (const auto& field : fields) {
        if (equal_ignoring_case(field.name, "content-length")) {
            if (framing.length) {
                return "Content-Length given twice";
            }
            framing.length = parse_decimal(field.value);
            if (!framing.length) {
                return "Content-Length is no number";
            }
        } else if (equal_ignoring_case(field.name, "transfer-encoding")) {
            if (coded || !equal_ignoring_case(field.value, "chunked")) {
                return "Transfer-Encoding other than chunked";
            }
            coded = true;
        }
    }
    if (coded && framing.length) {
        return "both Content-Length and Transfer-Encoding";
    }
    framing.chunked = coded;
    return nullptr;
}

} // namespace fulcrum::ends
