// A capture that may run for ever: pcapng files of a bounded size, the newest few of them kept. Each is whole
// in itself, with all interfaces.
#pragma once

#include <deque>
#include <filesystem>
#include <optional>
#include <vector>

#include "capture/pcapng_writer.h"

namespace fulcrum::capture {

// How much of it is kept: `files` of about `file_bytes`. A file ends with the packet that fills it.
struct RingLimits {
    std::uint64_t file_bytes = 0;
    std::size_t files = 2;
};

// "64M", "64Mx4", "100k": a size in bytes, k, M or G (powers of 1024), and how many files (2). Fails
// (bad_input) for anything else, for less than 64k, and for fewer than 2 or more than 10000 files.
Result<RingLimits> parse_ring_limits(std::string_view text);

// "run-00001.pcapng" gives run-00002.pcapng; none when that is not the name of a file of a ring.
std::optional<std::filesystem::path> ring_file_after(const std::filesystem::path& path);

class CaptureRing : public PacketSink {
public:
    // `path` "run.pcapng" gives run-00001.pcapng and so on. Fails when the first cannot be made.
    static Result<CaptureRing> create(const std::string& path, const RingLimits& limits,
                                      std::vector<InterfaceInfo> interfaces);

    Result<> process_packet(const Packet& packet) override;
    Result<> flush() override;
    void add_statistics(std::uint32_t interface, const InterfaceStatistics& statistics); // to the newest
    const std::deque<std::string>& files() const { return names_; }                      // that are kept
    std::uint64_t files_removed() const { return made_ - names_.size(); }

private:
    CaptureRing(std::string path, const RingLimits& limits, std::vector<InterfaceInfo> interfaces)
        : path_(std::move(path)), limits_(limits), interfaces_(std::move(interfaces)) {}
    Result<> begin_next();

    std::string path_;
    RingLimits limits_;
    std::vector<InterfaceInfo> interfaces_;
    std::optional<PcapngFile> file_; // the newest
    std::deque<std::string> names_;
    std::size_t made_ = 0;
};

} // namespace fulcrum::capture
