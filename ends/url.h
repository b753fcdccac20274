// The URLs that the load generator takes: http://HOST[:PORT][/path] and udp://HOST:PORT.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace fulcrum::ends {

struct Url {
    bool udp = false;
    std::string host; // without the brackets of an IPv6 address
    std::uint16_t port = 80;
    std::string path = "/"; // with the query, without the fragment

    std::string authority() const; // for the Host field: the port only when it is not 80
};

Result<Url>
parse_url(std::string_view text); // a bare HOST[:PORT][/path] is taken as http; bad_input otherwise

} // namespace fulcrum::ends
