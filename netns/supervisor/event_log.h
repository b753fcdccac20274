// What happened in the lab, for whoever asks later: a bounded memory of events with ever growing numbers.
#pragma once

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "netns/lab_client.h"

namespace fulcrum::netns {

class EventLog {
public:
    static constexpr std::size_t most_events = 2000; // older ones are forgotten

    void add(const std::string& node, const std::string& text); // at CLOCK_REALTIME now
    // The same, once in the lab's life: what a thousand nodes have in common is said once.
    void add_once(const std::string& text);
    // Those after `cursor`, oldest first; moves it behind the last.
    std::vector<LabEvent> since(std::uint64_t& cursor) const;
    bool has_since(std::uint64_t cursor) const { return cursor < added_; }
    // Called after each new event.
    void on_added(std::function<void()> callback) { on_added_ = std::move(callback); }

private:
    std::deque<LabEvent> events_;
    std::set<std::string> said_once_;
    std::uint64_t added_ = 0; // in the lab's life; the last one's number
    std::function<void()> on_added_;
};

} // namespace fulcrum::netns
