// A whole service engine in memory, with a fake clock and a network of simulated hosts around it.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/device/memory_device.h"
#include "engine/service_engine/service_engine.h"
#include "tests/packets/balance/test_packet.h"

namespace fulcrum::test {

// A station on one of the engine's segments: answers ARP always, probes as told.
struct Host {
    std::string interface;
    IpAddress address;
    Mac mac;
    bool alive = true;   // false: answers nothing at all
    bool listens = true; // answers half-open probes with SYN-ACK, else with RST
    bool pings = true;
    // For direct server return.
    bool decapsulates = true; // takes packets out of IP in IP and GRE
    bool has_vip = true;      // takes packets for `vip`, and answers from there
    Duration delay{0};        // before it answers a probe
};

struct SeenFrame {
    std::string interface;
    TestFrame frame;
    Instant at;
};

class EngineRig {
public:
    // Hosts must be there before the engine starts, or its first probes go unanswered.
    explicit EngineRig(const engine::EngineConfig& config, const std::vector<Host>& hosts);

    engine::ServiceEngine& engine() { return *engine_; }
    Instant now() const { return now_; }
    Host& host(std::string_view address);

    void run_for(Duration time);                             // turns at every deadline in between
    std::uint64_t turns() const { return turns_; }           // the engine was woken since the start
    std::uint64_t idle_spins() const { return idle_spins_; } // turns that left their own deadline behind
    void settle() { run_for(Duration{0}); } // turns until nothing moves any more, without time passing

    // Puts a frame on an interface's wire and settles; returns what came out meanwhile (ARP, probes and their
    // answers left out, unless `all`).
    std::vector<SeenFrame> send(const std::string& interface, const TestFrame& frame) {
        return send(interface, std::span(&frame, 1));
    }
    std::vector<SeenFrame> send(const std::string& interface, std::span<const TestFrame> frames); // at once
    std::vector<SeenFrame> take_seen();                  // what came out since the last look
    std::vector<SeenFrame>& arps() { return arps_; }     // every ARP frame of the engine since the start
    std::vector<SeenFrame>& probes() { return probes_; } // every probe packet of the engine since the start

    std::uint64_t drops(const std::string& reason);
    engine::EngineReport report() { return engine_->report_stats(); }
    void set_link(const std::string& interface, bool up) { near_.at(interface)->set_link(up); }

private:
    void turn();
    bool look(); // true when the engine had sent something
    void answer(const std::string& interface, const TestFrame& frame);
    void put(const std::string& interface, const TestFrame& frame);
    void put_late(); // answers whose delay is over
    Instant next_event() const;
    static bool is_probe(const TestFrame& frame); // also one inside a tunnel

    std::uint64_t turns_ = 0, idle_spins_ = 0;
    Instant now_{std::chrono::hours(1)};
    std::map<std::string, device::MemoryDevice*> near_;
    std::map<std::string, std::unique_ptr<device::MemoryDevice>> far_;
    std::vector<Host> hosts_;
    std::unique_ptr<engine::ServiceEngine> engine_;
    std::vector<SeenFrame> seen_, arps_, probes_;
    std::vector<SeenFrame> late_; // answers under way; `at` is when they arrive
};

// The in-line template: one segment 10.1.1.0/24, router .254, VIP .100, SE .2, floating .1, servers .10 to
// .12.
engine::EngineConfig in_line_config();
// The same addresses as L2 DSR.
engine::EngineConfig l2_dsr_config();
std::vector<Host> segment_hosts(int servers = 3); // router and servers, on eth0

inline const Mac se_mac = mac(2);
inline const Mac router_mac = mac(254);
inline const std::string client = "172.16.1.10";
inline const std::string vip = "10.1.1.100";
// The packet inside IP in IP or GRE, in the outer one's Ethernet header; the frame itself when there is none.
TestFrame without_tunnel(const TestFrame& frame);
// From the client as it arrives behind the router.
TestFrame from_client(std::uint16_t port, std::uint8_t flags, const std::string& to = vip + ":80",
                      const Bytes& payload = {}, std::uint32_t seq = 1000);
// A server's answer to a frame that reached it.
TestFrame answer_to(const TestFrame& request, std::uint8_t flags, const Bytes& payload = {});

} // namespace fulcrum::test
