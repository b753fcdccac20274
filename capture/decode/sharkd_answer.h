// What sharkd, Wireshark's dissection server, says about a packet, as our own tree
// (wiki.wireshark.org/Development/sharkd: the method "frame"). Its answer is as untrusted as the packet that
// it repeats.
#pragma once

#include <string_view>
#include <vector>

#include "capture/decode/packet_tree.h"

namespace fulcrum::capture {

// The tree in one line of JSON; empty when it holds none. The first node is about the packet as part of the
// file that sharkd was given. Nodes nested deeper than 64 are left out.
std::vector<TreeNode> parse_sharkd_tree(std::string_view line);

} // namespace fulcrum::capture
