#include "tests/ui/window/capture_of_drawing.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>

#include "capture/pcapng_writer.h"
#include "engine/base/address.h"

using namespace fulcrum;

namespace {

constexpr std::int64_t first_time_ns = 1'700'000'000'000'000'000;

std::vector<std::uint8_t> udp_frame(const SeenPacket& packet) {
    constexpr std::uint8_t payload = 4;
    std::vector<std::uint8_t> frame(14 + 20 + 8 + payload);
    frame[0] = frame[6] = 0x02;
    frame[5] = 1;
    frame[11] = 2;
    frame[12] = 0x08; // IPv4
    std::uint8_t* ip = frame.data() + 14;
    ip[0] = 0x45;
    ip[3] = 20 + 8 + payload;
    ip[8] = 64;
    ip[9] = 17; // UDP
    const auto put = [](std::uint8_t* at, std::uint32_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) {
            at[i] = static_cast<std::uint8_t>(value >> (8 * (bytes - 1 - i)));
        }
    };
    put(ip + 12, IpAddress::parse(packet.source)->v4_value(), 4);
    put(ip + 16, IpAddress::parse(packet.destination)->v4_value(), 4);
    put(ip + 20, packet.source_port, 2);
    put(ip + 22, packet.destination_port, 2);
    put(ip + 24, 8 + payload, 2);
    return frame;
}

} // namespace

void write_capture(const QString& path, const std::vector<SeenPacket>& packets) {
    auto file = capture::PcapngFile::create(path.toStdString());
    ASSERT_TRUE(file) << file.error().message;
    std::map<std::string, std::uint32_t> interfaces;
    for (const SeenPacket& packet : packets) {
        const auto [at, is_new] = interfaces.try_emplace(packet.interface, 0);
        if (is_new) {
            at->second = file->add_interface({packet.interface, "", ""});
        }
        const auto bytes = udp_frame(packet);
        capture::Packet written;
        written.time_ns = first_time_ns + packet.time_us * 1000;
        written.interface = at->second;
        written.original_bytes = static_cast<std::uint32_t>(bytes.size());
        written.flags =
            static_cast<std::uint32_t>(packet.leaves ? capture::Direction::out : capture::Direction::in);
        written.bytes = bytes;
        ASSERT_TRUE(file->process_packet(written));
    }
    ASSERT_TRUE(file->flush());
}
