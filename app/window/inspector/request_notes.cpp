#include "app/window/inspector/request_notes.h"

#include <chrono>
#include <thread>

#include "app/window/lab/background.h"
#include "capture/ladder/ladder.h"

namespace fulcrum::window {

namespace {

constexpr auto look_interval = std::chrono::milliseconds(20); // at a file that is still being loaded

// Null when cancelled.
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

RequestNotes::~RequestNotes() {
    set_file(nullptr);
}

void RequestNotes::set_file(std::shared_ptr<capture::CaptureFile> file) {
    if (cancelled_ != nullptr) {
        *std::exchange(cancelled_, nullptr) = true;
    }
    notes_.reset();
    file_ = std::move(file);
}

void RequestNotes::ask() {
    if (notes_ != nullptr || cancelled_ != nullptr) {
        return;
    }
    cancelled_ = std::make_shared<std::atomic<bool>>(false);
    in_background(
        this, [file = file_, cancelled = cancelled_] { return notes_of(*file, *cancelled); },
        [this, cancelled = cancelled_](const std::shared_ptr<const capture::LabNotes>& notes) {
            if (!*cancelled) {
                cancelled_ = nullptr;
                notes_ = notes;
                emit known();
            }
        });
}

} // namespace fulcrum::window
