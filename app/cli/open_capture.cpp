#include "app/cli/open_capture.h"

#include <chrono>
#include <filesystem>
#include <fmt/format.h>

#include "app/cli/ending.h"
#include "app/cli/terminal.h"
#include "capture/ladder/ladder.h"

namespace fulcrum::cli {

Result<std::unique_ptr<capture::CaptureFile>> open_capture(const std::string& path) {
    auto file = capture::CaptureFile::open(path);
    if (!file) {
        return file;
    }
    const Interruption interruption;
    ProgressLine line;
    (*file)->start_loading();
    for (auto progress = (*file)->progress(); !progress.done; progress = (*file)->progress()) {
        if (Interruption::requested()) {
            return fail(fmt::format("open {}: interrupted", path));
        }
        // A small file is loaded before anybody could read a line about it.
        std::this_thread::sleep_for(std::chrono::milliseconds(progress.bytes_total < 50'000'000 ? 1 : 20));
        if (progress.bytes_total >= 50'000'000) {
            line.show(fmt::format("{}: {} of {}", path, readable_bytes(progress.bytes_done),
                                  readable_bytes(progress.bytes_total)));
        }
    }
    (*file)->wait();
    return file;
}

std::vector<std::uint32_t> matching_packets(const capture::CaptureFile& file,
                                            const capture::DisplayFilter& filter) {
    capture::LabNotes notes;
    if (filter.asks_for_notes()) {
        const std::vector<capture::LadderFile> files{{&file, ""}};
        capture::write_notes(capture::make_ladder(files, {}), files, 0, notes);
    }
    return capture::select_packets(file, filter, 0, file.size(), &notes);
}

bool means_capture(const std::string& word) {
    std::error_code ignored;
    const auto extension = std::filesystem::path(word).extension();
    return std::filesystem::exists(word, ignored) || word.find('/') != std::string::npos ||
           extension == ".pcapng" || extension == ".pcap" || extension == ".cap";
}

} // namespace fulcrum::cli
