#include "engine/proxy/time_wait.h"

namespace fulcrum::proxy {

void TimeWaitTable::insert(const tcp::Endpoints& ends, const tcp::LastWords& words, Instant now) {
    entries_[ends] = Lingering{words, now + duration};
    order_.emplace_back(now + duration, ends);
    while (entries_.size() > limit_ && !order_.empty()) {
        const auto& [until, oldest] = order_.front();
        if (const auto at = entries_.find(oldest); at != entries_.end() && at->second.until == until) {
            entries_.erase(at);
        }
        order_.pop_front();
    }
}

Lingering* TimeWaitTable::find(const tcp::Endpoints& ends) {
    const auto at = entries_.find(ends);
    return at == entries_.end() ? nullptr : &at->second;
}

void TimeWaitTable::poll(Instant now) {
    while (!order_.empty() && order_.front().first <= now) {
        if (const auto at = entries_.find(order_.front().second);
            at != entries_.end() && at->second.until == order_.front().first) {
            entries_.erase(at);
        }
        order_.pop_front();
    }
}

} // namespace fulcrum::proxy
