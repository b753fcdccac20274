#include "app/window/inspector/packet_sieve.h"

#include "app/window/inspector/request_notes.h"
#include "app/window/lab/background.h"

namespace fulcrum::window {

namespace {
// Looked at in about a tenth of a second: the screen shows progress and a new filter need not wait.
constexpr std::size_t slice = 400'000;
} // namespace

PacketSieve::PacketSieve(RequestNotes* requests, QObject* parent) : QObject(parent), requests_(requests) {
    connect(requests_, &RequestNotes::known, this, [this] {
        if (std::exchange(waits_for_notes_, false)) {
            next_slice();
        }
    });
}

PacketSieve::~PacketSieve() {
    stop();
}

void PacketSieve::stop() {
    if (cancelled_ != nullptr) {
        *cancelled_ = true;
    }
    cancelled_ = std::make_shared<std::atomic<bool>>(false);
    file_.reset();
    filter_.reset();
    busy_ = waits_for_notes_ = false;
}

void PacketSieve::start(std::shared_ptr<capture::CaptureFile> file, capture::DisplayFilter filter) {
    stop();
    file_ = std::move(file);
    filter_ = std::move(filter);
    looked_at_ = 0;
    first_ = true;
    if (filter_->asks_for_notes() && requests_->notes() == nullptr) {
        busy_ = waits_for_notes_ = true;
        requests_->ask();
    } else {
        next_slice();
    }
}

void PacketSieve::go_on() {
    if (file_ != nullptr && !busy_ && looked_at_ < file_->size()) {
        next_slice();
    }
}

void PacketSieve::next_slice() {
    busy_ = true;
    const std::size_t begin = looked_at_;
    const std::size_t end = std::min(file_->size(), begin + slice);
    in_background(
        this,
        [file = file_, filter = *filter_, notes = requests_->notes(), cancelled = cancelled_, begin, end] {
            return capture::select_packets(*file, filter, begin, end, notes.get(), cancelled.get());
        },
        [this, end, cancelled = cancelled_](const std::vector<std::uint32_t>& packets) {
            if (*cancelled) {
                return;
            }
            looked_at_ = end;
            busy_ = end < file_->size();
            const std::shared_ptr<capture::CaptureFile> file = file_; // a listener may start another filter
            emit found(packets, std::exchange(first_, false));
            if (*cancelled) {
                return;
            }
            if (busy_) {
                next_slice();
            } else {
                emit caught_up();
            }
        });
}

} // namespace fulcrum::window
