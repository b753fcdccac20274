#include "engine/service_engine/service_engine.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/base/byte_order.h"
#include "engine/service_engine/stack_settings.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/tcp.h"

namespace fulcrum::engine {

namespace {

stack::StackLimits stack_limits() {
    stack::StackLimits limits;
    limits.announcements =
        3; // a switch that is still learning may lose the first (RFC 5227 section 2.3 sends two)
    return limits;
}

// A TCP handshake's first segment, looked at without reading the packet (RFC 791 section 3.1, RFC 9293
// section 3.1): the first fragment, at least, of a TCP segment with SYN and neither ACK, RST nor FIN.
bool opens_connection(const device::Frame& frame) {
    constexpr std::size_t ip = 14;
    const std::span<const std::uint8_t> bytes = frame.bytes();
    if (bytes.size() < ip + 20 || load_be16(bytes.data() + 12) != wire::ethertype_ipv4 ||
        bytes[ip + 9] != wire::protocol_tcp || (load_be16(bytes.data() + ip + 6) & 0x1fff) != 0) {
        return false;
    }
    const std::size_t flags = ip + std::size_t{bytes[ip] & 0x0fU} * 4 + 13;
    using namespace wire::tcp_flag;
    return flags < bytes.size() && (bytes[flags] & (syn | ack | rst | fin)) == syn;
}

} // namespace

ServiceEngine::ServiceEngine(DeviceOpener open, const EngineSecrets& secrets, Instant now)
    : open_(std::move(open)), secrets_(secrets), started_(now), now_(now),
      housekeeping_(now + housekeeping_interval), frames_(batch), stack_(stack_limits()),
      balancer_(stack_, secrets.hasher, now), prober_(stack_, secrets.probe_seed, balancer_),
      proxy_(stack_, balancer_, secrets.proxy, secrets.hasher, now),
      conversations_(balancer_.paths(), secrets.proxy, prober_) {
    balancer_.set_taker(proxy_);
    prober_.set_conversations(conversations_);
}

Result<std::unique_ptr<ServiceEngine>> ServiceEngine::create(EngineConfig config, DeviceOpener open,
                                                             const EngineSecrets& secrets, Instant now) {
    std::unique_ptr<ServiceEngine> engine(new ServiceEngine(std::move(open), secrets, now));
    if (const auto applied = engine->apply(std::move(config)); !applied) {
        return tl::unexpected(applied.error());
    }
    return engine;
}

std::size_t ServiceEngine::turn(Instant now) {
    now_ = now;
    balancer_.tick(now);
    std::size_t received = 0;
    for (auto& [name, port] : ports_) {
        received += receive(port);
    }
    stack_.poll(now);
    prober_.poll(now);
    conversations_.poll(now);
    balancer_.poll(now);
    proxy_.poll(now);
    watch_links();
    stack_.flush(now);
    return received;
}

std::size_t ServiceEngine::receive(Port& port) {
    // More waits than the engine keeps up with, as in a flood of SYNs. Connections that are there come first:
    // new ones are dropped unread until half of the room is free again, so that no other frame is lost for
    // want of it. A client asks again after a second (RFC 6298 section 2).
    const bool crowded = port.device->is_crowded();
    const std::size_t count = port.device->receive(frames_, now_);
    for (std::size_t i = 0; i < count; ++i) {
        if (crowded && opens_connection(frames_[i])) {
            stack_.drops().add(wire::DropReason::no_buffer);
        } else {
            process(frames_[i], port.id);
        }
    }
    if (count > 0) {
        proxy_.flush(now_);
        stack_.flush(now_); // the frames are lent until the next receive
        if (port.was_down) {
            port.was_down = false;
            stack_.announce(now_);
        }
    }
    return count;
}

void ServiceEngine::process(const device::Frame& frame, stack::InterfaceId ingress) {
    const auto packet = stack_.process(frame, ingress, now_);
    if (!packet) {
        return;
    }
    if (packet->destination == stack::Destination::own && prober_.process(*packet, now_)) {
        return;
    }
    if (packet->from_vip) {
        stack_.drops().add(wire::DropReason::martian_source);
        return;
    }
    balancer_.process(*packet, now_);
}

// A switch may have forgotten us while a link was down.
void ServiceEngine::watch_links() {
    if (now_ < housekeeping_) {
        return;
    }
    housekeeping_ = now_ + housekeeping_interval;
    for (auto& [name, port] : ports_) {
        const std::uint64_t events = port.device->counters().down_events;
        port.was_down = port.was_down || events != port.down_events;
        port.down_events = events;
    }
}

Instant ServiceEngine::next_deadline() const {
    Instant next = std::min({stack_.next_deadline(), prober_.next_deadline(), balancer_.next_deadline(),
                             proxy_.next_deadline(), conversations_.next_deadline(), housekeeping_});
    for (const auto& [name, port] : ports_) {
        next = std::min(next, port.device->next_deadline());
    }
    return next;
}

std::vector<int> ServiceEngine::device_descriptors() const {
    std::vector<int> out;
    for (const auto& [name, port] : ports_) {
        const std::vector<int> fds = port.device->fds();
        out.insert(out.end(), fds.begin(), fds.end());
    }
    return out;
}

Result<> ServiceEngine::configure(EngineConfig config) {
    return apply(std::move(config));
}

// All or nothing: what can fail comes first, and touches nothing that runs.
Result<> ServiceEngine::apply(EngineConfig config) {
    std::map<std::string, Port> opened;
    for (const InterfaceConfig& i : config.interfaces) {
        if (ports_.contains(i.name)) {
            continue;
        }
        auto device = open_(i.name);
        if (!device) {
            return tl::unexpected(device.error());
        }
        opened[i.name].device = std::move(*device);
    }
    const auto device_of = [this, &opened](std::string_view name) {
        const std::string key(name);
        const auto fresh = opened.find(key);
        return fresh != opened.end() ? fresh->second.device.get() : ports_.at(key).device.get();
    };
    if (const auto configured = stack_.configure(stack_settings(config, device_of), now_); !configured) {
        return tl::unexpected(configured.error());
    }
    ports_.merge(opened);
    const auto unused = [&config](const auto& port) {
        return std::none_of(config.interfaces.begin(), config.interfaces.end(),
                            [&port](const InterfaceConfig& i) { return i.name == port.first; });
    };
    std::erase_if(ports_, unused);
    for (auto& [name, port] : ports_) {
        port.id = *stack_.find_interface(name);
    }
    ++device_changes_;
    config_ = std::move(config);
    balancer_.configure(config_, now_);
    proxy_.configure(config_, now_);
    prober_.configure(balancer_.services(), now_);
    return {};
}

std::string ServiceEngine::why(const balance::Service& service, std::uint32_t pool, const PoolConfig& config,
                               std::uint32_t server) {
    if (!service.unavailable.empty()) {
        return service.unavailable;
    }
    if (!config.servers[server].enabled) {
        return "disabled";
    }
    const balance::Server& state = balancer_.services().pools[pool].servers()[server];
    if (state.out) {
        const auto left = std::chrono::ceil<std::chrono::seconds>(state.back - now_).count();
        return fmt::format("passive: {} failures in a row, taken out for another {} s",
                           config.passive_failures, left);
    }
    if (config.health.empty()) {
        return "no health check";
    }
    const std::string probed = prober_.why(pool, server);
    return probed.empty() ? "not probed: the service is disabled" : probed;
}

EngineReport ServiceEngine::report_stats() {
    EngineReport out;
    out.name = config_.name;
    out.role = config_.role;
    out.uptime_ms =
        static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(now_ - started_).count());
    for (const InterfaceConfig& i : config_.interfaces) {
        const device::DeviceCounters c = ports_.at(i.name).device->counters();
        out.interfaces.push_back({.name = i.name,
                                  .mac = i.mac,
                                  .rx_frames = c.rx_frames,
                                  .rx_bytes = c.rx_bytes,
                                  .tx_frames = c.tx_frames,
                                  .tx_bytes = c.tx_bytes,
                                  .largest_rx_bytes = c.largest_rx_bytes,
                                  .largest_tx_bytes = c.largest_tx_bytes,
                                  .kernel_drops = c.rx_drops});
    }
    balancer_.report(out);
    out.proxy = proxy_.report();
    const balance::ServiceTable& table = balancer_.services();
    for (std::size_t s = 0; s < out.services.size(); ++s) {
        const balance::Service& service = table.services[s];
        std::size_t next = 0; // servers are reported pool by pool
        for (const balance::PoolUse& use : service.uses) {
            const PoolConfig& pool = table.pools[use.pool].config();
            for (std::uint32_t i = 0; i < pool.servers.size(); ++i) {
                ServerReport& server = out.services[s].servers[next++];
                server.why = why(service, use.pool, pool, i);
                server.up = server.up && pool.servers[i].enabled && !table.pools[use.pool].servers()[i].out;
            }
        }
    }
    stack_.drops().for_each(
        [&out](std::string_view reason, std::uint64_t count) { out.drops[std::string(reason)] = count; });
    return out;
}

std::vector<FlowReport> ServiceEngine::report_flows(std::size_t limit) {
    return balancer_.flows(limit, secrets_.wall_offset_ns);
}

std::vector<FlowReport> ServiceEngine::report_flow_log(std::uint64_t& cursor, std::size_t limit) {
    return balancer_.flow_log(cursor, limit, secrets_.wall_offset_ns);
}

std::vector<RequestReport> ServiceEngine::report_requests(std::uint64_t& cursor, std::size_t limit) {
    return proxy_.requests(cursor, limit, secrets_.wall_offset_ns);
}

} // namespace fulcrum::engine
