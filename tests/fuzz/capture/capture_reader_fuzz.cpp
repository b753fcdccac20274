// pcap or pcapng, as the first bytes say. Everything that is given out lies inside the input, and a file that
// grows piece by piece gives the same packets as the whole one.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "capture/capture_reader.h"

using namespace fulcrum::capture;

namespace {

// How many packets there are and where reading stopped, of a file that was longer at each look.
std::pair<std::size_t, std::uint64_t> read_growing(std::span<const std::uint8_t> bytes) {
    constexpr std::size_t beginning = 24; // what CaptureFile waits for
    auto there = std::min(beginning, bytes.size());
    const std::size_t step = 1 + bytes.back() % 97;
    const auto source = open_source(bytes.first(there));
    if (!source) {
        std::abort(); // the whole was opened
    }
    std::size_t packets = 0;
    while (true) {
        ReadPacket read;
        const auto more = (*source)->next(read);
        if (more && *more) {
            ++packets;
            continue;
        }
        if (there == bytes.size() || (!more && !(*source)->wants_more())) {
            return {packets, (*source)->offset()};
        }
        there = std::min(there + step, bytes.size());
        (*source)->extend(bytes.first(there));
    }
}

} // namespace

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
    std::size_t packets = 0;
    for (ReadPacket read; true;) {
        const auto more = (*source)->next(read);
        if (!more || !*more) {
            break;
        }
        if (read.offset <= last || read.packet.interface >= (*source)->interfaces().size()) {
            std::abort();
        }
        last = read.offset;
        ++packets;
        inside(read.packet.bytes);
        while (const auto option = read.options.next()) {
            inside(option->value);
        }
    }
    if (read_growing(bytes) != std::pair(packets, (*source)->offset())) {
        std::abort();
    }
    return 0;
}
