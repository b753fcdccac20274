// Captures that these tests open, made packet by packet, so that what must be seen of them is known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "capture/pcapng_writer.h"

// Two links ("client1:eth0", "server1:eth0"), 1 ms between packets. Packets, from 1: ARP request and answer
// (1, 2); a connection 10.1.1.2:40000 → 10.1.1.100:80 at client1 with a handshake (3 to 5), "GET /index.html"
// (6), its answer of 200 with "<h1>hello</h1>" (7), the answer again (8) and the end (9 to 11); a connection
// to port 8080 that is refused (12, 13); the first request once more, as server1 sees it (14, 15); a ping of
// two fragments at client1 (16, 17).
inline constexpr int small_capture_packets = 17;
inline constexpr char small_capture_request[] = "GET /index.html HTTP/1.1\r\nHost: shop.example\r\n\r\n";
void write_small_capture(const std::string& path);

// The same, broken off in the last packet; returns where that begins.
std::uint64_t write_damaged_capture(const std::string& path);

// A packet whose comments are whole up to "kept", followed by an option that claims more bytes than there
// are.
void write_damaged_options(const std::string& path);

// One connection that says so many bytes, 'a' to 'z' over and over, in segments of 60,000.
void write_long_stream(const std::string& path, std::size_t bytes);

// The same datagram at the first and at the last moment that 64 bits of nanoseconds know.
void write_ends_of_time(const std::string& path);

// UDP datagrams of 50 conversations to ports 9000 and up, 1 µs apart.
void write_large_capture(const std::string& path, std::uint32_t packets);

// The same request answered otherwise (404, and a longer body), and one more that nobody answered.
void write_other_answers(const std::string& path);

// A capture that is being written while a test looks on: datagrams of client1:eth0, each from a port of its
// own.
class RunningCapture {
public:
    explicit RunningCapture(const std::string& path);
    void write(int datagrams, std::uint16_t port); // to this port; in the file when this returns
    void end(std::uint64_t drops);                 // with counters, as captures end; the file is closed

private:
    std::optional<fulcrum::capture::PcapngFile> file_;
    std::uint64_t written_ = 0;
};

struct ReadBack {
    std::vector<std::uint32_t> lengths;
    std::vector<std::string> comments; // of the first packet that has any
    std::string first_comment_at;      // its number, from 1
    std::vector<std::string> file_comments;
};
ReadBack read_back(const std::string& path);
