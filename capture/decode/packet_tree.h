// A packet taken apart for people: every header with its fields, each with the bytes it came from.
#pragma once

#include <string>
#include <vector>

#include "capture/capture_reader.h"
#include "capture/decode/layers.h"

namespace fulcrum::capture {

struct TreeNode {
    enum class Mark : std::uint8_t { none, note, warning };

    std::string text;  // "Destination port: 80 (http)"
    std::string name;  // of the display filter's field; empty: there is none
    std::string value; // as a filter writes it: `name == value` finds this packet; empty: not comparable
    // Which bytes: of the packet, or of what was put together from several. Length 0: derived, not in the
    // bytes.
    std::uint32_t offset = 0, length = 0;
    bool in_reassembled = false;
    Mark mark = Mark::none;
    std::vector<TreeNode> children;
};

// What is known of the packet besides its bytes.
struct PacketFacts {
    std::size_t number = 0; // from 1
    std::optional<std::int64_t> time_ns;
    std::optional<std::int64_t> since_first_ns, since_previous_ns;
    std::uint32_t original_bytes = 0;
    std::string interface;
    std::uint32_t flags = 0; // packet.h: direction, checksum not ready
    std::vector<std::string> comments;
    bool options_damaged = false; // of its block: whatever stands behind the damage is not known

    // Of the innermost TCP stream.
    std::optional<std::uint32_t> stream;
    std::optional<std::uint32_t> sequence_base, acknowledgement_base;
    int window_shift = -1;      // negative: not known or not used
    std::uint16_t findings = 0; // tcp_finding
};

// `layers` are of `packet`, found with the bytes `reassembled` where there are some.
std::vector<TreeNode> make_tree(Bytes packet, Bytes reassembled, const Layers& layers,
                                const PacketFacts& facts);

} // namespace fulcrum::capture
