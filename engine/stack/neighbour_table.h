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
#include <optional>
#include <string_view>
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
    // questions() then has something to ask. The pointer is good until the next call that is not const.
    const Mac* resolve(const NeighbourKey& key, Instant now);

    // Keeps a copy of the packet until an answer comes. Call it after resolve() returned nullptr. Fails when
    // the neighbour has just failed, the table is full, or too much is waiting; a full queue of one neighbour
    // loses its oldest packet instead.
    wire::Parsed<void> hold(const NeighbourKey& key, const device::Frame& frame, bool report_failure);

    // What an ARP sender told about itself.
    enum class Told : std::uint8_t {
        reply,    // answered us: confirms that it can be reached
        question, // asked for one of our addresses: will get an answer, so worth remembering (RFC 826)
        gossip,   // told everybody: corrects what is known, teaches nothing new
    };
    // False when it was ignored: an answer to no question, news about a stranger, or no room. After true,
    // released() may have packets.
    bool learn(const NeighbourKey& key, const Mac& mac, Told told, Instant now);

    // Forgets every neighbour on an interface and what waited for it.
    void forget_interface(InterfaceId interface);

    void poll(Instant now); // asks again, gives up, forgets
    Instant next_deadline() const { return next_; }

    // What came up; the caller takes it and clears the lists.
    struct Released {
        NeighbourKey key;
        Mac mac; // zero in failed()
        std::vector<WaitingPacket> packets;
    };
    std::vector<NeighbourQuestion>& questions() { return questions_; }
    std::vector<Released>& released() { return released_; } // may go now
    std::vector<Released>& failed() { return failed_; }     // nobody answered

    std::uint64_t lost() const { return lost_; } // packets pushed out of full queues, ever
    std::size_t size() const { return entries_.size(); }
    std::vector<NeighbourInfo> entries(Instant now) const;
    std::optional<NeighbourInfo> find(const NeighbourKey& key, Instant now) const;

private:
    struct Entry {
        NeighbourState state =
            NeighbourState::incomplete; // reachable turns stale by fresh_until, not by a timer
        Mac mac;
        std::uint32_t tries = 0;
        Instant deadline = Instant::max(); // asks again, gives up or is forgotten: by state
        Instant fresh_until{};             // reachable: until when
        Instant used{};                    // by resolve() or learn()
        std::vector<WaitingPacket> waiting;
    };
    struct KeyHash {
        std::size_t operator()(const NeighbourKey& key) const;
    };

    Entry* make_entry(const NeighbourKey& key, Instant now);
    bool make_room();
    void ask(const NeighbourKey& key, Entry& entry, NeighbourState state, Instant now);
    void accept(const NeighbourKey& key, Entry& entry, const Mac& mac, NeighbourState state, Instant now);
    void take_waiting(Entry& entry, const NeighbourKey& key, const Mac& mac, std::vector<Released>& to);
    void set_state(Entry& entry, NeighbourState state);
    void set_deadline(Entry& entry, Instant deadline);
    NeighbourInfo info_of(const NeighbourKey& key, const Entry& entry, Instant now) const;

    NeighbourLimits limits_;
    FlatMap<NeighbourKey, Entry, KeyHash> entries_;
    std::size_t unanswered_ = 0; // entries that are incomplete or failed: at most half of the table
    std::size_t waiting_bytes_ = 0;
    Instant next_ = Instant::max(); // not later than the earliest deadline
    std::uint64_t lost_ = 0;
    std::vector<NeighbourQuestion> questions_;
    std::vector<Released> released_, failed_;
};

} // namespace fulcrum::stack
