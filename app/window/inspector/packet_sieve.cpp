#include "app/window/inspector/packet_sieve.h"

#include "app/window/lab/background.h"
#include "capture/ladder/ladder.h"

namespace fulcrum::window {

namespace {
// Looked at in about a tenth of a second: the screen shows progress and a new filter need not wait.
constexpr std::size_t slice = 400'000;
constexpr auto look_interval = std::chrono::milliseconds(20); // at a file that is still being loaded

// Requests and legs of all packets. Null when cancelled.
std::shared_ptr<const capture::LabNotes> notes_of(const capture::CaptureFile& file,
                                                  const std::atomic<bool>& cancelled) {
    while (!file.progress().done) {
        if (cancelled) {
            return nullptr;
        }
        std::this_thread::sleep_for(look_interval);
    }
    auto notes = std::make_shared<capture::LabNotes>();
    const std::vector<capture::LadderFile> files{{&file, ""}};
    capture::LadderOptions options;
    options.cancelled = &cancelled;
    capture::write_notes(capture::make_ladder(files, options), files, 0, *notes);
    return cancelled ? nullptr : notes;
}
} // namespace

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
    busy_ = false;
}

void PacketSieve::start(std::shared_ptr<capture::CaptureFile> file, capture::DisplayFilter filter) {
    stop();
    if (notes_file_.lock() != file) {
        notes_.reset();
    }
    notes_file_ = file;
    file_ = std::move(file);
    filter_ = std::move(filter);
    looked_at_ = 0;
    first_ = true;
    if (notes_ == nullptr && filter_->asks_for_notes()) {
        learn_notes();
    } else {
        next_slice();
    }
}

void PacketSieve::go_on() {
    if (file_ != nullptr && !busy_ && looked_at_ < file_->size()) {
        next_slice();
    }
}

void PacketSieve::learn_notes() {
    busy_ = true;
    in_background(
        this, [file = file_, cancelled = cancelled_] { return notes_of(*file, *cancelled); },
        [this, cancelled = cancelled_](std::shared_ptr<const capture::LabNotes> notes) {
            if (!*cancelled) {
                notes_ = std::move(notes);
                next_slice();
            }
        });
}

void PacketSieve::next_slice() {
    busy_ = true;
    const std::size_t begin = looked_at_;
    const std::size_t end = std::min(file_->size(), begin + slice);
    in_background(
        this,
        [file = file_, filter = *filter_, notes = notes_, cancelled = cancelled_, begin, end] {
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
