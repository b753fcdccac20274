// Any frames, in any order, at any time, into a whole engine, with live changes in between. After every step
// the invariants that hold for any input are checked.
//
// Input: a row of steps, each an operation byte and its arguments:
//   0 n bytes    a frame of n × 4 raw bytes          3 ms          time passes
//   1 n bytes    the same with 10 bytes of VnetMeta  4 k           live change to configuration k
//   2 …          a legal TCP or UDP packet from few endpoints, so that flows are hit again and again
//   5 …          an ICMP error that quotes such a packet
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include <fmt/format.h>

#include "tests/packets/balance/engine_rig.h"

namespace {

using namespace fulcrum;
using namespace fulcrum::test;

class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
    bool empty() const { return left_ == 0; }
    std::uint8_t byte() {
        if (left_ == 0) {
            return 0;
        }
        --left_;
        return *data_++;
    }
    Bytes bytes(std::size_t n) {
        n = std::min(n, left_);
        Bytes out(data_, data_ + n);
        data_ += n;
        left_ -= n;
        return out;
    }

private:
    const std::uint8_t* data_;
    std::size_t left_;
};

void demand(bool good) {
    if (!good) {
        std::abort();
    }
}

engine::EngineConfig config_number(std::uint8_t k) {
    engine::EngineConfig config = in_line_config();
    config.max_flows = 8U << (k & 1);
    config.services[0].mode = (k & 2) != 0 ? engine::Mode::l2_dsr : engine::Mode::in_line;
    config.services[0].closed_ports = (k & 4) != 0 ? engine::ClosedPort::refuse : engine::ClosedPort::drop;
    config.pools[0].algorithm = static_cast<engine::Algorithm>((k >> 3) % 6);
    config.pools[0].persistence = (k & 64) != 0 ? engine::Persistence::source_ip : engine::Persistence::none;
    if ((k & 128) != 0) {
        config.pools[0].servers.erase(config.pools[0].servers.begin());
        config.role = (k & 64) != 0 ? engine::Role::standby : engine::Role::active;
        config.interfaces[0].mtu_bytes = 600;
    }
    return config;
}

std::string client_end(std::uint8_t b) {
    return fmt::format("172.16.1.{}:{}", 10 + b % 3, 40000 + b / 3 % 4);
}
std::string server_end(std::uint8_t b) {
    const std::uint16_t ports[] = {80, 53, 81, 65000};
    return fmt::format("{}:{}",
                       b % 5 == 4   ? vip
                       : b % 5 == 3 ? "10.1.1.2"
                                    : fmt::format("10.1.1.{}", 10 + b % 5),
                       ports[b / 5 % 4]);
}

TestFrame packet_from(Input& in) {
    const std::uint8_t kind = in.byte();
    const bool outward = (kind & 1) != 0;
    const std::string a = client_end(in.byte());
    const std::string b = outward ? server_end(in.byte()) : (in.byte() % 4 != 0 ? vip + ":80" : vip + ":53");
    const Mac from_mac = outward ? mac(10 + kind % 3) : router_mac;
    const std::size_t payload = std::size_t{in.byte()} * ((kind & 8) != 0 ? 250 : 4);
    if ((kind & 2) != 0) {
        return make_udp({.from_mac = from_mac,
                         .to_mac = se_mac,
                         .from = outward ? b : a,
                         .to = outward ? a : b,
                         .ttl = static_cast<std::uint8_t>((kind & 4) != 0 ? 1 : 64),
                         .payload = pattern(payload),
                         .checksum = (kind & 16) != 0});
    }
    const TcpSpec spec{.from_mac = from_mac,
                       .to_mac = se_mac,
                       .from = outward ? b : a,
                       .to = outward ? a : b,
                       .flags = in.byte(),
                       .ttl = static_cast<std::uint8_t>((kind & 4) != 0 ? 1 : 64),
                       .dont_fragment = (kind & 32) != 0,
                       .payload = pattern(payload)};
    return (kind & 16) != 0 ? make_gso_tcp(spec, static_cast<std::uint16_t>(100 + 5 * in.byte()))
                            : make_tcp(spec);
}

// A frame that the engine sent is always legal, whatever came in.
void check_sent(const TestFrame& frame, const engine::EngineConfig& config) {
    demand(frame.bytes.size() >= 34);
    demand(frame.from_mac() == se_mac);
    demand(frame.ethertype() == 0x0800 || frame.ethertype() == 0x0806);
    if (frame.ethertype() != 0x0800) {
        return;
    }
    demand(frame.ip_checksum_right());
    demand(14U + frame.total_length() == frame.bytes.size());
    demand(frame.meta.is_gso() || frame.total_length() <= config.interfaces[0].mtu_bytes);
}

void check_engine(EngineRig& rig, const engine::EngineConfig& config) {
    const engine::EngineReport report = rig.report();
    demand(report.flows <= config.max_flows && report.max_flows == config.max_flows);
    std::uint64_t live = 0;
    for (const engine::FlowReport& f : rig.engine().report_flows(1000)) {
        live += f.state < engine::FlowState::closed ? 1 : 0;
    }
    std::uint64_t active = 0;
    std::uint64_t active_of_servers = 0;
    for (const engine::ServiceReport& s : report.services) {
        active += s.active;
        for (const engine::ServerReport& server : s.servers) {
            active_of_servers += server.active;
        }
    }
    demand(active == live && active_of_servers == live);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input in(data, std::min<std::size_t>(size, 4096));
    engine::EngineConfig config = config_number(in.byte());
    EngineRig rig(config, segment_hosts());
    while (!in.empty()) {
        std::vector<SeenFrame> sent;
        switch (in.byte() % 6) {
        case 0: {
            TestFrame frame{in.bytes(std::size_t{4} * in.byte()), {}};
            sent = rig.send("eth0", frame);
            break;
        }
        case 1: {
            TestFrame frame;
            const Bytes meta = in.bytes(sizeof(frame.meta));
            std::copy(meta.begin(), meta.end(), reinterpret_cast<std::uint8_t*>(&frame.meta));
            frame.bytes = in.bytes(std::size_t{4} * in.byte());
            sent = rig.send("eth0", frame);
            break;
        }
        case 2:
            sent = rig.send("eth0", packet_from(in));
            break;
        case 3:
            rig.run_for(std::chrono::milliseconds(in.byte() * 50));
            sent = rig.take_seen();
            break;
        case 4: {
            config = config_number(in.byte());
            demand(rig.engine().configure(config).has_value());
            rig.settle();
            rig.take_seen();
            break;
        }
        case 5: {
            const TestFrame about = packet_from(in);
            const std::uint8_t how = in.byte();
            const std::string to = (how & 1) != 0 ? vip : client;
            sent =
                rig.send("eth0", make_icmp_error(router_mac, se_mac, "10.1.1.11", to, (how & 2) != 0 ? 3 : 11,
                                                 how >> 4, 1400, about, 20U + in.byte()));
            break;
        }
        }
        for (const SeenFrame& s : sent) {
            check_sent(s.frame, config);
        }
        check_engine(rig, config);
    }
    return 0;
}
