// A packet of an open capture in one row, and in full.
#pragma once

#include "capture/decode/packet_tree.h"
#include "capture/index/capture_file.h"

namespace fulcrum::capture {

struct PacketSummary {
    std::string source, destination; // innermost addresses: IP, else MAC; may be empty
    std::string protocol;            // the highest: "HTTP"
    std::string info;                // "40000 → 80 [SYN] Seq=0 Win=64240", "GET /index"
};

// i < file size. The text of packets is cleaned of what cannot be printed.
PacketSummary summarize(const CaptureFile::Reading& reading, std::size_t i);

PacketFacts facts_of(const CaptureFile::Reading& reading, std::size_t i);
std::vector<TreeNode> tree_of(const CaptureFile::Reading& reading, std::size_t i);

} // namespace fulcrum::capture
