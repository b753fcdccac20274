#include "engine/proxy/request_ring.h"

#include <algorithm>

namespace fulcrum::proxy {

namespace {

std::uint64_t microseconds(Instant from, Instant to) {
    return to <= from ? 0
                      : static_cast<std::uint64_t>(
                            std::chrono::duration_cast<std::chrono::microseconds>(to - from).count());
}

} // namespace

void RequestRing::append(const http::RequestLog& log, const std::string& service,
                         const balance::FlowKey& client) {
    if (ring_.size() < capacity) {
        ring_.push_back({log, service, client});
    } else {
        Entry& entry = ring_[next_ % capacity]; // strings keep their memory
        entry.log = log;
        entry.service = service;
        entry.client = client;
    }
    ++next_;
}

std::vector<engine::RequestReport> RequestRing::read(std::uint64_t& cursor, std::size_t limit,
                                                     std::int64_t wall_ns) const {
    std::vector<engine::RequestReport> out;
    cursor = std::clamp<std::uint64_t>(cursor, lost(), next_);
    for (; cursor < next_ && out.size() < limit; ++cursor) {
        out.push_back(report_of(ring_[cursor % capacity], wall_ns));
    }
    return out;
}

engine::RequestReport RequestRing::report_of(const Entry& entry, std::int64_t wall_ns) {
    const http::RequestLog& log = entry.log;
    engine::RequestReport out;
    out.service = entry.service;
    out.pool = log.pool;
    out.server = log.server;
    out.method = log.method;
    out.host = log.host;
    out.path = log.path;
    out.end = name_of(log.end);
    out.reason = log.reason;
    out.status = log.status;
    out.server_reused = log.server_reused;
    out.retries = log.retries;
    out.client = IpAddress::v4(entry.client.source);
    out.vip = IpAddress::v4(entry.client.destination);
    out.client_port = entry.client.source_port;
    out.vip_port = entry.client.destination_port;
    out.bytes_from_client = log.bytes_from_client;
    out.bytes_to_client = log.bytes_to_client;
    out.began_ns = static_cast<std::uint64_t>(log.began.time_since_epoch().count() + wall_ns);
    out.head_us = microseconds(log.began, log.head_done);
    out.sent_us = microseconds(log.began, log.sent);
    out.answered_us = microseconds(log.began, log.answered);
    out.total_us = microseconds(log.began, log.ended);
    return out;
}

} // namespace fulcrum::proxy
