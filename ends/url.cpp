#include "ends/url.h"

#include <fmt/format.h>

#include "ends/http_fields.h"
#include "engine/wire/http_tokens.h"

namespace fulcrum::ends {

std::string Url::authority() const {
    const auto name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return port == 80 ? name : fmt::format("{}:{}", name, port);
}

Result<Url> parse_url(std::string_view text) {
    const auto refuse = [&](std::string_view why) {
        return bad_input(
            fmt::format("URL \"{}\": {}; write http://HOST[:PORT][/path] or udp://HOST:PORT", text, why));
    };
    for (const char c : text) {
        if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f) {
            return refuse("space or a byte outside ASCII");
        }
    }
    Url url;
    auto rest = text;
    if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
        const auto name = rest.substr(0, scheme);
        if (!http::same_name(name, "http") && !http::same_name(name, "udp")) {
            return refuse("scheme other than http and udp");
        }
        url.udp = http::same_name(name, "udp");
        rest.remove_prefix(scheme + 3);
    }
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    rest.remove_prefix(authority.size());
    rest = rest.substr(0, rest.find('#'));
    if (!rest.empty()) {
        url.path = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
    }
    auto host = authority;
    std::string_view port;
    bool has_port = false;
    if (host.starts_with('[')) {
        const auto close = host.find(']');
        if (close == std::string_view::npos) {
            return refuse("[ without ]");
        }
        const auto after = host.substr(close + 1);
        if (!after.empty() && !after.starts_with(':')) {
            return refuse("something other than a port after ]");
        }
        has_port = !after.empty();
        port = has_port ? after.substr(1) : after;
        host = host.substr(1, close - 1);
    } else if (const auto colon = host.find(':'); colon != std::string_view::npos) {
        has_port = true;
        port = host.substr(colon + 1);
        host = host.substr(0, colon);
    }
    if (host.empty() || host.find('@') != std::string_view::npos) {
        return refuse("no host");
    }
    if (has_port) {
        const auto number = parse_decimal(port);
        if (!number || *number == 0 || *number > 65535) {
            return refuse("bad port");
        }
        url.port = static_cast<std::uint16_t>(*number);
    }
    url.host = host;
    return url;
}

} // namespace fulcrum::ends
