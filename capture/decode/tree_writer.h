// Writes nodes of a packet tree: where they lie follows from the bytes they are given. Internal to this
// folder.
#pragma once

#include <fmt/format.h>

#include "capture/decode/packet_tree.h"

namespace fulcrum::capture {

class TreeWriter {
public:
    // `base`: the bytes that offsets count from.
    TreeWriter(TreeNode& into, Bytes base, bool in_reassembled)
        : into_(into), base_(base), in_reassembled_(in_reassembled) {}

    // A child at `piece`; returns a writer for what is inside it, good until the next child is added here.
    TreeWriter add(std::string text, Bytes piece = {}, std::string_view name = {},
                   std::string value = {}) const {
        TreeNode node;
        node.text = std::move(text);
        node.name = name;
        node.value = std::move(value);
        if (!piece.empty()) {
            node.offset = static_cast<std::uint32_t>(piece.data() - base_.data());
            node.length = static_cast<std::uint32_t>(piece.size());
        }
        node.in_reassembled = in_reassembled_;
        into_.children.push_back(std::move(node));
        return {into_.children.back(), base_, in_reassembled_};
    }
    // "Label: number", comparable.
    TreeWriter number(std::string_view label, std::uint64_t value, Bytes piece, std::string_view name,
                      std::string_view meaning = {}) const {
        return add(meaning.empty() ? fmt::format("{}: {}", label, value)
                                   : fmt::format("{}: {} ({})", label, value, meaning),
                   piece, name, std::to_string(value));
    }
    TreeWriter hex(std::string_view label, std::uint64_t value, int digits, Bytes piece,
                   std::string_view name, std::string_view meaning = {}) const {
        auto text = fmt::format("0x{:0{}x}", value, digits);
        auto line = meaning.empty() ? fmt::format("{}: {}", label, text)
                                    : fmt::format("{}: {} ({})", label, text, meaning);
        return add(std::move(line), piece, name, std::move(text));
    }
    // Text from outside: shown with what cannot be printed as \xNN.
    TreeWriter text(std::string_view label, std::string_view value, Bytes piece,
                    std::string_view name = {}) const {
        return add(fmt::format("{}: {}", label, printable(value)), piece, name,
                   name.empty() ? "" : quoted(value));
    }
    const TreeWriter& mark(TreeNode::Mark mark) const {
        into_.mark = mark;
        return *this;
    }
    TreeNode& node() const { return into_; }

    static std::string printable(std::string_view text);
    static std::string quoted(std::string_view text); // as a filter reads it back

private:
    TreeNode& into_;
    Bytes base_;
    bool in_reassembled_;
};

// Each writes the inside of one layer's node.
struct LayerContext {
    const PacketFacts& facts;
    const Layer* ip = nullptr; // the IP header around
    bool innermost_tcp = false;
};
void write_link(const TreeWriter& out, const Layer& layer);
void write_network(const TreeWriter& out, const Layer& layer);
void write_transport(const TreeWriter& out, const Layer& layer, const LayerContext& context);
void write_application(const TreeWriter& out, const Layer& layer);

std::string endpoint_text(const Layer& ip, bool source); // the address

} // namespace fulcrum::capture
