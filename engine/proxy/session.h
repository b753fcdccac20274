// One client connection and the server connection that carries it on (SPEC M1). What one leg reads the other
// sends, by reference; what one cannot send the other does not read, so that back-pressure reaches the far
// end as a closed window.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "engine/http/http_session.h"
#include "engine/http/proxy_protocol.h"
#include "engine/proxy/session_timers.h"
#include "engine/tcp/connection.h"

namespace fulcrum::proxy {

enum class BackState : std::uint8_t {
    none,
    connecting,
    open,
    kept, // layer 7: between two requests of this client
};

struct Session {
    Session(const tcp::Settings& front_settings, const tcp::Settings& back_settings)
        : front(front_settings), back(back_settings) {}

    tcp::Connection front, back;
    Instant active;                              // last segment of either leg
    Instant connect_deadline = Instant::max();   // for the server to answer
    std::uint32_t flow = balance::no_flow_index; // its record
    TimerLink timer;
    std::unique_ptr<http::HttpSession> http;            // layer 7
    std::unique_ptr<http::ProxyHeaderReader> opening;   // until the client's PROXY header is complete
    std::unique_ptr<http::ProxiedConnection> announced; // whom that named
    std::uint8_t servers_tried = 1;
    bool touched = false;         // waits for the end of the batch
    bool client_end_told = false; // to `http`
    bool server_end_told = false;
    bool connect_timed_out = false;
    BackState back_state = BackState::none;
};

// Sessions in blocks that never move; indices are used again.
class SessionTable {
public:
    std::uint32_t take(const tcp::Settings& front, const tcp::Settings& back);
    void give_back(std::uint32_t index);
    Session& at(std::uint32_t index) { return *slots_[index]; }
    bool is_live(std::uint32_t index) const { return index < slots_.size() && slots_[index].has_value(); }
    std::uint32_t size() const { return live_; }
    template <class Visit>
    void for_each(Visit&& visit) {
        for (std::uint32_t i = 0; i < slots_.size(); ++i) {
            if (slots_[i]) {
                visit(i, *slots_[i]);
            }
        }
    }

private:
    std::deque<std::optional<Session>> slots_;
    std::vector<std::uint32_t> free_;
    std::uint32_t live_ = 0;
};

} // namespace fulcrum::proxy
