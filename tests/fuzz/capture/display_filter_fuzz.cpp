// The text of a display filter: compiled or refused inside its text.
#include <cstdint>
#include <cstdlib>

#include "capture/filter/display_filter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto filter = fulcrum::capture::DisplayFilter::compile(text);
    if (!filter && (filter.error().message.empty() || filter.error().position > size)) {
        std::abort();
    }
    return 0;
}
