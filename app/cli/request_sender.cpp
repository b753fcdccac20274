#include "app/cli/request_sender.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <sys/socket.h>

#include "app/cli/request_lane.h"

namespace fulcrum::cli {
namespace {

using Clock = RequestLane::Clock;
using std::chrono::milliseconds;

constexpr milliseconds longest_wait{50};       // until somebody looks whether to go on
constexpr milliseconds descriptor_wait{20};    // until somebody looks whether there is a descriptor again
constexpr std::size_t most_at_top_speed = 256; // connections at once
// Sockets opened between two looks at what was answered: opening takes time, which answers must not wait for.
constexpr std::size_t most_openings = 16;

bool is_descriptor_free() {
    const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return probe || (errno != EMFILE && errno != ENFILE);
}

class Sender {
public:
    Sender(const std::vector<capture::RecordedRequest>& requests, const RequestSending& sending)
        : sending_(sending) {
        sent_.answers.resize(requests.size());
        const auto begin = Clock::now();
        std::map<std::uint32_t, std::size_t> by_connection;
        for (std::size_t i = 0; i < requests.size(); ++i) {
            const auto [at, fresh] = by_connection.try_emplace(requests[i].connection, lanes_.size());
            if (fresh) {
                lanes_.push_back(std::make_unique<RequestLane>(requests, sending, begin, sent_.answers));
            }
            lanes_[at->second]->add(i);
        }
    }

    SentRequests run() {
        while (true) {
            wake_ = Clock::now() + longest_wait;
            begin_lanes();
            if (under_way_.empty() && next_lane_ == lanes_.size()) {
                return std::move(sent_);
            }
            if (sending_.cancelled()) {
                interrupt();
                return std::move(sent_);
            }
            look();
            wait();
            std::erase_if(under_way_, [](const auto& lane) { return lane->over(); });
        }
    }

private:
    // Lanes are in the order in which their first requests are due.
    void begin_lanes() {
        const auto most = sending_.speed > 0 ? lanes_.size() : most_at_top_speed;
        while (next_lane_ < lanes_.size() && under_way_.size() < most) {
            if (const auto due = lanes_[next_lane_]->due(); due > Clock::now()) {
                wake_ = std::min(wake_, due);
                return;
            }
            under_way_.push_back(std::move(lanes_[next_lane_++]));
        }
    }

    void look() {
        std::size_t openings = 0;
        const auto now = Clock::now();
        for (const auto& lane : under_way_) {
            if (lane->wants_socket(now)) {
                if (openings == most_openings) {
                    wake_ = now;
                    continue;
                }
                if (!is_descriptor_free()) {
                    if (std::any_of(under_way_.begin(), under_way_.end(),
                                    [](const auto& other) { return other->has_socket(); })) {
                        wake_ = std::min(wake_, now + descriptor_wait); // one of them will be over
                        continue;
                    }
                    lane->fail_next(std::strerror(EMFILE)); // they are not ours: nobody here can free one
                } else {
                    ++openings;
                }
            }
            lane->look(now);
            wake_ = std::min(wake_, lane->over() ? now : lane->wake()); // over: another may begin
        }
    }

    void wait() {
        std::vector<pollfd> watched;
        std::vector<RequestLane*> of;
        for (const auto& lane : under_way_) {
            if (const auto poll = lane->watched()) {
                watched.push_back(*poll);
                of.push_back(lane.get());
            }
        }
        const auto left = std::max<std::int64_t>(
            0, std::chrono::duration_cast<std::chrono::nanoseconds>(wake_ - Clock::now()).count());
        const timespec time{left / 1'000'000'000, left % 1'000'000'000};
        ::ppoll(watched.data(), watched.size(), &time, nullptr);
        for (std::size_t i = 0; i < watched.size(); ++i) {
            if (watched[i].revents != 0) {
                of[i]->ready();
            }
        }
    }

    void interrupt() {
        sent_.interrupted = true;
        for (const auto& lane : under_way_) {
            lane->interrupt();
        }
        for (; next_lane_ < lanes_.size(); ++next_lane_) {
            lanes_[next_lane_]->interrupt();
        }
    }

    const RequestSending& sending_;
    SentRequests sent_;
    std::vector<std::unique_ptr<RequestLane>> lanes_; // from next_lane_ on; those before are taken out
    std::size_t next_lane_ = 0;
    std::vector<std::unique_ptr<RequestLane>> under_way_;
    Clock::time_point wake_; // until then nothing has to be done but what becomes ready
};

} // namespace

SentRequests send_requests(const std::vector<capture::RecordedRequest>& requests,
                           const RequestSending& sending) {
    return Sender(requests, sending).run();
}

} // namespace fulcrum::cli
