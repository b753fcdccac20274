#include "tests/fuzz/http/session_driver.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace fulcrum::fuzz {

namespace beast = boost::beast;

void demand(bool good) {
    if (!good) {
        std::abort();
    }
}

void demand_unambiguous_head(const std::string& message) {
    int lengths = 0, codings = 0;
    const std::string head = message.substr(0, message.find("\r\n\r\n"));
    std::size_t at = 0;
    while (at <= head.size()) {
        const std::size_t end = std::min(head.find_first_of(std::string("\r\n\0", 3), at), head.size());
        const std::string line = head.substr(at, end - at);
        std::string name = line.substr(0, line.find(':'));
        const auto is_noise = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; };
        while (!name.empty() && is_noise(name.back())) {
            name.pop_back();
        }
        name.erase(name.begin(), std::find_if_not(name.begin(), name.end(), is_noise));
        for (char& c : name) {
            c = c == '_' ? '-' : static_cast<char>(std::tolower(c));
        }
        // Token characters around a name make another name to everyone.
        const bool exact = line.find_first_of("!#$%&'*+.^`|~") >= line.find(':');
        lengths += exact && name == "content-length" ? 1 : 0;
        codings += exact && name == "transfer-encoding" ? 1 : 0;
        at = end + 1;
    }
    demand(lengths + codings <= 1);
}

namespace {
template <bool is_request>
void demand_one_message(const std::string& bytes, bool skip_body) {
    beast::http::parser<is_request, beast::http::string_body> parser;
    parser.eager(true);
    parser.skip(skip_body);
    parser.header_limit(1U << 20);
    parser.body_limit(std::uint64_t{1} << 62);
    beast::error_code error;
    std::size_t used = 0;
    while (used < bytes.size() && !parser.is_done()) {
        const std::size_t n =
            parser.put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), error);
        demand(!error);
        demand(n > 0);
        used += n;
    }
    if (!parser.is_done()) {
        parser.put_eof(error);
        demand(!error);
    }
    demand(parser.is_done() && used == bytes.size());
}
} // namespace

void demand_one_request(const std::string& bytes) {
    demand_one_message<true>(bytes, false);
    demand_unambiguous_head(bytes);
}

void demand_one_answer(const std::string& bytes, bool head_only) {
    std::string rest = bytes;
    while (rest.size() > 12 && rest.starts_with("HTTP/1.1 1") && !rest.starts_with("HTTP/1.1 101")) {
        rest.erase(0, rest.find("\r\n\r\n") + 4); // interim answers
    }
    demand_one_message<false>(rest, head_only);
    if (!head_only) {
        demand_unambiguous_head(rest);
    }
}

} // namespace fulcrum::fuzz
