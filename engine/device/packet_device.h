// Where frames come from and go to. Devices wrap devices (tap, faults, software offload), so everything above
// is tested in memory with a fake clock.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/clock.h"
#include "engine/device/frame.h"

namespace fulcrum::device {

struct DeviceCounters {
    std::uint64_t rx_frames = 0, rx_bytes = 0;
    std::uint64_t tx_frames = 0, tx_bytes = 0;
    std::uint64_t largest_rx_bytes = 0, largest_tx_bytes = 0;
    std::uint64_t rx_drops = 0;    // lost before receive(): the kernel's ring or queue was full
    std::uint64_t tx_drops = 0;    // handed to send() and not sent
    std::uint64_t down_events = 0; // times the link was found down

    void count_received(const Frame& frame) {
        ++rx_frames;
        rx_bytes += frame.size;
        largest_rx_bytes = std::max<std::uint64_t>(largest_rx_bytes, frame.size);
    }
    void count_sent(const Frame& frame) {
        ++tx_frames;
        tx_bytes += frame.size;
        largest_tx_bytes = std::max<std::uint64_t>(largest_tx_bytes, frame.size);
    }
};

// A batch interface with lent buffers: nothing is copied between receiving on one device and sending on
// another.
//
// Not thread-safe: one worker owns a device. Calls do not block (but see af_packet_device.h).
class PacketDevice {
public:
    virtual ~PacketDevice() = default;

    // Lends up to frames.size() received frames, in order of arrival, and returns how many; 0 when there are
    // none or the link is down. Each has at least min_headroom_bytes of headroom. They may be changed in
    // place, and sent on any device. They are taken back by the next receive() on this device: whatever must
    // live longer is copied.
    virtual std::size_t receive(std::span<Frame> frames, Instant now) = 0;

    // Sends the frames in order, and returns how many went out; the others (queue full, link down) are
    // dropped and counted, as on a wire. The bytes are not looked at after the return. GSO frames and partial
    // checksums are accepted by every device; on one that must show what a real wire shows, see
    // software_offload.h.
    virtual std::size_t send(std::span<const Frame> frames, Instant now) = 0;

    // One of them is readable when receive() may return something; none: poll by deadline.
    virtual std::vector<int> fds() const { return {}; }
    // Frames come faster than they are received: more wait than half of what there is room for.
    virtual bool is_crowded() const { return false; }
    // When receive() will next have something that time alone brings (delay lines); Instant::max() otherwise.
    virtual Instant next_deadline() const { return Instant::max(); }
    virtual DeviceCounters counters() = 0;
};

} // namespace fulcrum::device
