// A whole capture: loaded, every packet's tree made, some filters run. Every node lies inside its bytes.
#include <cstdint>
#include <cstdlib>

#include "capture/filter/display_filter.h"
#include "capture/index/packet_summary.h"

using namespace fulcrum::capture;

namespace {

void check(const std::vector<TreeNode>& nodes, std::size_t packet, std::size_t reassembled) {
    for (const auto& node : nodes) {
        if (std::size_t{node.offset} + node.length > (node.in_reassembled ? reassembled : packet)) {
            std::abort();
        }
        check(node.children, packet, reassembled);
    }
}

const std::vector<DisplayFilter>& filters() {
    static const auto compiled = [] {
        std::vector<DisplayFilter> all;
        for (const auto* field : all_fields()) {
            all.push_back(*DisplayFilter::compile(field->name));
        }
        return all;
    }();
    return compiled;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto opened = CaptureFile::from_bytes({data, data + size}, "fuzz");
    if (!opened) {
        return 0;
    }
    const auto& file = **opened;
    (*opened)->load();
    const CaptureFile::Reading reading(file);
    Layers layers;
    std::vector<std::uint8_t> reassembled;
    for (std::size_t i = 0; i < std::min<std::size_t>(file.size(), 64); ++i) {
        reading.layers(i, layers, reassembled);
        check(tree_of(reading, i), file.packet(i).bytes.size(), reassembled.size());
        (void)summarize(reading, i);
        for (const auto& filter : filters()) {
            FilterRun(filter, reading).matches(i);
        }
    }
    std::string scratch;
    for (std::size_t i = 0; i < reading.index().http().messages().size(); ++i) {
        (void)reading.index().http().head(reading.index().http().messages()[i], scratch);
    }
    return 0;
}
