// Two connections and a wire between them, on a clock that jumps from event to event: hours of TCP in
// milliseconds. Bursts are cut into segments as GSO would, and every segment is lost, doubled or delayed by a
// seeded dice.
#pragma once

#include <functional>
#include <map>
#include <random>

#include "engine/tcp/connection.h"

namespace fulcrum::tcp::test {

struct WireFaults {
    double loss = 0, duplicate = 0, reorder = 0; // 0..1, per segment
    Duration delay = std::chrono::milliseconds(5);
    std::uint64_t rate_bps = 0;        // 0: endless
    std::size_t queue_bytes = 1 << 20; // with a rate: tail drop beyond it
    std::uint32_t mtu_bytes = 0;       // larger segments vanish without a word; 0: any pass
};

class Host : public Transmitter {
public:
    Host(const Settings& settings) : connection(settings) {}
    void transmit(const wire::TcpHeader& header, std::span<const Slice> slices, std::uint32_t payload_bytes,
                  std::uint32_t mss_bytes) override;
    Connection connection;
    WireFaults faults; // of what leaves here
    std::function<void(const wire::TcpHeader&, std::uint32_t payload)> on_segment;
    std::function<bool(const wire::TcpHeader&, std::uint32_t payload)> drop_if;
    std::uint64_t segments_sent = 0;

private:
    friend class Network;
    class Network* network = nullptr;
    Instant line_free{};
};

class Network {
public:
    explicit Network(std::uint64_t seed, Settings left = {}, Settings right = {});

    void send(Host& from, Segment segment);
    // Runs until `done` or nothing is left to happen, at most `most` of time; false when time ran out.
    bool run(const std::function<bool()>& done, Duration most = std::chrono::minutes(10));
    void connect();                    // left opens, right answers
    void settle(Host& end);            // flush
    void check(const Host& end) const; // invariants that hold after every event

    Settings left_settings, right_settings;
    BufferPool pool{256U << 20};
    Instant now{std::chrono::hours(1)};
    Host left, right;
    std::mt19937_64 dice;

private:
    struct Arrival {
        Host* to;
        Segment segment;
    };
    std::multimap<Instant, Arrival> wire_;
};

// Pushes `bytes` of a pattern and reads it at the other end, checking every byte. Returns true when all
// arrived.
bool transfer(Network& network, Host& from, Host& to, std::size_t bytes,
              Duration most = std::chrono::minutes(10));

// The same in both directions at once, `to_right` bytes from the left end and `to_left` from the right.
bool exchange(Network& network, std::size_t to_right, std::size_t to_left,
              Duration most = std::chrono::minutes(30));

} // namespace fulcrum::tcp::test
