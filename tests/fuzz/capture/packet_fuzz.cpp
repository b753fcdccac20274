// One packet: its link type in the first byte, then its bytes, and behind them what a reassembled datagram
// might be.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "capture/decode/packet_tree.h"

using namespace fulcrum::capture;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) {
        return 0;
    }
    constexpr std::uint16_t links[] = {0, 1, 101, 108, 113, 228, 276, 12, 9, 50, 51, 204};
    const auto cut = std::size_t{data[1]} * (size - 2) / 255;
    // In memory of their own, so that a step outside is seen.
    const std::vector<std::uint8_t> packet(data + 2, data + 2 + cut),
        reassembled(data + 2 + cut, data + size);
    for (const bool with : {false, true}) {
        Layers layers;
        const Bytes rest = with ? Bytes(reassembled) : Bytes();
        find_layers(links[data[0] % std::size(links)], packet, layers, rest);
        for (const auto& layer : layers) {
            const auto& inside = layer.reassembled ? reassembled : packet;
            if (layer.header > layer.bytes.size() ||
                (!layer.bytes.empty() &&
                 (layer.bytes.data() < inside.data() ||
                  layer.bytes.data() + layer.bytes.size() > inside.data() + inside.size()))) {
                std::abort();
            }
        }
        for (const auto framing : {Framing::dns, Framing::bgp, Framing::tls}) {
            auto split = layers;
            set_messages(split, framing, {rest, data[0]}, data[1]);
        }
        PacketFacts facts;
        facts.number = 1;
        facts.sequence_base = 5;
        facts.window_shift = 14;
        facts.findings = data[0];
        (void)make_tree(packet, rest, layers, facts);
    }
    return 0;
}
