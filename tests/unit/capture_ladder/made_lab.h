// Captures of labs as tests of ladders write them: which segment was seen where and when.
#pragma once

#include <map>

#include "capture/ladder/ladder.h"
#include "tests/unit/capture/made_packets.h"

namespace fulcrum::capture {

namespace flag = wire::tcp_flag;

struct End {
    std::string address;
    std::uint16_t port = 0;
    Socket socket() const { return {*IpAddress::parse(address), port}; }
};

// Packets of a lab, written down in any order and sorted by time at the end.
class Lab {
public:
    std::uint32_t interface(const std::string& name) {
        const auto [at, fresh] = interfaces_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
        if (fresh) {
            names_.push_back(name);
        }
        return at->second;
    }
    struct Way {
        std::string interface;
        bool out = false;
        std::uint8_t source_mac = 1, destination_mac = 2, ttl = 64;
        int tunnel = 0; // 0: none, 4: IP in IP, 47: GRE
    };
    // One segment at one interface.
    void see(std::int64_t us, const Way& way, const End& from, const End& to, std::uint32_t seq,
             std::uint32_t ack, std::string_view payload, std::uint8_t flags = flag::ack | flag::psh) {
        wire::TcpHeader header;
        header.source_port = from.port;
        header.destination_port = to.port;
        header.sequence = seq;
        header.acknowledgement = ack;
        header.flags = flags;
        header.window = 1000;
        add(us, way,
            made::tcp_packet({.source = from.address, .destination = to.address, .ttl = way.ttl}, header,
                             payload));
    }
    // One datagram at one interface.
    void see_datagram(std::int64_t us, const Way& way, const End& from, const End& to,
                      std::string_view payload) {
        add(us, way,
            made::udp_packet({.source = from.address, .destination = to.address, .ttl = way.ttl}, from.port,
                             to.port, made::bytes_of(payload)));
    }
    void add(std::int64_t us, const Way& way, made::Frame packet) {
        if (way.tunnel == 47) {
            made::Frame gre{0, 0, 8, 0};
            made::append(gre, packet);
            packet = gre;
        }
        if (way.tunnel != 0) {
            packet = made::ipv4({.source = "10.1.1.2",
                                 .destination = "10.1.2.10",
                                 .protocol = static_cast<std::uint8_t>(way.tunnel)},
                                packet);
        }
        packets_.insert({us,
                         {interface(way.interface), way.out,
                          made::ethernet(way.destination_mac, way.source_mac, 0x0800, packet)}});
    }
    std::unique_ptr<CaptureFile> file() const {
        made::Pcapng out;
        out.section();
        for (const auto& name : names_) {
            made::Frame options;
            out.option(options, 2, made::bytes_of(name));
            out.interface(1, 0, options);
        }
        for (const auto& [us, packet] : packets_) {
            made::Frame options, word;
            out.number32(word, packet.out ? 2 : 1);
            out.option(options, 2, word);
            out.packet(packet.interface, static_cast<std::uint64_t>(us), packet.bytes, options);
        }
        auto file = std::move(*CaptureFile::from_bytes(out.file, "made"));
        file->load();
        return file;
    }

private:
    struct Seen {
        std::uint32_t interface;
        bool out;
        made::Frame bytes;
    };
    std::vector<std::string> names_;
    std::map<std::string, std::uint32_t> interfaces_;
    std::multimap<std::int64_t, Seen> packets_;
};

inline std::string request(const std::string& target, const std::string& id, const std::string& extra = "") {
    return "GET " + target + " HTTP/1.1\r\nHost: www.example\r\nX-Request-Id: " + id + "\r\n" + extra +
           "\r\n";
}
inline std::string answer(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline Ladder ladder_of(const CaptureFile& file, LadderOptions options = {}) {
    return make_ladder({{&file, ""}}, options);
}

} // namespace fulcrum::capture
