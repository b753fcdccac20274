#include <cstdint>
#include <cstdlib>

#include "ends/http_request.h"

using namespace fulcrum::ends;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    HttpRequest request;
    const auto outcome = parse_request(bytes, request);
    if (outcome.kind == RequestOutcome::Kind::complete) {
        // Nothing that a stricter reader behind us could read as something else.
        if (outcome.length > size || request.path.empty() || !is_token(request.method) ||
            (request.framing.chunked && request.framing.length)) {
            std::abort();
        }
        for (const auto& field : request.fields) {
            if (!is_token(field.name) || field.value.find('\n') != std::string_view::npos) {
                std::abort();
            }
        }
    }
    return 0;
}
