#include "capture/live_capture.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <mutex>
#include <poll.h>
#include <set>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>

namespace fulcrum::capture {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_ring_bytes = 32 * 1024 * 1024;
constexpr auto hold_time = 4 * std::chrono::milliseconds(TapRing::hand_over_ms);
constexpr int busy_rest_ms = 2;  // between two rounds under load: fewer, longer rounds cost the lab less
constexpr int idle_wait_ms = 20; // held packets have to go out even when none come
constexpr int lost_wait_ms = 2;  // a link is made anew within milliseconds, and its first packets count
constexpr auto counts_interval = 250ms;

std::int64_t realtime_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace

class LiveCapture::Worker {
public:
    Worker(std::vector<TapRing> rings, PacketSink& sink, UniqueFd stop_event)
        : rings_(std::move(rings)), sink_(sink), stop_event_(std::move(stop_event)), counts_(rings_.size()) {
        for (std::size_t i = 0; i < rings_.size(); ++i) {
            counts_[i].name = rings_[i].name();
        }
        published_ = counts_;
        thread_ = std::thread([this] { run(); });
    }
    ~Worker() { (void)stop(); }

    Result<> stop() {
        if (thread_.joinable()) {
            const std::uint64_t one = 1;
            [[maybe_unused]] const auto written = ::write(stop_event_.get(), &one, sizeof one);
            thread_.join();
        }
        return result_;
    }
    std::vector<TapCounts> counts() const {
        const std::lock_guard lock(mutex_);
        return published_;
    }
    bool running() const { return running_; }

private:
    void run();
    bool wait(int ms, bool for_packets); // true: stop
    bool drain(std::int64_t until_ns);   // true: something came
    void publish();

    std::vector<TapRing> rings_;
    std::set<std::size_t> lost_; // those whose interface is down or gone just now
    PacketSink& sink_;
    UniqueFd stop_event_;
    std::vector<TapCounts> counts_; // the thread's
    mutable std::mutex mutex_;
    std::vector<TapCounts> published_; // under the mutex
    std::atomic<bool> running_{true};
    Result<> result_; // the thread's until it has ended
    std::thread thread_;
};

void LiveCapture::Worker::run() {
    auto next_publish = std::chrono::steady_clock::now() + counts_interval;
    bool busy = false;
    bool stopping = false;
    while (!stopping && result_) {
        stopping = wait(busy ? busy_rest_ms : idle_wait_ms, !busy);
        const bool full =
            std::any_of(rings_.begin(), rings_.end(), [](const auto& ring) { return ring.filling_up(); });
        const auto hold = full ? 0ns : std::chrono::nanoseconds(hold_time);
        busy = drain(realtime_ns() - hold.count());
        if (std::chrono::steady_clock::now() >= next_publish) {
            publish();
            if (auto flushed = sink_.flush(); !flushed && result_) {
                result_ = flushed;
            }
            next_publish = std::chrono::steady_clock::now() + counts_interval;
        }
    }
    if (result_) {
        // Blocks that are not full yet come when their time is over; what happens meanwhile is not asked for.
        const auto until = realtime_ns();
        std::this_thread::sleep_for(hold_time);
        drain(until);
    }
    publish();
    running_ = false;
}

bool LiveCapture::Worker::wait(int ms, bool for_packets) {
    std::vector<pollfd> polled{{stop_event_.get(), POLLIN, 0}};
    for (const auto& ring : rings_) {
        polled.push_back({ring.fd(), static_cast<short>(for_packets ? POLLIN : 0), 0});
    }
    ::poll(polled.data(), polled.size(), lost_.empty() ? ms : std::min(ms, lost_wait_ms));
    for (std::size_t i = 0; i < rings_.size(); ++i) {
        // A link that is cut or taken apart reports an error once, and may come back.
        if ((polled[i + 1].revents & POLLERR) != 0) {
            int error = 0;
            socklen_t length = sizeof error;
            ::getsockopt(rings_[i].fd(), SOL_SOCKET, SO_ERROR, &error, &length);
            lost_.insert(i);
        }
    }
    std::erase_if(lost_, [this](std::size_t i) { return rings_[i].listen_again(); });
    return (polled[0].revents & POLLIN) != 0;
}

// Always the oldest of the front packets. The number of taps is small against the number of packets per
// round, and a linear search beats a heap whose keys all change.
bool LiveCapture::Worker::drain(std::int64_t until_ns) {
    constexpr auto none = std::numeric_limits<std::int64_t>::max();
    std::vector<std::int64_t> fronts(rings_.size(), none);
    Packet packet;
    for (std::size_t i = 0; i < rings_.size(); ++i) {
        fronts[i] = rings_[i].front(packet) ? *packet.time_ns : none;
    }
    bool any = false;
    while (result_) {
        const auto oldest = std::min_element(fronts.begin(), fronts.end());
        if (oldest == fronts.end() || *oldest > until_ns) {
            break;
        }
        const auto index = static_cast<std::size_t>(oldest - fronts.begin());
        auto& ring = rings_[index];
        ring.front(packet);
        packet.interface = static_cast<std::uint32_t>(index);
        if (auto taken = sink_.process_packet(packet); !taken) {
            result_ = taken;
            break;
        }
        ++counts_[index].packets;
        counts_[index].bytes += packet.original_bytes;
        ring.pop();
        *oldest = ring.front(packet) ? *packet.time_ns : none;
        any = true;
    }
    return any;
}

void LiveCapture::Worker::publish() {
    for (std::size_t i = 0; i < rings_.size(); ++i) {
        counts_[i].drops = rings_[i].read_drops();
    }
    const std::lock_guard lock(mutex_);
    published_ = counts_;
}

LiveCapture::LiveCapture(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}
LiveCapture::LiveCapture(LiveCapture&&) noexcept = default;
LiveCapture::~LiveCapture() = default;

Result<LiveCapture> LiveCapture::start(std::vector<Tap> taps, const CaptureOptions& options,
                                       PacketSink& sink) {
    const auto filter = BpfFilter::compile(options.filter, options.snaplen_bytes);
    if (!filter) {
        return tl::unexpected(filter.error());
    }
    UniqueFd stop_event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!stop_event) {
        return fail_errno("make an event descriptor");
    }
    const auto ring_bytes =
        std::min(max_ring_bytes, options.ring_bytes_in_all / std::max<std::size_t>(1, taps.size()));
    std::vector<TapRing> rings;
    rings.reserve(taps.size());
    for (auto& tap : taps) {
        auto ring = TapRing::open(std::move(tap), *filter, ring_bytes, options.snaplen_bytes);
        if (!ring) {
            return tl::unexpected(ring.error());
        }
        rings.push_back(std::move(*ring));
    }
    return LiveCapture(std::make_unique<Worker>(std::move(rings), sink, std::move(stop_event)));
}

std::vector<TapCounts> LiveCapture::counts() const {
    return worker_->counts();
}
bool LiveCapture::running() const {
    return worker_->running();
}
Result<> LiveCapture::stop() {
    return worker_->stop();
}

} // namespace fulcrum::capture
