// pcap or pcapng, as the first bytes say. Everything that is given out lies inside the input.
#include <cstdint>
#include <cstdlib>

#include "capture/capture_reader.h"

using namespace fulcrum::capture;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::uint8_t> bytes(data, size);
    const auto inside = [&](std::span<const std::uint8_t> part) {
        if (part.empty()) {
            return;
        }
        if (part.data() < data || part.data() + part.size() > data + size) {
            std::abort();
        }
    };
    auto source = open_source(bytes);
    if (!source) {
        return 0;
    }
    std::uint64_t last = 0;
    for (ReadPacket read; true;) {
        const auto more = (*source)->next(read);
        if (!more || !*more) {
            break;
        }
        if (read.offset <= last || read.packet.interface >= (*source)->interfaces().size()) {
            std::abort();
        }
        last = read.offset;
        inside(read.packet.bytes);
        while (const auto option = read.options.next()) {
            inside(option->value);
        }
    }
    return 0;
}
