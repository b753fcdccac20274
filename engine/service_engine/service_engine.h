// One service engine: devices, network layer, balancing and health probes under one configuration. No
// threads, no clock and no descriptors of its own: a turn is given the time and does what there is to do
// (engine_loop.h waits in between), so the whole engine runs in memory with a fake clock.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/balance/balancer.h"
#include "engine/balance/health_prober.h"
#include "engine/control/control_server.h"
#include "engine/device/packet_device.h"
#include "engine/proxy/health_conversations.h"
#include "engine/proxy/proxy.h"
#include "engine/stack/ip_stack.h"

namespace fulcrum::engine {

// Opens the device of an interface by its name; fails naming it.
using DeviceOpener =
    std::function<Result<std::unique_ptr<device::PacketDevice>>(const std::string& interface)>;

struct EngineSecrets {
    balance::FlowHasher hasher;      // random: strangers choose flow keys
    std::uint64_t probe_seed = 1;    // random: strangers could forge answers
    tcp::HashKey proxy;              // random: strangers could guess sequence numbers and cookies
    std::int64_t wall_offset_ns = 0; // CLOCK_REALTIME minus the monotonic clock
};

class ServiceEngine final : public ControlTarget {
public:
    static Result<std::unique_ptr<ServiceEngine>> create(EngineConfig config, DeviceOpener open,
                                                         const EngineSecrets& secrets, Instant now);

    // One turn: what has been received is processed and sent on, due timers are run. Returns the number of
    // frames received; more may be waiting when it is not 0.
    std::size_t turn(Instant now);
    // When a turn has something to do that no received frame announces.
    Instant next_deadline() const;

    // Every server has its first health verdict, or had time enough for it.
    bool is_settled(Instant now) const { return prober_.is_settled(now); }

    // Descriptors that are readable when frames wait; `device_changes` counts up when the list is another
    // one.
    std::vector<int> device_descriptors() const;
    std::uint64_t device_changes() const { return device_changes_; }

    // ControlTarget; at the time of the last turn.
    EngineReport report_stats() override;
    std::vector<FlowReport> report_flows(std::size_t limit) override;
    std::vector<FlowReport> report_flow_log(std::uint64_t& cursor, std::size_t limit) override;
    std::vector<RequestReport> report_requests(std::uint64_t& cursor, std::size_t limit) override;
    Result<> configure(EngineConfig config) override;

private:
    struct Port { // an opened interface
        std::unique_ptr<device::PacketDevice> device;
        stack::InterfaceId id;
        std::uint64_t down_events = 0; // as last looked at
        bool was_down = false;         // its addresses are announced when frames come again
    };
    static constexpr std::size_t batch = 128;
    static constexpr Duration housekeeping_interval{std::chrono::seconds(1)};

    ServiceEngine(DeviceOpener open, const EngineSecrets& secrets, Instant now);

    Result<> apply(EngineConfig config);
    std::size_t receive(Port& port);
    void process(const device::Frame& frame, stack::InterfaceId ingress);
    void watch_links();
    std::string why(const balance::Service& service, std::uint32_t pool, const PoolConfig& config,
                    std::uint32_t server);

    DeviceOpener open_;
    EngineSecrets secrets_;
    Instant started_;
    Instant now_;
    Instant housekeeping_;
    EngineConfig config_;
    std::map<std::string, Port> ports_; // by interface name
    std::uint64_t device_changes_ = 0;
    std::vector<device::Frame> frames_;
    stack::IpStack stack_;
    balance::Balancer balancer_;
    balance::HealthProber prober_;
    proxy::Proxy proxy_;
    proxy::HealthConversations conversations_;
};

} // namespace fulcrum::engine
