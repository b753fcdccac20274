// One recorded connection, sent again: its requests one after the other. Internal to request_sender.
#pragma once

#include <optional>
#include <poll.h>

#include "app/cli/request_sender.h"
#include "ends/http_response.h"

namespace fulcrum::cli {

class RequestLane {
public:
    using Clock = std::chrono::steady_clock;

    // What is given outlives it. `begin`: when the first of all requests is due.
    RequestLane(const std::vector<capture::RecordedRequest>& requests, const RequestSending& sending,
                Clock::time_point begin, std::vector<HttpAnswer>& answers)
        : requests_(requests), sending_(sending), begin_(begin), answers_(answers) {}

    void add(std::size_t request) { queue_.push_back(request); } // in the order of their times
    bool over() const { return at_ == queue_.size(); }
    bool has_socket() const { return static_cast<bool>(socket_); }

    Clock::time_point due() const; // of the next request; not over()
    // Whether look() would open a socket now.
    bool wants_socket(Clock::time_point now) const;
    // What poll() is to wait for; nothing while the next request is not due.
    std::optional<pollfd> watched() const;
    // When look() has something to do though nothing became ready. Not over().
    Clock::time_point wake() const { return state_ == State::waiting ? due() : started_ + sending_.timeout; }

    void look(Clock::time_point now); // begins what is due, and gives up what takes too long
    void ready();                     // poll() said so
    void fail_next(const std::string& why);
    void interrupt(); // no answer for what is left of it

private:
    enum class State { waiting, connecting, sending, reading };

    const capture::RecordedRequest& request() const { return requests_[queue_[at_]]; }
    HttpAnswer& answer() { return answers_[queue_[at_]]; }
    bool was_closed() const;
    void connect();
    void send();
    void receive();
    void lost(const std::string& why); // the connection, in the middle of a request
    void next();

    const std::vector<capture::RecordedRequest>& requests_;
    const RequestSending& sending_;
    Clock::time_point begin_;
    std::vector<HttpAnswer>& answers_;
    std::vector<std::size_t> queue_;
    std::size_t at_ = 0;
    State state_ = State::waiting;
    UniqueFd socket_;
    bool reused_ = false; // an answer came over it before
    std::size_t sent_ = 0;
    ends::HttpResponseReader reader_{capture::longest_recorded_message};
    bool heard_ = false; // the answer's first byte
    Clock::time_point started_, sent_at_;
};

} // namespace fulcrum::cli
