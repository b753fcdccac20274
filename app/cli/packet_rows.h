// Packets of a capture for people: a row each, or every field.
#pragma once

#include "capture/decode/packet_tree.h"
#include "capture/index/capture_file.h"

namespace fulcrum::cli {

// On standard output.
void print_packet_row(const capture::CaptureFile::Reading& reading, std::size_t packet);
void print_packet_tree(const std::vector<capture::TreeNode>& nodes); // with an empty line behind it

} // namespace fulcrum::cli
