// The receive side of one tap: an AF_PACKET socket with a TPACKET_V3 ring (kernel:
// Documentation/networking/packet_mmap.rst). V3 packs frames of any size into blocks, so that a 64 KB GSO
// frame is whole and a short one costs little; the milliseconds that a block waits to be handed over do not
// matter here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "capture/bpf_filter.h"
#include "capture/packet.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::capture {

// A packet socket, not yet bound (protocol 0), in the network namespace of the interface.
struct Tap {
    std::string name; // "client1:eth0"
    UniqueFd fd;
    int interface_index = 0;
};

class TapRing {
public:
    static constexpr int hand_over_ms = 10; // a block that is not full is ours after this

    // Binds the socket: packets are counted from here on. `ring_bytes` is rounded to whole blocks, at least
    // two.
    // Packets longer than `snaplen_bytes` are cut; where they are short, so are the blocks, and a ring of the
    // same size lasts longer: each hand-over takes a block, however little is in it.
    static Result<TapRing> open(Tap tap, const BpfFilter& filter, std::size_t ring_bytes,
                                std::size_t snaplen_bytes);

    TapRing(TapRing&&) noexcept;
    TapRing& operator=(TapRing&&) = delete;
    ~TapRing();

    // The oldest packet that has been handed over; its bytes are good until pop(). `interface` is left alone.
    bool front(Packet& packet);
    std::int64_t front_time() const; // after front() was true
    void pop();
    bool filling_up() const; // more than half of the ring waits

    // A link may be taken apart and made anew under the same number while it is listened to, which leaves the
    // socket without an interface. True when it has one, again or still, and that is up.
    bool listen_again();

    int fd() const { return tap_.fd.get(); }
    const std::string& name() const { return tap_.name; }
    std::uint64_t read_drops(); // in all since open; asks the kernel

private:
    TapRing() = default;
    Result<> listen();
    bool enter_block();
    std::uint8_t* block(std::size_t index) const { return ring_ + index * block_bytes_; }

    Tap tap_;
    std::uint8_t* ring_ = nullptr;
    std::size_t block_bytes_ = 0, blocks_ = 0;
    std::size_t current_ = 0;          // block being read
    std::uint32_t left_ = 0;           // packets in it not yet popped; 0: not entered
    std::uint8_t* packet_ = nullptr;   // the front one's header
    std::vector<std::uint8_t> tagged_; // a frame with its VLAN tag put back
    std::uint64_t drops_ = 0;
};

} // namespace fulcrum::capture
