#include "capture/digest/http_exchanges.h"

#include <algorithm>
#include <deque>
#include <unordered_map>

#include "capture/decode/application.h"

namespace fulcrum::capture {

namespace {

constexpr std::size_t messages_at_once = 4096; // between two moments at which the loader gets in

bool has_time(const PacketRecord& record) {
    return (record.flags & PacketRecord::no_time) == 0;
}

bool is_interim(const HttpTracker& http, const HttpMessage& message, std::string& scratch) {
    const auto head = http.head(message, scratch);
    const int code = starts_http({reinterpret_cast<const std::uint8_t*>(head.data()), head.size()})
                         ? http_start(head).code
                         : 0;
    return code >= 100 && code < 200 && code != 101;
}

} // namespace

std::vector<HttpExchange> find_exchanges(const CaptureFile& file, const std::atomic<bool>* cancelled) {
    std::vector<HttpExchange> found;
    // By stream and interface: exchanges without an answer, oldest first.
    std::unordered_map<std::uint64_t, std::deque<std::size_t>> open;
    std::string scratch;
    for (std::size_t next = 0; cancelled == nullptr || !*cancelled;) {
        const CaptureFile::Reading reading(file);
        const HttpTracker& http = reading.index().http();
        const auto& messages = http.messages();
        const std::size_t stop = std::min(messages.size(), next + messages_at_once);
        if (next == stop) {
            break;
        }
        for (; next < stop; ++next) {
            const HttpMessage& message = messages[next];
            auto& waiting = open[(std::uint64_t{message.stream} << 32) | message.interface];
            const PacketRecord& first = file.record(message.first_packet);
            if (!message.response) {
                waiting.push_back(found.size());
                found.push_back(
                    {static_cast<std::uint32_t>(next), std::nullopt, first.time_ns, std::nullopt});
            } else if (!waiting.empty() && !is_interim(http, message, scratch)) {
                HttpExchange& exchange = found[waiting.front()];
                waiting.pop_front();
                exchange.response = static_cast<std::uint32_t>(next);
                const PacketRecord& asked = file.record(messages[exchange.request].last_packet);
                if (has_time(asked) && has_time(first)) {
                    exchange.waited_ns = static_cast<std::int64_t>(static_cast<std::uint64_t>(first.time_ns) -
                                                                   static_cast<std::uint64_t>(asked.time_ns));
                }
            }
        }
    }
    return found;
}

} // namespace fulcrum::capture
