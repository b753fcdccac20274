// Packets of a capture sent again, at their own times: deadlines are absolute, so that no error adds up, and
// how far each was missed is measured and told (SPEC P5).
//
// Frames larger than the link's MTU are sent as offloaded segments (PACKET_VNET_HDR), as they were when they
// were captured; checksums that were left to offload then are left to it again.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "capture/index/capture_file.h"
#include "capture/replay/address_map.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::capture {

// Where packets go: a packet socket (AF_PACKET, SOCK_RAW, protocol 0, unbound) in the network namespace of
// the link.
struct ReplayOutput {
    std::string name; // "client1:eth0"
    UniqueFd fd;
    int interface_index = 0;
};

struct ReplayPacket {
    std::uint32_t packet = 0; // index in the capture
    std::uint32_t output = 0;
};

struct ReplayOptions {
    enum class Pace : std::uint8_t { recorded, constant, top } pace = Pace::recorded;
    double speed = 1;              // recorded: times faster; > 0
    double packets_per_second = 0; // constant; > 0
    std::size_t loops = 1;         // top: the whole list again and again
    AddressMap addresses;
    const std::atomic<bool>* cancelled = nullptr;
};

struct ReplayReport {
    std::uint64_t packets = 0, bytes = 0;
    std::uint64_t refused = 0;   // by the kernel: the link is down, or the frame fits in no way
    std::string first_refusal;   // why, and which packet
    std::uint64_t offloaded = 0; // sent as segments larger than the MTU
    std::uint64_t cut = 0;       // sent shorter than they were: the capture did not keep all of them
    double seconds = 0;          // from the first to the last packet
    double recorded_seconds = 0; // the same in the capture
    // How late packets were handed to the kernel against their deadlines, in nanoseconds. None of it at top
    // speed.
    std::int64_t median_ns = 0, p99_ns = 0, worst_ns = 0;
    std::int64_t drift_ns_per_s = 0; // how the lateness grows: the slope over time of its least-squares line
    std::vector<std::uint64_t> by_output;
    bool cancelled = false;
};

// Sends `packets` in their order. Fails, with nothing sent, when an output cannot be set up; what fails later
// is counted. Blocks, and keeps a processor busy close to each deadline.
Result<ReplayReport> replay_packets(const CaptureFile& file, const std::vector<ReplayPacket>& packets,
                                    std::vector<ReplayOutput> outputs, const ReplayOptions& options);

} // namespace fulcrum::capture
