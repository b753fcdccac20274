// capture: packets of a running lab into a pcapng file, one interface per link end.
#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/lab_capture.h"
#include "app/cli/terminal.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {
namespace {

std::string counts_in_words(const std::vector<capture::TapCounts>& counts, const Style& style) {
    Table table;
    table.add({style.dim("LINK END"), style.dim("PACKETS"), style.dim("BYTES"), style.dim("DROPS")});
    table.right_align(1);
    table.right_align(2);
    for (const auto& count : counts) {
        table.add({count.name, fmt::format("{}", count.packets), readable_bytes(count.bytes),
                   count.drops == 0 ? "0" : style.red(fmt::format("{}", count.drops))});
    }
    return table.text();
}

// Until asked to end, the time is over, the lab is gone or the file cannot be written. The taps keep the
// lab's namespaces alive, so that a lab that goes down must be noticed.
void attend(const LabCapture& capture, netns::LabClient& lab, const CaptureArguments& arguments) {
    using namespace std::chrono_literals;
    const auto begun = std::chrono::steady_clock::now();
    ProgressLine line;
    std::uint64_t cursor = 0; // the events are of no interest, only whether there is an answer
    while (!Interruption::requested() && capture.running()) {
        auto wait = 250ms;
        if (arguments.seconds > 0) {
            const std::chrono::duration<double> left =
                std::chrono::duration<double>(arguments.seconds) - (std::chrono::steady_clock::now() - begun);
            if (left.count() <= 0) {
                return;
            }
            wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(left));
        }
        ::poll(nullptr, 0, static_cast<int>(wait.count()));
        if (!lab.events(cursor, 0)) {
            return;
        }
        std::uint64_t packets = 0, drops = 0;
        for (const auto& count : capture.counts()) {
            packets += count.packets;
            drops += count.drops;
        }
        line.show(fmt::format("capturing  {} packets  {} dropped", packets, drops));
    }
}

} // namespace

int capture_packets(const CaptureArguments& arguments) {
    auto lab = netns::LabClient::connect(arguments.lab);
    if (!lab) {
        return report(lab.error());
    }
    const Interruption interruption;
    auto capture = LabCapture::start(*lab, arguments);
    if (!capture) {
        return report(capture.error().within("capture"));
    }
    note(fmt::format("capturing on {} link ends into {}{}\n", (*capture)->counts().size(), arguments.output,
                     arguments.seconds > 0 ? "" : "; Ctrl-C ends it"));
    attend(**capture, *lab, arguments);
    const auto stopped = (*capture)->stop();
    const bool to_stdout = arguments.output != "-";
    fmt::print(to_stdout ? stdout : stderr, "{}",
               counts_in_words((*capture)->counts(), Style(to_stdout ? 1 : 2)));
    if (!arguments.ring.empty()) {
        fmt::print("{}\n{} older files were removed\n", fmt::join((*capture)->files(), "\n"),
                   (*capture)->files_removed());
    }
    return stopped ? exit_good : report(stopped.error().within("capture"));
}

} // namespace fulcrum::cli
