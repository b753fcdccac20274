// Several taps at once into one sink, in the order of time. One thread of its own, whatever the number of
// taps.
//
// Each tap hands packets over in order but at its own pace (TapRing), so packets are held for `hold_time`
// until no other tap can still have an older one. When a ring fills up, keeping the packets is worth more
// than their order: the hold is then skipped, and readers of pcapng must not count on order anyway.
#pragma once

#include <memory>
#include <vector>

#include "capture/tap_ring.h"

namespace fulcrum::capture {

struct CaptureOptions {
    std::string filter;                                // pcap-filter(7); empty: everything
    std::uint32_t snaplen_bytes = 262'144;             // GSO frames of 64 KB are whole
    std::size_t ring_bytes_in_all = 128 * 1024 * 1024; // divided among the taps, at most 32 MB each
};

struct TapCounts {
    std::string name;
    std::uint64_t packets = 0; // given to the sink
    std::uint64_t bytes = 0;   // on the wire
    std::uint64_t drops = 0;   // by the kernel: the ring was full
};

class LiveCapture {
public:
    // Captures from when this returns. `sink` is called from the capture's thread, with Packet::interface the
    // index into `taps`, and must outlive the capture.
    static Result<LiveCapture> start(std::vector<Tap> taps, const CaptureOptions& options, PacketSink& sink);
    LiveCapture(LiveCapture&&) noexcept;
    LiveCapture& operator=(LiveCapture&&) = delete;
    ~LiveCapture(); // stops

    std::vector<TapCounts> counts() const; // by tap, up to a quarter of a second old while running
    bool running() const;                  // false once the sink has failed
    // Takes what has happened up to now and ends. Fails when the sink did. Idempotent.
    Result<> stop();

private:
    class Worker;
    explicit LiveCapture(std::unique_ptr<Worker> worker);
    std::unique_ptr<Worker> worker_;
};

} // namespace fulcrum::capture
