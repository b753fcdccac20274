// parse_config takes any bytes; what it accepts is emitted and read back as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/control/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parsed = fulcrum::engine::parse_config({reinterpret_cast<const char*>(data), size});
    if (!parsed) {
        if (parsed.error().message.empty()) {
            std::abort();
        }
        return 0;
    }
    const std::string text = fulcrum::engine::emit_config(*parsed);
    const auto again = fulcrum::engine::parse_config(text);
    if (!again || fulcrum::engine::emit_config(*again) != text) {
        std::abort();
    }
    return 0;
}
