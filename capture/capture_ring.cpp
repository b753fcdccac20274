#include "capture/capture_ring.h"

#include <charconv>
#include <fmt/format.h>

namespace fulcrum::capture {
namespace {

constexpr std::uint64_t least_file_bytes = 64 * 1024; // a frame with its block is always smaller twice
constexpr std::uint64_t most_file_bytes = std::uint64_t{1} << 40;
constexpr std::size_t least_files = 2, most_files = 10'000;
constexpr std::size_t number_digits = 5; // at least

// Digits from the front; nothing when there are none, or too many.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

std::string ring_file_name(std::string_view stem, std::uint64_t number, std::string_view extension) {
    return fmt::format("{}-{:0{}}{}", stem, number, number_digits, extension);
}

} // namespace

Result<RingLimits> parse_ring_limits(std::string_view text) {
    const std::string given(text);
    const auto wrong = [&] {
        return bad_input(
            fmt::format("ring {}: SIZE or SIZExFILES is needed, as in 64Mx4: {}k to 1024G, {} to {} "
                        "files",
                        given, least_file_bytes / 1024, least_files, most_files));
    };
    RingLimits limits;
    const auto size = take_number(text);
    if (!size || *size > most_file_bytes) {
        return wrong();
    }
    limits.file_bytes = *size;
    constexpr std::string_view units = "kMG";
    if (const auto unit = text.empty() ? std::string_view::npos : units.find(text.front());
        unit != std::string_view::npos) {
        text.remove_prefix(1);
        const auto shift = 10 * (static_cast<unsigned>(unit) + 1);
        limits.file_bytes = limits.file_bytes > (most_file_bytes >> shift) ? 0 : limits.file_bytes << shift;
    }
    if (text.starts_with('x')) {
        text.remove_prefix(1);
        const auto files = take_number(text);
        if (!files || *files < least_files || *files > most_files) {
            return wrong();
        }
        limits.files = static_cast<std::size_t>(*files);
    }
    if (!text.empty() || limits.file_bytes < least_file_bytes || limits.file_bytes > most_file_bytes) {
        return wrong();
    }
    return limits;
}

std::optional<std::filesystem::path> ring_file_after(const std::filesystem::path& path) {
    const auto stem = path.stem().string();
    const auto dash = stem.rfind('-');
    if (dash == std::string::npos || stem.size() - dash - 1 < number_digits) {
        return std::nullopt;
    }
    std::string_view text = std::string_view(stem).substr(dash + 1);
    const auto number = take_number(text);
    if (!number || !text.empty()) {
        return std::nullopt;
    }
    return path.parent_path() / ring_file_name(stem.substr(0, dash), *number + 1, path.extension().string());
}

Result<CaptureRing> CaptureRing::create(const std::string& path, const RingLimits& limits,
                                        std::vector<InterfaceInfo> interfaces) {
    CaptureRing ring(path, limits, std::move(interfaces));
    if (auto begun = ring.begin_next(); !begun) {
        return tl::unexpected(begun.error());
    }
    return ring;
}

// The oldest goes before the next begins, so that there is never more on the disk than was asked for.
Result<> CaptureRing::begin_next() {
    if (file_) {
        if (auto flushed = file_->flush(); !flushed) {
            return flushed;
        }
    }
    if (names_.size() == limits_.files) {
        std::error_code error;
        std::filesystem::remove(names_.front(), error);
        if (error) {
            return fail(fmt::format("remove {}: {}", names_.front(), error.message()));
        }
        names_.pop_front();
    }
    const std::filesystem::path path(path_);
    const auto extension = path.extension().empty() ? std::string(".pcapng") : path.extension().string();
    auto name = path.parent_path() / ring_file_name(path.stem().string(), ++made_, extension);
    auto file = PcapngFile::create(name.string());
    if (!file) {
        return tl::unexpected(file.error());
    }
    for (const InterfaceInfo& interface : interfaces_) {
        file->add_interface(interface);
    }
    file_ =
        std::move(*file); // the one before stays until then: it gets the counts when the next cannot be made
    names_.push_back(name.string());
    return {};
}

Result<> CaptureRing::process_packet(const Packet& packet) {
    if (auto taken = file_->process_packet(packet); !taken) {
        return taken;
    }
    return file_->bytes() >= limits_.file_bytes ? begin_next() : Result<>();
}

Result<> CaptureRing::flush() {
    return file_->flush();
}

void CaptureRing::add_statistics(std::uint32_t interface, const InterfaceStatistics& statistics) {
    file_->add_statistics(interface, statistics);
}

} // namespace fulcrum::capture
