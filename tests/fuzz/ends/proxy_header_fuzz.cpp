#include <cstdint>
#include <cstdlib>

#include "ends/proxy_header.h"

using namespace fulcrum::ends;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    ProxyHeader header;
    const auto outcome = parse_proxy_header(bytes, header);
    if (outcome.kind == ProxyOutcome::Kind::complete) {
        if (outcome.length == 0 || outcome.length > size || (header.local && header.endpoints)) {
            std::abort();
        }
        // Divided input must not be understood differently: no shorter prefix is complete.
        ProxyHeader other;
        if (parse_proxy_header(bytes.substr(0, outcome.length - 1), other).kind !=
            ProxyOutcome::Kind::incomplete) {
            std::abort();
        }
    }
    return 0;
}
