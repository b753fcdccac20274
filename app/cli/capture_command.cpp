// capture: packets of a running lab into a pcapng file, one interface per link end.
#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/lab_taps.h"
#include "app/cli/terminal.h"
#include "capture/capture_ring.h"

namespace fulcrum::cli {
namespace {

std::int64_t realtime_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// One file, standard output, or a ring of files.
class Output {
public:
    static Result<Output> open(const CaptureArguments& arguments,
                               std::vector<capture::InterfaceInfo> interfaces) {
        Output output;
        if (!arguments.ring.empty()) {
            const auto limits = capture::parse_ring_limits(arguments.ring);
            if (!limits) {
                return tl::unexpected(limits.error());
            }
            if (arguments.output == "-") {
                return bad_input("a ring needs files: -o FILE, not standard output");
            }
            auto ring = capture::CaptureRing::create(arguments.output, *limits, std::move(interfaces));
            if (!ring) {
                return tl::unexpected(ring.error());
            }
            output.ring_ = std::make_unique<capture::CaptureRing>(std::move(*ring));
            return output;
        }
        auto file = arguments.output == "-" ? capture::PcapngFile(UniqueFd(::dup(1)), "standard output")
                                            : capture::PcapngFile::create(arguments.output);
        if (!file) {
            return tl::unexpected(file.error());
        }
        for (const auto& interface : interfaces) {
            file->add_interface(interface);
        }
        output.file_ = std::make_unique<capture::PcapngFile>(std::move(*file));
        return output;
    }

    capture::PacketSink& sink() {
        return ring_ ? static_cast<capture::PacketSink&>(*ring_) : static_cast<capture::PacketSink&>(*file_);
    }
    void add_statistics(std::uint32_t interface, const capture::InterfaceStatistics& statistics) {
        if (ring_) {
            ring_->add_statistics(interface, statistics);
        } else {
            file_->add_statistics(interface, statistics);
        }
    }
    // Of a ring; else nothing.
    std::string files_in_words() const {
        return ring_ ? fmt::format("{}\n{} older files were removed\n", fmt::join(ring_->files(), "\n"),
                                   ring_->files_removed())
                     : std::string();
    }

private:
    Output() = default;
    std::unique_ptr<capture::PcapngFile> file_; // one of the two; they stay where they are
    std::unique_ptr<capture::CaptureRing> ring_;
};

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
void attend(const capture::LiveCapture& capture, netns::LabClient& lab, const CaptureArguments& arguments) {
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
    capture::CaptureOptions options;
    options.filter = arguments.filter;
    options.snaplen_bytes = arguments.snaplen_bytes;
    // Everything that can be wrong is found before the file is touched.
    if (const auto filter = capture::BpfFilter::compile(options.filter, options.snaplen_bytes); !filter) {
        return report(filter.error().within("capture"));
    }
    auto taps = open_taps(*lab, arguments.links);
    if (!taps) {
        return report(taps.error().within("capture"));
    }
    if (taps->empty()) {
        return report_failed(fmt::format("capture: lab {} has no links", arguments.lab));
    }
    std::vector<capture::InterfaceInfo> interfaces;
    for (const auto& tap : *taps) {
        interfaces.push_back({.name = tap.name,
                              .description = "",
                              .filter = arguments.filter,
                              .snaplen_bytes = arguments.snaplen_bytes});
    }
    auto output = Output::open(arguments, std::move(interfaces));
    if (!output) {
        return report(output.error().within("capture"));
    }
    const Interruption interruption;
    const auto begun_ns = realtime_ns();
    auto capture = capture::LiveCapture::start(std::move(*taps), options, output->sink());
    if (!capture) {
        return report(capture.error().within("capture"));
    }
    note(fmt::format("capturing on {} link ends into {}{}\n", capture->counts().size(), arguments.output,
                     arguments.seconds > 0 ? "" : "; Ctrl-C ends it"));
    attend(*capture, *lab, arguments);
    auto stopped = capture->stop();
    const auto counts = capture->counts();
    for (std::uint32_t i = 0; i < counts.size(); ++i) {
        output->add_statistics(
            i, {begun_ns, realtime_ns(), counts[i].packets + counts[i].drops, counts[i].drops});
    }
    if (auto flushed = output->sink().flush(); !flushed && stopped) {
        stopped = flushed;
    }
    const bool to_stdout = arguments.output != "-";
    fmt::print(to_stdout ? stdout : stderr, "{}", counts_in_words(counts, Style(to_stdout ? 1 : 2)));
    if (to_stdout) {
        fmt::print("{}", output->files_in_words());
    }
    return stopped ? exit_good : report(stopped.error().within("capture"));
}

} // namespace fulcrum::cli
