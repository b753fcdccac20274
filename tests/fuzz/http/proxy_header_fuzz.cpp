// Any bytes as a PROXY header: one result for all cuts, bounded, and what was read can be written and read
// again.
#include "engine/http/proxy_protocol.h"
#include "tests/fuzz/http/session_driver.h"

namespace {

using namespace fulcrum;
using namespace fulcrum::fuzz;

http::ProxyHeaderReader read(std::span<const std::uint8_t> bytes, test::Cut cut, std::size_t& used) {
    http::ProxyHeaderReader reader;
    used = 0;
    test::each_piece(
        {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, cut, [&](std::string_view piece) {
            used += reader.feed({reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size()});
        });
    return reader;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::size_t used = 0;
    const auto whole = read({data, size}, {}, used);
    demand(used <= http::ProxyHeaderReader::max_v2_bytes);
    std::size_t used_cut = 0;
    const auto cut = read({data, size}, {test::Cut::Kind::bytes}, used_cut);
    demand(whole.state() == cut.state() && used == used_cut && whole.connection() == cut.connection());
    if (whole.state() == http::ProxyHeaderReader::State::complete) {
        for (const auto version : {http::ProxyVersion::v1, http::ProxyVersion::v2}) {
            const auto again = http::emit_proxy_header(version, whole.connection());
            const auto second = read(again.span(), {}, used_cut);
            demand(second.state() == http::ProxyHeaderReader::State::complete && used_cut == again.size);
            demand(second.connection() == whole.connection());
        }
    } else {
        demand(!whole.connection());
    }
    return 0;
}
