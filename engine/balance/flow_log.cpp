#include "engine/balance/flow_log.h"

#include <algorithm>

namespace fulcrum::balance {

void FlowLog::append(const FlowLogRecord& record) {
    if (ring_.size() < capacity_) {
        ring_.push_back(record);
    } else {
        const std::uint64_t overwritten = next_ - capacity_;
        lost_ += overwritten >= read_up_to_ ? 1 : 0;
        ring_[(next_ - 1) % capacity_] = record;
    }
    ++next_;
}

std::vector<FlowLogRecord> FlowLog::read(std::uint64_t& cursor, std::size_t limit) {
    const std::uint64_t oldest = next_ - ring_.size();
    std::uint64_t at = std::clamp(cursor, oldest, next_);
    std::vector<FlowLogRecord> out;
    out.reserve(std::min<std::size_t>(limit, static_cast<std::size_t>(next_ - at)));
    while (at < next_ && out.size() < limit) {
        out.push_back(ring_[(at - 1) % capacity_]);
        ++at;
    }
    cursor = at;
    read_up_to_ = std::max(read_up_to_, at);
    return out;
}

} // namespace fulcrum::balance
