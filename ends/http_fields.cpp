#include "ends/http_fields.h"

#include <charconv>

#include "engine/wire/http_tokens.h"

namespace fulcrum::ends {
namespace {

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
        const auto value = http::trimmed(line.substr(colon + 1));
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
        if (!http::is_token_char(c)) {
            return false;
        }
    }
    return !text.empty();
}

bool list_has(std::string_view comma_list, std::string_view token) {
    bool found = false;
    http::each_element(comma_list, ',',
                       [&](std::string_view element) { found = found || http::same_name(element, token); });
    return found;
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
        if (http::same_name(field.name, "content-length")) {
            if (framing.length) {
                return "Content-Length given twice";
            }
            framing.length = parse_decimal(field.value);
            if (!framing.length) {
                return "Content-Length is no number";
            }
        } else if (http::same_name(field.name, "transfer-encoding")) {
            if (coded || !http::same_name(field.value, "chunked")) {
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
