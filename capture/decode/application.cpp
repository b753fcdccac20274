#include "capture/decode/application.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/base/byte_order.h"

namespace fulcrum::capture {
namespace {

constexpr std::string_view proxy_v2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t proxy_v1_most = 107; // with the line end
constexpr std::size_t head_most = 256 * 1024;

constexpr std::array<std::string_view, 14> methods{"GET ",     "POST ",     "HEAD ",    "PUT ",   "DELETE ",
                                                   "OPTIONS ", "PATCH ",    "CONNECT ", "TRACE ", "PROPFIND ",
                                                   "NOTIFY ",  "M-SEARCH ", "MKCOL ",   "REPORT "};

bool same_letters(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
               return lower(x) == lower(y);
           });
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string_view first_line(std::string_view text) {
    auto line = text.substr(0, text.find('\n'));
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

} // namespace

std::size_t proxy_header_bytes(std::span<const std::uint8_t> payload) {
    const auto text = text_of(payload);
    if (text.size() >= 8 && text[0] == 'P' && text.starts_with("PROXY ")) {
        const auto end = text.substr(0, proxy_v1_most).find("\r\n");
        return end == std::string_view::npos ? 0 : end + 2;
    }
    if (text.size() >= 16 && text[0] == '\r' && text.starts_with(proxy_v2) && (payload[12] >> 4) == 2) {
        const std::size_t whole = 16 + std::size_t{load_be16(payload.data() + 14)};
        return whole <= payload.size() ? whole : 0;
    }
    return 0;
}

bool starts_http(std::span<const std::uint8_t> payload) {
    const auto text = text_of(payload);
    if (text.size() < 8 || text[0] < 'A' || text[0] > 'Z') {
        return false;
    }
    if (text.starts_with("HTTP/1.")) {
        return true;
    }
    if (std::any_of(methods.begin(), methods.end(), [&](auto method) { return text.starts_with(method); })) {
        return true; // whatever follows: the line may go on in the next segment
    }
    // Another method is one when its line says so.
    const auto space = text.substr(0, 20).find(' ');
    if (space == std::string_view::npos || space == 0 ||
        !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(space),
                     [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; })) {
        return false;
    }
    return first_line(text.substr(0, 2048)).find(" HTTP/1.", space) != std::string_view::npos;
}

bool may_start_http(std::span<const std::uint8_t> payload) {
    constexpr std::size_t least = 8; // of starts_http()
    const auto text = text_of(payload);
    const auto begins = [&](std::string_view whole) {
        return text.size() < whole.size() ? whole.starts_with(text)
                                          : text.size() < least && text.starts_with(whole);
    };
    return !text.empty() && (begins("HTTP/1.") || std::any_of(methods.begin(), methods.end(), begins));
}

std::size_t empty_line_bytes(std::span<const std::uint8_t> payload) {
    return payload.size() > 3 && payload[0] == '\r' && payload[1] == '\n' ? 2 : 0;
}

bool starts_tls(std::span<const std::uint8_t> payload) {
    return payload.size() >= 6 && payload[0] >= 20 && payload[0] <= 24 && payload[1] == 3 &&
           payload[2] <= 4 && load_be16(payload.data() + 3) != 0 &&
           load_be16(payload.data() + 3) <= 16384 + 2048;
}

bool starts_bgp(std::span<const std::uint8_t> payload) {
    return payload.size() >= 19 &&
           std::all_of(payload.begin(), payload.begin() + 16,
                       [](std::uint8_t byte) { return byte == 0xff; }) &&
           load_be16(payload.data() + 16) >= 19;
}

std::size_t http_head_bytes(std::span<const std::uint8_t> payload) {
    const auto text = text_of(payload).substr(0, head_most);
    const auto end = text.find("\r\n\r\n");
    if (end != std::string_view::npos) {
        return end + 4;
    }
    const auto bare = text.find("\n\n");
    return bare != std::string_view::npos ? bare + 2 : payload.size();
}

HttpStart http_start(std::string_view head) {
    HttpStart start;
    const auto line = first_line(head);
    const auto first_space = std::min(line.find(' '), line.size());
    auto rest = line.substr(std::min(first_space + 1, line.size()));
    if (line.starts_with("HTTP/")) {
        start.is_response = true;
        start.version = line.substr(0, first_space);
        if (rest.size() >= 3 &&
            std::all_of(rest.begin(), rest.begin() + 3, [](char c) { return c >= '0' && c <= '9'; })) {
            start.code = (rest[0] - '0') * 100 + (rest[1] - '0') * 10 + (rest[2] - '0');
        }
        start.phrase = rest.substr(std::min<std::size_t>(4, rest.size()));
        return start;
    }
    start.method = line.substr(0, first_space);
    const auto last_space = rest.rfind(' ');
    if (last_space != std::string_view::npos && rest.substr(last_space + 1).starts_with("HTTP/")) {
        start.uri = rest.substr(0, last_space);
        start.version = rest.substr(last_space + 1);
    } else {
        start.uri = rest;
    }
    return start;
}

std::optional<std::string_view> HttpFieldWalk::next() {
    for (auto at = rest_.find('\n'); at != std::string_view::npos; at = rest_.find('\n')) {
        rest_.remove_prefix(at + 1);
        const auto line = first_line(rest_);
        if (line.empty()) {
            break;
        }
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && same_letters(line.substr(0, colon), name_)) {
            return trimmed(line.substr(colon + 1));
        }
    }
    rest_ = {};
    return std::nullopt;
}

std::optional<std::string_view> http_field(std::string_view head, std::string_view name) {
    return HttpFieldWalk(head, name).next();
}

} // namespace fulcrum::capture
