// One direction of a link's relay: frames from one device, through a FaultLine, to the other device.
#pragma once

#include <array>
#include <vector>

#include "engine/device/fault_line.h"
#include "engine/device/frame_arena.h"
#include "engine/device/packet_device.h"
#include "netns/link_status.h"

namespace fulcrum::netns {

// While nothing is wrong with the wire, frames pass as they come, GSO frames of 64 KB included. Otherwise
// each is first cut into the frames that a wire carries, with complete checksums, so that these are lost and
// late one by one; what cannot be cut (IPv6) passes as one.
class RelayDirection {
public:
    // Devices outlive it. `salt` tells the two directions' generators apart when their seeds are equal.
    RelayDirection(device::PacketDevice& from, device::PacketDevice& to, std::uint64_t salt)
        : from_(from), to_(to), salt_(salt), line_({}, salt) {}

    void set(const LinkFaults& faults, bool reseed);
    // Takes what has come, as many batches as are fair. True: there may be more.
    bool take_in(Instant now);
    // Sends what is due. `now` is asked for anew, so that it says how late that was.
    void let_out();
    Instant next_deadline() const { return line_.next_deadline(); }
    LinkCounters counters() const;

private:
    void admit(const device::Frame& frame, Instant now);
    void send(std::span<const device::Frame> frames, Instant now);
    void note_lateness(Duration late);
    std::uint64_t late_us(double share) const; // what that share of delayed frames stayed below

    device::PacketDevice& from_;
    device::PacketDevice& to_;
    std::uint64_t salt_;
    device::FaultLine line_;
    device::FrameArena arena_;
    std::vector<device::Frame> pieces_;
    std::vector<device::FaultLine::Held> due_;
    std::array<std::uint64_t, 32> lateness_{}; // [i]: frames less than 2^i microseconds late
};

} // namespace fulcrum::netns
