#include "capture/filter/lexer.h"

#include <array>
#include <fmt/format.h>
#include <optional>

namespace fulcrum::capture {
namespace {

struct Spelling {
    std::string_view text;
    TokenKind kind;
};

// Longer ones before those that they begin with.
constexpr std::array signs{
    Spelling{"!==", TokenKind::any_not_equal},
    Spelling{"==", TokenKind::equal},
    Spelling{"!=", TokenKind::not_equal},
    Spelling{"~=", TokenKind::any_not_equal},
    Spelling{"<=", TokenKind::less_equal},
    Spelling{">=", TokenKind::greater_equal},
    Spelling{"&&", TokenKind::logical_and},
    Spelling{"||", TokenKind::logical_or},
    Spelling{"..", TokenKind::range},
    Spelling{"<", TokenKind::less},
    Spelling{">", TokenKind::greater},
    Spelling{"!", TokenKind::logical_not},
    Spelling{"(", TokenKind::open},
    Spelling{")", TokenKind::close},
    Spelling{"{", TokenKind::open_set},
    Spelling{"}", TokenKind::close_set},
    Spelling{",", TokenKind::comma},
    Spelling{"&", TokenKind::bits},
    Spelling{"~", TokenKind::matches},
};

constexpr std::array words{
    Spelling{"and", TokenKind::logical_and},
    Spelling{"or", TokenKind::logical_or},
    Spelling{"not", TokenKind::logical_not},
    Spelling{"eq", TokenKind::equal},
    Spelling{"ne", TokenKind::not_equal},
    Spelling{"any_ne", TokenKind::any_not_equal},
    Spelling{"lt", TokenKind::less},
    Spelling{"le", TokenKind::less_equal},
    Spelling{"gt", TokenKind::greater},
    Spelling{"ge", TokenKind::greater_equal},
    Spelling{"contains", TokenKind::contains},
    Spelling{"matches", TokenKind::matches},
    Spelling{"in", TokenKind::in},
    Spelling{"bitwise_and", TokenKind::bits},
};

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == ':' || c == '-' || c == '/' || (static_cast<unsigned char>(c) >= 0x80);
}

std::optional<int> digit(char c, int base) {
    const int value = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : 99;
    return value < base ? std::optional(value) : std::nullopt;
}

// A text in double quotes from `at` on. Escapes are those of C. In a raw one (r"…", for patterns) a backslash
// is itself.
Filtered<Token> quoted(std::string_view text, std::size_t at, bool raw) {
    Token token{TokenKind::text, {}, at, 0};
    std::size_t i = at + (raw ? 2 : 1);
    while (i < text.size() && text[i] != '"') {
        if (text[i] != '\\' || i + 1 == text.size()) {
            token.value += text[i++];
            continue;
        }
        const char escaped = text[i + 1];
        if (raw) {
            token.value += '\\';
            if (escaped != '"') {
                token.value += escaped;
                i += 2;
                continue;
            }
            token.value.pop_back();
            token.value += '"';
            i += 2;
            continue;
        }
        i += 2;
        switch (escaped) {
        case 'n':
            token.value += '\n';
            break;
        case 'r':
            token.value += '\r';
            break;
        case 't':
            token.value += '\t';
            break;
        case 'x': {
            int value = 0, digits = 0;
            while (digits < 2 && i < text.size() && digit(text[i], 16)) {
                value = value * 16 + *digit(text[i++], 16);
                ++digits;
            }
            if (digits == 0) {
                return wrong("\\x wants hexadecimal digits", i - 2, 2);
            }
            token.value += static_cast<char>(value);
            break;
        }
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7': {
            int value = *digit(escaped, 8);
            for (int digits = 1; digits < 3 && i < text.size() && digit(text[i], 8); ++digits) {
                value = value * 8 + *digit(text[i++], 8);
            }
            token.value += static_cast<char>(value);
            break;
        }
        case '"':
        case '\'':
        case '\\':
            token.value += escaped;
            break;
        default: // a pattern's own: \. \d
            token.value += '\\';
            token.value += escaped;
        }
    }
    if (i == text.size()) {
        return wrong("the text in quotes does not end", at, text.size() - at);
    }
    token.length = i + 1 - at;
    return token;
}

} // namespace

Filtered<std::vector<Token>> cut(std::string_view text) {
    std::vector<Token> tokens;
    for (std::size_t at = 0; at < text.size();) {
        if (is_blank(text[at])) {
            ++at;
            continue;
        }
        const bool raw = text.substr(at).starts_with("r\"") || text.substr(at).starts_with("R\"");
        if (text[at] == '"' || raw) {
            auto token = quoted(text, at, raw);
            if (!token) {
                return tl::unexpected(token.error());
            }
            at += token->length;
            tokens.push_back(std::move(*token));
            continue;
        }
        const Spelling* sign = nullptr;
        for (const auto& one : signs) {
            if (sign == nullptr && text.substr(at).starts_with(one.text)) {
                sign = &one;
            }
        }
        if (sign != nullptr) {
            tokens.push_back({sign->kind, std::string(sign->text), at, sign->text.size()});
            at += sign->text.size();
            continue;
        }
        auto end = at;
        while (end < text.size() && is_word(text[end]) && !text.substr(end).starts_with("..")) {
            ++end;
        }
        if (end == at) {
            return wrong(fmt::format("\"{}\" means nothing here", text[at]), at, 1);
        }
        const auto word = text.substr(at, end - at);
        auto kind = TokenKind::word;
        for (const auto& one : words) {
            kind = one.text == word ? one.kind : kind;
        }
        tokens.push_back({kind, std::string(word), at, end - at});
        at = end;
    }
    tokens.push_back({TokenKind::end, {}, text.size(), 0});
    return tokens;
}

} // namespace fulcrum::capture
