#include "app/cli/packet_rows.h"

#include <fmt/format.h>

#include "app/cli/terminal.h"
#include "capture/index/packet_summary.h"
#include "capture/time_between.h"

namespace fulcrum::cli {
namespace {

using capture::TreeNode;

void print_nodes(const std::vector<TreeNode>& nodes, std::size_t depth, const Style& style) {
    for (const auto& node : nodes) {
        const auto plain = printable(node.text);
        const auto text = node.mark == TreeNode::Mark::warning ? style.red(plain)
                          : node.mark == TreeNode::Mark::note  ? style.yellow(plain)
                          : depth == 0                         ? style.bold(plain)
                                                               : plain;
        fmt::print("{:{}}{}\n", "", 2 * depth, text);
        print_nodes(node.children, depth + 1, style);
    }
}

} // namespace

void print_packet_row(const capture::CaptureFile::Reading& reading, std::size_t packet) {
    const auto& record = reading.file().record(packet);
    const auto row = capture::summarize(reading, packet);
    const bool has_time = (record.flags & capture::PacketRecord::no_time) == 0;
    const auto since_first =
        static_cast<double>(capture::ns_between(reading.file().record(0).time_ns, record.time_ns)) / 1e9;
    fmt::print("{:>7} {:>12} {:<14} {:<21} {:<21} {:<8} {:>6} {}\n", packet + 1,
               has_time ? fmt::format("{:.6f}", since_first) : "",
               printable(reading.interfaces()[record.interface].name), row.source, row.destination,
               row.protocol, record.original, printable(row.info));
}

void print_packet_tree(const std::vector<TreeNode>& nodes) {
    print_nodes(nodes, 0, Style(1));
    fmt::print("\n");
}

} // namespace fulcrum::cli
