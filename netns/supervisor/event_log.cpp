#include "netns/supervisor/event_log.h"

#include <chrono>

namespace fulcrum::netns {

void EventLog::add(const std::string& node, const std::string& text) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    events_.push_back({static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count()), node, text});
    ++added_;
    if (events_.size() > most_events) {
        events_.pop_front();
    }
    if (on_added_) {
        on_added_();
    }
}

void EventLog::add_once(const std::string& text) {
    if (said_once_.insert(text).second) {
        add("", text);
    }
}

std::vector<LabEvent> EventLog::since(std::uint64_t& cursor) const {
    const std::uint64_t forgotten = added_ - events_.size();
    const std::uint64_t first = cursor > forgotten ? cursor - forgotten : 0;
    std::vector<LabEvent> events;
    if (first < events_.size()) {
        events.assign(events_.begin() + static_cast<std::ptrdiff_t>(first), events_.end());
    }
    cursor = added_;
    return events;
}

} // namespace fulcrum::netns
