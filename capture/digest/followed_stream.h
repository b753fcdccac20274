// What the two ends of a stream said to each other, as an interface saw it: bytes in order, each once.
//
// A capture of several links holds a segment once per link, so a stream is always followed at one interface.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/index/capture_file.h"

namespace fulcrum::capture {

struct StreamPiece {
    bool from_b = false;
    std::string bytes;
    std::uint32_t packet = 0; // that brought its first byte
    std::uint64_t lost = 0;   // bytes before it that were acknowledged and not captured
};

struct FollowedStream {
    std::string a, b;                      // "10.1.1.2:40000"; a: who was seen sending first
    std::vector<StreamPiece> pieces;       // in the order in which they could be read; directions alternate
    std::uint64_t bytes[2] = {0, 0};       // in `pieces`, from a and from b
    std::uint64_t packets[2] = {0, 0};     // at the interface
    std::vector<std::uint32_t> interfaces; // where the stream was seen, in the order in which it was
    std::vector<std::string> interface_names;
    std::uint32_t interface = 0; // where it was followed
    bool cut = false;            // more than `most_bytes`
};

// `interface`: none for the one that saw the stream first. Reads the packets that are there; those of a TCP
// stream by their sequence numbers (RFC 9293 section 3.4), datagrams as they came. Ends early when cancelled.
FollowedStream follow_stream(const CaptureFile& file, bool is_udp, std::uint32_t stream,
                             std::optional<std::uint32_t> interface, std::size_t most_bytes,
                             const std::atomic<bool>* cancelled = nullptr);

// The same without keeping it: `told` gets all bytes, however many, in the order of `pieces`, until it
// answers false.
void tell_stream(const CaptureFile& file, bool is_udp, std::uint32_t stream, std::uint32_t interface,
                 const std::function<bool(bool from_b, std::string_view bytes)>& told,
                 const std::atomic<bool>* cancelled = nullptr);

} // namespace fulcrum::capture
