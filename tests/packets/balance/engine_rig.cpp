#include "tests/packets/balance/engine_rig.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/balance/health_prober.h"

namespace fulcrum::test {

using engine::EngineConfig;

EngineRig::EngineRig(const EngineConfig& config, const std::vector<Host>& hosts) : hosts_(hosts) {
    const auto open = [this](const std::string& name) -> Result<std::unique_ptr<device::PacketDevice>> {
        auto [near, far] = device::MemoryDevice::make_pair();
        near_[name] = near.get();
        far_[name] = std::move(far);
        return std::unique_ptr<device::PacketDevice>(std::move(near));
    };
    auto made = engine::ServiceEngine::create(config, open, {}, now_);
    if (!made) {
        throw std::runtime_error(made.error().message);
    }
    engine_ = std::move(*made);
    settle();
}

Host& EngineRig::host(std::string_view address) {
    const auto found =
        std::find_if(hosts_.begin(), hosts_.end(), [&](const Host& h) { return h.address == ip(address); });
    if (found == hosts_.end()) {
        throw std::invalid_argument(std::string(address));
    }
    return *found;
}

void EngineRig::turn() {
    do {
        engine_->turn(now_);
        ++turns_;
    } while (look());
}

void EngineRig::run_for(Duration time) {
    const Instant end = now_ + time;
    turn();
    while (next_event() <= end) {
        now_ = std::max(now_, next_event());
        put_late();
        turn();
        if (next_event() <= now_) { // a deadline that a turn does not clear: let time pass, as it would
            now_ += std::chrono::milliseconds(1);
            ++idle_spins_;
        }
    }
    now_ = std::max(now_, end);
    turn();
}

Instant EngineRig::next_event() const {
    Instant next = engine_->next_deadline();
    for (const SeenFrame& answer : late_) {
        next = std::min(next, answer.at);
    }
    return next;
}

void EngineRig::put_late() {
    for (const SeenFrame& answer : late_) {
        if (answer.at <= now_) {
            put(answer.interface, answer.frame);
        }
    }
    std::erase_if(late_, [this](const SeenFrame& answer) { return answer.at <= now_; });
}

void EngineRig::put(const std::string& interface, const TestFrame& frame) {
    if (frame.bytes.empty()) {
        return; // a wire carries no such thing
    }
    Bytes copy = frame.bytes;
    device::Frame lent{copy.data(), static_cast<std::uint32_t>(copy.size()), 0, frame.meta};
    far_.at(interface)->send({&lent, 1}, now_);
}

std::vector<SeenFrame> EngineRig::send(const std::string& interface, std::span<const TestFrame> frames) {
    take_seen();
    for (const TestFrame& frame : frames) {
        put(interface, frame);
    }
    settle();
    return take_seen();
}

std::vector<SeenFrame> EngineRig::take_seen() {
    return std::exchange(seen_, {});
}

bool EngineRig::is_probe(const TestFrame& as_sent) {
    if (!as_sent.is_ipv4()) {
        return false;
    }
    const TestFrame frame = without_tunnel(as_sent);
    if (frame.protocol() == 6) {
        return frame.be16(frame.l4()) >= balance::HealthProber::first_port && frame.from_ip() != client;
    }
    return frame.protocol() == 1 && frame.icmp_type() == 8 && frame.from_ip() != client &&
           frame.ttl() == 64; // forwarded pings have a smaller one
}

bool EngineRig::look() {
    bool any = false;
    std::vector<SeenFrame> fresh;
    for (auto& [interface, device] : far_) {
        std::vector<device::Frame> frames(256);
        for (std::size_t n = 0; (n = device->receive(frames, now_)) > 0;) {
            any = true;
            for (std::size_t i = 0; i < n; ++i) {
                const auto bytes = frames[i].bytes();
                fresh.push_back(
                    {interface, TestFrame{Bytes(bytes.begin(), bytes.end()), frames[i].meta}, now_});
            }
        }
    }
    for (SeenFrame& s : fresh) {
        answer(s.interface, s.frame);
        put_late();
        if (s.frame.ethertype() == 0x0806) {
            arps_.push_back(std::move(s));
        } else if (is_probe(s.frame)) {
            probes_.push_back(std::move(s));
        } else {
            seen_.push_back(std::move(s));
        }
    }
    return any;
}

void EngineRig::answer(const std::string& interface, const TestFrame& frame) {
    for (const Host& h : hosts_) {
        if (h.interface != interface || !h.alive) {
            continue;
        }
        const std::string own = h.address.text();
        const TestFrame inside = frame.is_ipv4() ? without_tunnel(frame) : frame;
        const bool tunnelled = inside.bytes.size() != frame.bytes.size();
        if (frame.ethertype() == 0x0806 && frame.be16(20) == 1 && frame.be32(38) == h.address.v4_value()) {
            Mac asker;
            std::copy_n(frame.bytes.begin() + 22, 6, asker.bytes.begin());
            put(interface, make_arp(true, h.mac, asker, own, IpAddress::v4(frame.be32(28)).text()));
        } else if (is_probe(frame) && frame.to_mac() == h.mac &&
                   (!tunnelled || (h.decapsulates && frame.to_ip() == own)) &&
                   (inside.to_ip() == own || (h.has_vip && inside.to_ip() == vip))) {
            const auto say = [&](const TestFrame& reply) {
                late_.push_back({interface, reply, now_ + h.delay});
            };
            if (inside.protocol() == 1 && h.pings) {
                say(make_ping(h.mac, inside.from_mac(), inside.to_ip(), inside.from_ip(),
                              inside.be16(inside.l4() + 6), true, inside.be16(inside.l4() + 4)));
            } else if (inside.protocol() == 6 && inside.tcp_flags() == 0x02) {
                say(make_tcp({.from_mac = h.mac,
                              .to_mac = inside.from_mac(),
                              .from = inside.to(),
                              .to = inside.from(),
                              .flags = static_cast<std::uint8_t>(h.listens ? 0x12 : 0x14),
                              .seq = 77,
                              .ack = inside.seq() + 1}));
            }
        }
    }
}

std::uint64_t EngineRig::drops(const std::string& reason) {
    const auto all = report().drops;
    const auto found = all.find(reason);
    return found == all.end() ? 0 : found->second;
}

EngineConfig in_line_config() {
    const auto parsed = engine::parse_config(R"({
        "name": "se1",
        "interfaces": [{"name": "eth0", "mac": "02:00:00:00:00:02", "addresses": ["10.1.1.2/24"], "floating": ["10.1.1.1"]}],
        "routes": [{"destination": "0.0.0.0/0", "gateway": "10.1.1.254"}],
        "pools": [{"name": "pool1", "health": [{"kind": "ping"}, {"kind": "tcp-half-open"}], "servers": [
            {"name": "server1", "address": "10.1.1.10"},
            {"name": "server2", "address": "10.1.1.11"},
            {"name": "server3", "address": "10.1.1.12"}]}],
        "services": [{"name": "web", "vip": "10.1.1.100", "mode": "in-line", "pool": "pool1",
                      "ports": [{"port": 80}, {"protocol": "udp", "port": 53}]}],
        "max_flows": 100000})");
    if (!parsed) {
        throw std::runtime_error(parsed.error().message);
    }
    return *parsed;
}

EngineConfig l2_dsr_config() {
    EngineConfig config = in_line_config();
    config.interfaces[0].floating.clear();
    config.services[0].mode = engine::Mode::l2_dsr;
    return config;
}

std::vector<Host> segment_hosts(int servers) {
    std::vector<Host> out{{.interface = "eth0", .address = ip("10.1.1.254"), .mac = router_mac}};
    for (int i = 0; i < servers; ++i) {
        out.push_back(
            {.interface = "eth0", .address = ip(fmt::format("10.1.1.{}", 10 + i)), .mac = mac(10 + i)});
    }
    return out;
}

TestFrame without_tunnel(const TestFrame& frame) {
    const bool gre = frame.protocol() == 47;
    const auto headers = static_cast<std::ptrdiff_t>(14 + 20 + (gre ? 4 : 0));
    if ((!gre && frame.protocol() != 4) || static_cast<std::ptrdiff_t>(frame.bytes.size()) < headers + 20) {
        return frame;
    }
    TestFrame inside{Bytes(frame.bytes.begin(), frame.bytes.begin() + 14), {}};
    inside.bytes.insert(inside.bytes.end(), frame.bytes.begin() + headers, frame.bytes.end());
    return inside;
}

TestFrame from_client(std::uint16_t port, std::uint8_t flags, const std::string& to, const Bytes& payload,
                      std::uint32_t seq) {
    return make_tcp({.from_mac = router_mac,
                     .to_mac = se_mac,
                     .from = fmt::format("{}:{}", client, port),
                     .to = to,
                     .flags = flags,
                     .seq = seq,
                     .ack = (flags & 0x10) != 0 ? 5001U : 0U,
                     .ttl = 63,
                     .payload = payload});
}

TestFrame answer_to(const TestFrame& request, std::uint8_t flags, const Bytes& payload) {
    return make_tcp({.from_mac = request.to_mac(),
                     .to_mac = request.from_mac(),
                     .from = request.to(),
                     .to = request.from(),
                     .flags = flags,
                     .seq = 5000,
                     .ack = request.seq() + 1,
                     .payload = payload});
}

} // namespace fulcrum::test
