#include "engine/wire/drop_reason.h"

#include <numeric>

namespace fulcrum::wire {

namespace {

// In the order of the enumeration; the size check below catches a name that was forgotten.
constexpr std::string_view names[] = {
    "ethernet-too-short",
    "ethernet-bad-source",
    "not-our-mac",
    "vlan-tagged",
    "unknown-ethertype",
    "arp-too-short",
    "arp-bad-format",
    "arp-bad-sender",
    "arp-not-for-us",
    "arp-unsolicited",
    "ipv4-too-short",
    "ipv4-bad-version",
    "ipv4-bad-header-length",
    "ipv4-bad-total-length",
    "ipv4-bad-checksum",
    "ipv4-bad-option",
    "ipv4-source-route",
    "ipv4-bad-fragment",
    "ipv6-too-short",
    "ipv6-bad-version",
    "ipv6-bad-length",
    "ipv6-unsupported",
    "icmp-too-short",
    "icmp-bad-checksum",
    "icmp-unsupported",
    "tcp-too-short",
    "tcp-bad-header-length",
    "tcp-bad-option",
    "tcp-bad-checksum",
    "tcp-bad-flags",
    "tcp-bad-port",
    "udp-too-short",
    "udp-bad-length",
    "udp-bad-checksum",
    "udp-bad-port",
    "unknown-protocol",
    "martian-source",
    "martian-destination",
    "land",
    "ttl-expired",
    "too-big",
    "no-route",
    "neighbour-unresolved",
    "neighbour-queue-full",
    "neighbour-table-full",
    "not-for-us",
    "fragment-timeout",
    "fragment-overlap",
    "fragment-limit",
    "icmp-rate-limited",
    "closed-port",
    "no-flow",
    "flow-table-full",
    "no-server",
    "standby",
    "limit",
    "not-available",
    "port-conflict",
    "ports-exhausted",
    "bad-proxy-header",
    "no-buffer",
    "device-down",
    "send-failed",
    "bad-offload",
};
static_assert(std::size(names) == drop_reason_count);

} // namespace

std::string_view name_of(DropReason reason) {
    const auto index = static_cast<std::size_t>(reason);
    return index < drop_reason_count ? names[index] : std::string_view("unknown");
}

std::uint64_t DropCounters::total() const {
    return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

} // namespace fulcrum::wire
