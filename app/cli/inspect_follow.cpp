// inspect --follow: the packets of a capture as they are written into it, through all files of a ring.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <thread>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/packet_commands.h"
#include "app/cli/packet_rows.h"
#include "capture/capture_ring.h"
#include "capture/filter/display_filter.h"
#include "capture/index/packet_summary.h"

namespace fulcrum::cli {
namespace {

using namespace std::chrono_literals;
using capture::CaptureFile;

// Rows as packets come, until the file is finished, `left` rows were printed or somebody interrupts.
void print_packets(CaptureFile& file, const capture::DisplayFilter& filter, bool as_tree, std::size_t& left) {
    std::size_t looked_at = 0;
    file.start_loading();
    for (bool done = false; !done && left > 0 && !Interruption::requested();) {
        done = file.progress().done; // before the size: whatever came until then counts
        const auto end = file.size();
        for (const auto packet : capture::select_packets(file, filter, looked_at, end)) {
            if (left == 0) {
                break;
            }
            --left;
            const CaptureFile::Reading reading(file);
            if (as_tree) {
                print_packet_tree(capture::tree_of(reading, packet));
            } else {
                print_packet_row(reading, packet);
            }
        }
        std::fflush(stdout);
        if (end == looked_at && !done) {
            std::this_thread::sleep_for(20ms);
        }
        looked_at = end;
    }
    file.cancel();
    file.wait();
}

// A capture ends with its counts; a file of a ring that is merely full has none, and the next begins at once.
std::optional<std::filesystem::path> next_of_ring(const CaptureFile& file,
                                                  const std::filesystem::path& path) {
    const auto next = capture::ring_file_after(path);
    {
        const CaptureFile::Reading reading(file);
        if (!next || reading.interfaces().empty() || reading.interfaces().front().received) {
            return std::nullopt;
        }
    }
    std::error_code error;
    const auto written = std::filesystem::last_write_time(path, error);
    const auto known = !error; // else it has been removed already
    for (int tries = 0; tries < 50 && !Interruption::requested(); ++tries) {
        const auto begun = std::filesystem::last_write_time(*next, error);
        if (!error && (!known || begun >= written)) { // an older one is of another capture
            return next;
        }
        std::this_thread::sleep_for(20ms);
    }
    return std::nullopt;
}

} // namespace

int inspect_following(const InspectArguments& arguments, const capture::DisplayFilter& filter) {
    const Interruption interruption;
    auto left = arguments.limit == 0 ? ~std::size_t{0} : arguments.limit;
    std::filesystem::path path = arguments.capture;
    while (true) {
        const auto file = CaptureFile::follow(path);
        if (!file) {
            return report(file.error().within("inspect"));
        }
        print_packets(**file, filter, arguments.tree, left);
        if (left == 0 || Interruption::requested()) {
            return exit_good;
        }
        {
            const CaptureFile::Reading reading(**file);
            if (const auto& damage = reading.damage()) {
                const auto why = fmt::format("inspect: {}: {}; {} packets before are whole", path.string(),
                                             damage->why, (*file)->size());
                return reading.sections().empty() ? report_usage(why) : report_failed(why);
            }
        }
        const auto next = next_of_ring(**file, path);
        if (!next) {
            return exit_good;
        }
        fmt::print(stderr, "the capture goes on in {}\n", next->string());
        path = *next;
    }
}

} // namespace fulcrum::cli
