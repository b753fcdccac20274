#include "capture/ladder/forwarded.h"

#include <algorithm>

#include "capture/decode/application.h"

namespace fulcrum::capture {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool is_forwarded_for(std::string_view name) {
    constexpr std::string_view known = "x-forwarded-for";
    return std::equal(name.begin(), name.end(), known.begin(), known.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
    });
}

// Who the request was forwarded for, the first client first: all fields of that name are one list
// (RFC 9110 section 5.3).
std::vector<std::string_view> clients_of(std::string_view head) {
    std::vector<std::string_view> clients;
    for (auto at = head.find('\n'); at != std::string_view::npos;) {
        const auto end = std::min(head.find('\n', at + 1), head.size());
        const auto line = head.substr(at + 1, end - at - 1);
        const auto colon = std::min(line.find(':'), line.size());
        if (colon != line.size() && is_forwarded_for(line.substr(0, colon))) {
            for (auto from = colon + 1; from <= line.size();) {
                const auto to = std::min(line.find(',', from), line.size());
                clients.push_back(trimmed(line.substr(from, to - from)));
                from = to + 1;
            }
        }
        at = end == head.size() ? std::string_view::npos : end;
    }
    return clients;
}

} // namespace

Forwarded forwarded(const Transit& front, const Transit& back) {
    const auto before = clients_of(front.head), after = clients_of(back.head);
    if (after.empty() || after == before) {
        return Forwarded::unknown;
    }
    const auto last = IpAddress::parse(after.back());
    // Who spoke with the proxy, or whom its PROXY header names: proxies take either for the client.
    const bool named =
        last && (*last == front.source.address || (front.proxied_for && *last == front.proxied_for->address));
    const bool added =
        after.size() == before.size() + 1 && std::equal(before.begin(), before.end(), after.begin());
    const bool replaced = after.size() == 1;
    if (named && (added || replaced)) {
        return Forwarded::named;
    }
    return added && !last ? Forwarded::unknown : Forwarded::excluded;
}

} // namespace fulcrum::capture
