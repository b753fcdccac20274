// What a stranger can send to a lab's control socket: frames, and in them requests; a plan; replies to a client.
#include <cstdlib>

#include "netns/control_message.h"
#include "netns/frame.h"

using namespace fulcrum::netns;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);

    FrameDecoder decoder(size / 2); // some lengths fit, some do not
    for (std::size_t fed = 0; fed < size;) {
        const std::size_t part = std::min<std::size_t>(size - fed, 1 + data[fed] % 64);
        decoder.feed({reinterpret_cast<const char*>(data) + fed, part}, {});
        fed += part;
        for (;;) {
            const auto frame = decoder.next();
            if (!frame) {
                fed = size; // an error is final
                break;
            }
            if (!*frame) {
                break;
            }
            (void)parse_request((*frame)->text);
        }
    }

    // What is accepted once must come out and go in again unchanged.
    if (const auto request = parse_request(text)) {
        const std::string emitted = emit_request(*request);
        const auto again = parse_request(emitted);
        if (!again || emit_request(*again) != emitted) {
            std::abort();
        }
    }
    if (const auto plan = parse_lab_plan(text)) {
        (void)problems_of(*plan);
        const std::string emitted = emit_lab_plan(*plan);
        const auto again = parse_lab_plan(emitted);
        if (!again || emit_lab_plan(*again) != emitted) {
            std::abort();
        }
    }
    std::uint64_t cursor = 0;
    (void)parse_status(text);
    (void)parse_interfaces(text);
    (void)parse_events(text, cursor);
    (void)parse_progress(text);
    return 0;
}
