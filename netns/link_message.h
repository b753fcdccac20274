// What supervisor and link process (fulcrum-link) say to each other: one JSON text per message on a
// SOCK_SEQPACKET pair. Each request is answered once, in order, with the counters.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "netns/link_status.h"

namespace fulcrum::netns {

inline constexpr std::size_t most_link_message_bytes = 4096;

struct LinkRequest {
    bool set = false; // else only the counters are asked for
    LinkFaults a_to_b, b_to_a;
    bool reseed = false; // both generators begin anew, from the seeds given
};
Result<LinkRequest> parse_link_request(std::string_view text);
std::string emit_link_request(const LinkRequest& request);

struct LinkReport {
    LinkCounters a_to_b, b_to_a;
};
Result<LinkReport> parse_link_report(std::string_view text);
std::string emit_link_report(const LinkReport& report);

} // namespace fulcrum::netns
