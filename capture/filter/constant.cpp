// Literals of a filter, read as what their field holds.
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <limits>

#include "capture/filter/filter_program.h"

namespace fulcrum::capture {
namespace {

tl::unexpected<FilterError> wrong_at(const Token& token, std::string message) {
    return wrong(std::move(message), token.position, token.length);
}

tl::unexpected<FilterError> not_a(const Field& field, const Token& token) {
    return wrong_at(
        token, fmt::format("\"{}\" is not {}, which {} is", token.value, name_of(field.type), field.name));
}

// Decimal, 0x hexadecimal, 0b binary or 0 octal, as Wireshark reads them.
std::optional<std::uint64_t> number_of(std::string_view text) {
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    } else if (text.starts_with("0b")) {
        base = 2;
        text.remove_prefix(2);
    } else if (text.size() > 1 && text[0] == '0') {
        base = 8;
        text.remove_prefix(1);
    }
    std::uint64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return problem == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// "-1.25" as nanoseconds, exactly.
std::optional<std::int64_t> nanoseconds_of(std::string_view text) {
    const bool negative = text.starts_with('-');
    text.remove_prefix(negative ? 1 : 0);
    const auto dot = std::min(text.find('.'), text.size());
    auto whole = text.substr(0, dot);
    auto fraction = text.substr(std::min(dot + 1, text.size()));
    std::uint64_t seconds = 0, part = 0;
    const auto read = [](std::string_view digits, std::uint64_t& into) {
        const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), into);
        return problem == std::errc{} && end == digits.data() + digits.size();
    };
    if ((whole.empty() && fraction.empty()) || whole.size() > 10 ||
        (!whole.empty() && !read(whole, seconds))) {
        return std::nullopt;
    }
    fraction = fraction.substr(0, 9);
    if (!fraction.empty() && !read(fraction, part)) {
        return std::nullopt;
    }
    for (auto digits = fraction.size(); digits < 9; ++digits) {
        part *= 10;
    }
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    if (seconds > (most - part) / 1'000'000'000) {
        return std::nullopt;
    }
    const auto ns = static_cast<std::int64_t>(seconds * 1'000'000'000 + part);
    return negative ? -ns : ns;
}

// Hexadecimal pairs with ':', '-' or '.' between them, or single digits ("a:b"); Cisco's "0011.2233.4455".
std::optional<std::string> hex_bytes(std::string_view text) {
    std::string out;
    const auto digit = [](char c) {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                      : -1;
    };
    for (std::size_t at = 0; at < text.size();) {
        auto end = at;
        while (end < text.size() && digit(text[end]) >= 0) {
            ++end;
        }
        const auto length = end - at;
        if (length == 1) {
            out += static_cast<char>(digit(text[at]));
        } else if (length == 0 || length % 2 != 0) {
            return std::nullopt;
        } else {
            for (; at < end; at += 2) {
                out += static_cast<char>(digit(text[at]) << 4 | digit(text[at + 1]));
            }
        }
        if (end == text.size()) {
            return out;
        }
        if (text[end] != ':' && text[end] != '-' && text[end] != '.') {
            return std::nullopt;
        }
        at = end + 1;
        if (at == text.size()) {
            return out; // "0a:" is one byte, as Wireshark has it
        }
    }
    return std::nullopt;
}

// An address with or without /prefix, of one family.
bool read_address(const Field& field, std::string_view text, Constant& into, std::uint64_t& number,
                  std::string& bytes) {
    const bool v4 = field.type == FieldType::ipv4;
    const auto prefix = IpPrefix::parse(text);
    if (!prefix || prefix->address.is_v4() != v4) {
        return false;
    }
    into.prefix = prefix->length;
    if (v4) {
        number = prefix->address.v4_value();
    } else {
        bytes.assign(reinterpret_cast<const char*>(prefix->address.bytes().data()), 16);
    }
    return true;
}

Filtered<void> read_value(const Field& field, const Token& token, Constant& into, std::uint64_t& number,
                          std::string& bytes) {
    const auto& text = token.value;
    switch (field.type) {
    case FieldType::number: {
        const auto value = number_of(text);
        if (!value) {
            return not_a(field, token);
        }
        if (*value > field.most) {
            return wrong_at(
                token, fmt::format("{} is more than {} can be: at most {}", text, field.name, field.most));
        }
        number = *value;
        return {};
    }
    case FieldType::boolean:
        if (text == "true" || text == "True" || text == "TRUE" || text == "1") {
            number = 1;
        } else if (text == "false" || text == "False" || text == "FALSE" || text == "0") {
            number = 0;
        } else {
            return not_a(field, token);
        }
        return {};
    case FieldType::seconds: {
        const auto value = nanoseconds_of(text);
        if (!value) {
            return not_a(field, token);
        }
        number = static_cast<std::uint64_t>(*value);
        return {};
    }
    case FieldType::mac: {
        const auto value = hex_bytes(text);
        if (!value || value->size() != 6) {
            return not_a(field, token);
        }
        bytes = *value;
        return {};
    }
    case FieldType::ipv4:
    case FieldType::ipv6:
        if (!read_address(field, text, into, number, bytes)) {
            return not_a(field, token);
        }
        return {};
    case FieldType::text:
        bytes = text;
        return {};
    case FieldType::bytes:
    case FieldType::protocol: {
        const auto value = token.kind == TokenKind::text ? std::optional(text) : hex_bytes(text);
        if (!value) {
            return not_a(field, token);
        }
        bytes = *value;
        return {};
    }
    }
    return {};
}

} // namespace

Filtered<Constant> make_constant(const Field& field, Relation relation, const SyntaxNode::Operand& operand) {
    Constant constant;
    const bool searchable = field.type == FieldType::text || field.type == FieldType::bytes ||
                            field.type == FieldType::protocol || field.type == FieldType::mac ||
                            field.type == FieldType::ipv6;
    if (relation == Relation::matches) {
        if (field.type != FieldType::text && field.type != FieldType::bytes &&
            field.type != FieldType::protocol) {
            return wrong_at(operand.low,
                            fmt::format("{} is {}: a pattern is for texts", field.name, name_of(field.type)));
        }
        re2::RE2::Options options;
        options.set_case_sensitive(false);
        options.set_encoding(re2::RE2::Options::EncodingLatin1); // payloads are bytes
        options.set_log_errors(false);
        options.set_max_mem(std::int64_t{8} << 20);
        constant.pattern = std::make_shared<const re2::RE2>(operand.low.value, options);
        if (!constant.pattern->ok()) {
            return wrong_at(operand.low, fmt::format("the pattern: {}", constant.pattern->error()));
        }
        return constant;
    }
    if (relation == Relation::contains) {
        if (!searchable) {
            return wrong_at(operand.low, fmt::format("{} is {}: \"contains\" is for texts and bytes",
                                                     field.name, name_of(field.type)));
        }
        // A part of the field: text, or bytes where it holds bytes.
        constant.bytes = operand.low.value;
        if (field.type != FieldType::text && operand.low.kind == TokenKind::word) {
            if (auto bytes = hex_bytes(operand.low.value)) {
                constant.bytes = std::move(*bytes);
            }
        }
        return constant;
    }
    if (relation == Relation::bits && field.type != FieldType::number && field.type != FieldType::boolean) {
        return wrong_at(operand.low,
                        fmt::format("{} is {}: & is for numbers", field.name, name_of(field.type)));
    }
    auto read = read_value(field, operand.low, constant, constant.low, constant.bytes);
    constant.high = constant.low;
    constant.high_bytes = constant.bytes;
    if (read && operand.high.kind != TokenKind::end) {
        read = read_value(field, operand.high, constant, constant.high, constant.high_bytes);
        constant.prefix = 128;
    }
    if (!read) {
        return tl::unexpected(read.error());
    }
    return constant;
}

} // namespace fulcrum::capture
