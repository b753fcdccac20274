// A whole server connection from hostile bytes, divided by the bytes themselves: the first byte of each piece
// says how long it is. Whatever comes, the bounds hold and the connection ends or goes on, never both.
#include <cstdint>
#include <cstdlib>

#include "ends/http_connection.h"

using namespace fulcrum;
using namespace fulcrum::ends;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    HttpSite site{"server1", "", 0};
    {
        HttpConnection connection(site, "172.16.1.10:40000", "10.1.1.10:80");
        Instant now{};
        std::string_view rest(reinterpret_cast<const char*>(data), size);
        while (!rest.empty()) {
            const auto length = static_cast<std::size_t>(static_cast<unsigned char>(rest.front())) * 4;
            rest.remove_prefix(1);
            const auto piece = rest.substr(0, length);
            rest.remove_prefix(piece.size());
            if (connection.wants_input()) {
                connection.process_input(piece, now);
            }
            if (connection.text().size() > HttpConnection::echo_limit_bytes * 7) {
                std::abort(); // not bounded
            }
            now += std::chrono::minutes(30);
            connection.process_time(now);
            connection.sent(connection.text().size() + connection.pattern_left(), now);
        }
        connection.process_end(now);
        for (int i = 0; i < 100'000 && connection.has_output(); ++i) {
            connection.sent(connection.text().size() + connection.pattern_left(), now);
        }
        if (connection.has_output()) {
            std::abort(); // an answer that never ends
        }
    }
    if (site.echo_held_bytes != 0) {
        std::abort(); // memory accounted to nobody
    }
    return 0;
}
