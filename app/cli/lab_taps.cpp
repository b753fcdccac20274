#include "app/cli/lab_taps.h"

#include <algorithm>
#include <fmt/format.h>

#include "engine/base/open_files.h"

namespace fulcrum::cli {

Result<std::vector<capture::Tap>> open_taps(netns::LabClient& lab, const std::vector<std::string>& ends) {
    const auto interfaces = lab.interfaces();
    if (!interfaces) {
        return tl::unexpected(interfaces.error());
    }
    // A descriptor for each link end: a large lab has more than the soft limit.
    raise_open_files();
    std::vector<std::string> known;
    for (const auto& one : *interfaces) {
        known.push_back(one.node + ":" + one.interface);
    }
    for (const auto& end : ends) {
        if (std::find(known.begin(), known.end(), end) == known.end()) {
            return bad_input(
                fmt::format("link {}: there is no such link end: there are {}", end, fmt::join(known, " ")));
        }
    }
    std::vector<capture::Tap> taps;
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (!ends.empty() && std::find(ends.begin(), ends.end(), known[i]) == ends.end()) {
            continue;
        }
        auto opened = lab.open_tap((*interfaces)[i].node, (*interfaces)[i].interface);
        if (!opened) {
            return tl::unexpected(opened.error());
        }
        taps.push_back({known[i], std::move(opened->fd), opened->interface_index});
    }
    return taps;
}

} // namespace fulcrum::cli
