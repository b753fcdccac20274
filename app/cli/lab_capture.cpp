#include "app/cli/lab_capture.h"

#include <chrono>
#include <fmt/format.h>

#include "app/cli/commands.h"
#include "app/cli/lab_taps.h"
#include "capture/capture_ring.h"

namespace fulcrum::cli {
namespace {

std::int64_t realtime_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace

// One file, standard output, or a ring of files.
class LabCapture::Output {
public:
    static Result<std::unique_ptr<Output>> open(const CaptureArguments& order,
                                                std::vector<capture::InterfaceInfo> interfaces) {
        auto output = std::unique_ptr<Output>(new Output);
        if (!order.ring.empty()) {
            const auto limits = capture::parse_ring_limits(order.ring);
            if (!limits) {
                return tl::unexpected(limits.error());
            }
            if (order.output == "-") {
                return bad_input("a ring needs files: -o FILE, not standard output");
            }
            auto ring = capture::CaptureRing::create(order.output, *limits, std::move(interfaces));
            if (!ring) {
                return tl::unexpected(ring.error());
            }
            output->ring_.emplace(std::move(*ring));
            return output;
        }
        auto file = order.output == "-" ? capture::PcapngFile(UniqueFd(::dup(1)), "standard output")
                                        : capture::PcapngFile::create(order.output);
        if (!file) {
            return tl::unexpected(file.error());
        }
        for (const auto& interface : interfaces) {
            file->add_interface(interface);
        }
        output->file_.emplace(std::move(*file));
        output->name_ = order.output;
        return output;
    }

    capture::PacketSink& sink() {
        return ring_ ? static_cast<capture::PacketSink&>(*ring_) : static_cast<capture::PacketSink&>(*file_);
    }
    void add_statistics(std::uint32_t interface, const capture::InterfaceStatistics& statistics) {
        ring_ ? ring_->add_statistics(interface, statistics) : file_->add_statistics(interface, statistics);
    }
    std::vector<std::string> files() const {
        return ring_ ? std::vector<std::string>(ring_->files().begin(), ring_->files().end())
                     : std::vector<std::string>{name_};
    }
    std::uint64_t files_removed() const { return ring_ ? ring_->files_removed() : 0; }

private:
    Output() = default;
    std::optional<capture::PcapngFile> file_; // one of the two
    std::optional<capture::CaptureRing> ring_;
    std::string name_;
};

LabCapture::LabCapture(std::unique_ptr<Output> output, std::int64_t begun_ns)
    : output_(std::move(output)), begun_ns_(begun_ns) {}

LabCapture::~LabCapture() {
    (void)stop(); // there is nobody left to tell
}

Result<std::unique_ptr<LabCapture>> LabCapture::start(netns::LabClient& lab, const CaptureArguments& order) {
    capture::CaptureOptions options;
    options.filter = order.filter;
    options.snaplen_bytes = order.snaplen_bytes;
    if (const auto filter = capture::BpfFilter::compile(options.filter, options.snaplen_bytes); !filter) {
        return tl::unexpected(filter.error());
    }
    auto taps = open_taps(lab, order.links);
    if (!taps) {
        return tl::unexpected(taps.error());
    }
    if (taps->empty()) {
        return fail(fmt::format("lab {} has no links", order.lab));
    }
    std::vector<capture::InterfaceInfo> interfaces;
    for (const auto& tap : *taps) {
        interfaces.push_back({.name = tap.name,
                              .description = "",
                              .filter = order.filter,
                              .snaplen_bytes = order.snaplen_bytes});
    }
    auto output = Output::open(order, std::move(interfaces));
    if (!output) {
        return tl::unexpected(output.error());
    }
    auto made = std::unique_ptr<LabCapture>(new LabCapture(std::move(*output), realtime_ns()));
    auto live = capture::LiveCapture::start(std::move(*taps), options, made->output_->sink());
    if (!live) {
        made->stopped_ = true;
        return tl::unexpected(live.error());
    }
    made->live_ = std::make_unique<capture::LiveCapture>(std::move(*live));
    return made;
}

std::vector<capture::TapCounts> LabCapture::counts() const {
    return live_->counts();
}
bool LabCapture::running() const {
    return live_->running();
}

Result<> LabCapture::stop() {
    if (std::exchange(stopped_, true)) {
        return result_;
    }
    result_ = live_->stop();
    const auto counts = live_->counts();
    for (std::uint32_t i = 0; i < counts.size(); ++i) {
        output_->add_statistics(
            i, {begun_ns_, realtime_ns(), counts[i].packets + counts[i].drops, counts[i].drops});
    }
    if (auto flushed = output_->sink().flush(); !flushed && result_) {
        result_ = flushed;
    }
    return result_;
}

std::vector<std::string> LabCapture::files() const {
    return output_->files();
}
std::uint64_t LabCapture::files_removed() const {
    return output_->files_removed();
}

} // namespace fulcrum::cli
