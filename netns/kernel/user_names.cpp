#include "netns/kernel/user_names.h"

#include <algorithm>
#include <fstream>
#include <vector>

namespace fulcrum::netns {

std::string with_all_ids_zero(std::string_view text, bool group) {
    // name:password:uid:gid:… and name:password:gid:members
    const std::size_t first_id = 2;
    const std::size_t last_id = group ? 2 : 3;
    std::string out;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        std::vector<std::string_view> fields;
        for (std::size_t start = 0; start <= line.size();) {
            const std::size_t colon = std::min(line.find(':', start), line.size());
            fields.push_back(line.substr(start, colon - start));
            start = colon + 1;
        }
        for (std::size_t i = first_id; i <= last_id && fields.size() > last_id; ++i) {
            fields[i] = "0";
        }
        for (std::size_t i = 0; i < fields.size(); ++i) {
            out += i == 0 ? "" : ":";
            out += fields[i];
        }
        out += '\n';
    }
    return out;
}

bool has_single_id() {
    std::ifstream map("/proc/self/uid_map");
    unsigned long inside = 0, outside = 0, count = 0, all = 0;
    while (map >> inside >> outside >> count) {
        all += count;
    }
    return all == 1;
}

} // namespace fulcrum::netns
