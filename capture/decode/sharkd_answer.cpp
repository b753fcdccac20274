#include "capture/decode/sharkd_answer.h"

#include <nlohmann/json.hpp>

namespace fulcrum::capture {
namespace {

using Json = nlohmann::json;

constexpr int deepest = 64; // nodes in nodes
constexpr std::uint32_t largest_packet = 16 * 1024 * 1024;

std::string text_at(const Json& node, const char* key) {
    const auto found = node.find(key);
    return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Counted in what sharkd was given, which is not the whole file: a filter made of it would find other
// packets.
bool is_of_the_part(std::string_view filter) {
    return filter.starts_with("frame") || filter.starts_with("tcp.stream") ||
           filter.starts_with("udp.stream");
}

std::vector<TreeNode> nodes_of(const Json& list, int depth) {
    std::vector<TreeNode> nodes;
    if (!list.is_array() || depth > deepest) {
        return nodes;
    }
    for (const Json& one : list) {
        if (!one.is_object()) {
            continue;
        }
        TreeNode node;
        node.text = text_at(one, "l");
        std::string filter = text_at(one, "f");
        if (is_of_the_part(filter)) {
            filter.clear();
        }
        const auto equals = filter.find(" == ");
        node.name = filter.substr(0, equals);
        node.value = equals == std::string::npos ? "" : filter.substr(equals + 4);
        const auto place = one.find("h");
        const bool in_packet = !one.contains("ds") || one.at("ds") == 0;
        if (place != one.end() && in_packet && place->is_array() && place->size() == 2 &&
            place->at(0).is_number_unsigned() && place->at(1).is_number_unsigned() &&
            place->at(0) <= largest_packet && place->at(1) <= largest_packet) {
            node.offset = place->at(0).get<std::uint32_t>();
            node.length = place->at(1).get<std::uint32_t>();
        }
        const std::string severity = text_at(one, "s");
        node.mark = severity == "Error" || severity == "Warning" || severity == "Warn"
                        ? TreeNode::Mark::warning
                    : severity == "Note" ? TreeNode::Mark::note
                                         : TreeNode::Mark::none;
        if (const auto children = one.find("n"); children != one.end()) {
            node.children = nodes_of(*children, depth + 1);
        }
        nodes.push_back(std::move(node));
    }
    return nodes;
}

} // namespace

std::vector<TreeNode> parse_sharkd_tree(std::string_view line) {
    const Json answer = Json::parse(line.begin(), line.end(), nullptr, false);
    if (!answer.is_object() || !answer.contains("result") || !answer["result"].is_object() ||
        !answer["result"].contains("tree")) {
        return {};
    }
    return nodes_of(answer["result"]["tree"], 0);
}

} // namespace fulcrum::capture
