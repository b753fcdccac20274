// A line of sharkd's: whatever it holds, the tree stays shallow and points into packets of a size that there
// can be.
#include <cstdint>
#include <cstdlib>

#include "capture/decode/sharkd_answer.h"

using fulcrum::capture::TreeNode;

namespace {

void check(const std::vector<TreeNode>& nodes, int depth) {
    constexpr std::uint32_t largest = 16 * 1024 * 1024;
    for (const auto& node : nodes) {
        if (depth > 65 || node.offset > largest || node.length > largest) {
            std::abort();
        }
        check(node.children, depth + 1);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check(fulcrum::capture::parse_sharkd_tree({reinterpret_cast<const char*>(data), size}), 0);
    return 0;
}
