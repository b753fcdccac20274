// Which MAC has which address on which interface, learned by ARP (RFC 826; timers after RFC 1122
// section 2.3.2 and the state machine that RFC 4861 section 7.3 gives for IPv6, which serves ARP as well).
//
//   (none) --resolve--> incomplete --reply--> reachable --30 s--> stale --resolve--> probe --reply-->
//   reachable incomplete, unanswered: failed (and asked again after a pause). probe, unanswered: incomplete.
//
// Pure state: it sends nothing itself. What to ask and what may go is handed out as values, so it is tested
// alone.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/clock.h"
#include "engine/device/frame.h"
#include "engine/stack/flat_map.h"
#include "engine/stack/ids.h"
#include "engine/wire/drop_reason.h"

namespace fulcrum::stack {

struct NeighbourLimits {
    std::size_t entries = 4096;
    std::size_t waiting_per_entry = 32; // packets; beyond it the oldest is dropped (RFC 1122 2.3.2.2)
    std::size_t waiting_bytes = std::size_t{4} << 20; // of all entries together
    Duration retransmit{std::chrono::seconds(1)}; // between requests (RFC 1122 2.3.2.1: at most one a second)
    std::uint32_t broadcast_tries = 3;
    std::uint32_t unicast_tries = 3;
    Duration reachable{std::chrono::seconds(30)};
    Duration forget{std::chrono::minutes(10)};      // a stale entry that nobody used
    Duration failed_pause{std::chrono::seconds(1)}; // how long a failed one is not asked for again
};

enum class NeighbourState : std::uint8_t { incomplete, reachable, stale, probe, failed };
std::string_view name_of(NeighbourState);

struct NeighbourKey {
    InterfaceId interface;
    IpAddress address;
    bool operator==(const NeighbourKey&) const = default;
};

// "Who has address?" on an interface: to `to` when unicast, to everybody when none.
struct NeighbourQuestion {
    NeighbourKey key;
    std::optional<Mac> to;
};

struct WaitingPacket {
    std::vector<std::uint8_t> buffer; // min_headroom_bytes, then the frame
    wire::VnetMeta meta;
    bool report_failure = false; // tell its sender (ICMP host unreachable) when nobody answers
    device::Frame frame() {
        return {buffer.data() + device::min_headroom_bytes,
                static_cast<std::uint32_t>(buffer.size() - device::min_headroom_bytes),
                device::min_headroom_bytes, meta};
    }
};

struct NeighbourInfo {
    NeighbourKey key;
    NeighbourState state;
    Mac mac;
    std::size_t waiting;
};

class NeighbourTable {
public:
    explicit NeighbourTable(const NeighbourLimits& limits = {}) : limits_(limits) {}

    // The MAC to send to now, or nullptr. On the way it starts what is needed to find or confirm it:
    // questions then wait in take_questions(). The pointer is good until the next call that is not const.
    const Mac* resolve(const NeighbourKey& key, Instant now);

    // Keeps a copy of the packet until resolve() would succeed. Call it after resolve() returned nullptr.
    // Fails when the neighbour has just failed or the table is full; a full queue loses its oldest packet.
    wire::Parsed<void> hold(const NeighbourKey& key, const device::Frame& frame, bool report_failure);

    // An ARP sender said "I have key, at mac".
    enum class Told : std::uint8_t {
        reply,    // asked us directly or answered us: confirms
        question, // asked for one of our addresses: worth remembering
        gossip,   // announced to everybody: corrects what is known, teaches nothing new
    };
    // False when it was ignored (an answer to no question, or no room). After true, take_released() may have
    // packets.
    bool learn(const NeighbourKey& key, const Mac& mac, Told told, Instant now);

    void forget_interface(InterfaceId interface);

    void poll(Instant now); // retransmits, ages, fails
    Instant next_deadline() const;

    // What came up since the last call; the lists keep their capacity.
    std::vector<NeighbourQuestion>& questions() { return questions_; }
    struct Released {
        NeighbourKey key;
        Mac mac; // meaningless in failed()
        std::vector<WaitingPacket> packets;
    };
    std::vector<Released>& released() { return released_; } // may go now
    std::vector<Released>& failed() { return failed_; }     // nobody answered

    std::uint64_t lost() const { return lost_; } // packets pushed out of full queues
    std::vector<NeighbourInfo> entries() const;
    std::optional<NeighbourInfo> find(const NeighbourKey& key) const;

private:
    struct Entry {
        NeighbourState state = NeighbourState::incomplete;
        Mac mac;
        std::uint32_t tries = 0;
        Instant deadline = Instant::max(); // retransmit, staleness, forgetting: by state
        Instant used{};
        std::vector<WaitingPacket> waiting;
    };
    struct KeyHash {
        std::size_t operator()(const NeighbourKey& key) const;
    };

    Entry* make_entry(const NeighbourKey& key, Instant now);
    void ask(const NeighbourKey& key, Entry& entry, Instant now);
    void confirm(const NeighbourKey& key, Entry& entry, const Mac& mac, bool reachable, Instant now);
    bool evict(Instant now);
    void drop_waiting(Entry& entry);
    void note_deadline(Instant deadline);

    NeighbourLimits limits_;
    FlatMap<NeighbourKey, Entry, KeyHash> entries_;
    std::size_t waiting_bytes_ = 0;
    Instant next_ = Instant::max(); // not later than the earliest deadline
    std::uint64_t lost_ = 0;
    std::vector<NeighbourQuestion> questions_;
    std::vector<Released> released_, failed_;
};

} // namespace fulcrum::stack
