#include "capture/digest/http_exchanges.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

#include "capture/decode/application.h"
#include "engine/base/byte_order.h"

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

// One connection at one interface.
struct Connection {
    std::deque<std::size_t> waiting;          // exchanges without an answer, oldest first
    std::optional<std::uint32_t> answers_end; // sequence number behind the last answer
};

// What the sender of a message had received by then: the other side's next sequence number.
std::optional<std::uint32_t> acknowledged_by(const CaptureFile::Reading& reading,
                                             const HttpMessage& message) {
    Layers layers;
    std::vector<std::uint8_t> scratch;
    reading.layers(message.first_packet, layers, scratch);
    const Layer* tcp = layers.last(Protocol::tcp);
    return tcp != nullptr && tcp->bytes.size() >= 20 ? std::optional(load_be32(tcp->bytes.data() + 8))
                                                     : std::nullopt;
}

// An answer that does not begin where the one before ended: others between are not in the capture, and their
// requests stay without. This one's is the one that was sent when everything before it had been received.
void pass_over_lost(const CaptureFile::Reading& reading, const std::vector<HttpExchange>& found,
                    const HttpMessage& answer, std::deque<std::size_t>& waiting) {
    const auto& messages = reading.index().http().messages();
    const auto asked = std::find_if(waiting.begin(), waiting.end(), [&](std::size_t exchange) {
        return acknowledged_by(reading, messages[found[exchange].request]) == answer.sequence;
    });
    if (asked != waiting.end()) {
        waiting.erase(waiting.begin(), asked);
    }
}

} // namespace

std::vector<HttpExchange> find_exchanges(const CaptureFile& file, const std::atomic<bool>* cancelled) {
    std::vector<HttpExchange> found;
    std::unordered_map<std::uint64_t, Connection> open; // by stream and interface
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
            auto& [waiting, answers_end] = open[(std::uint64_t{message.stream} << 32) | message.interface];
            const PacketRecord& first = file.record(message.first_packet);
            if (!message.response) {
                waiting.push_back(found.size());
                found.push_back(
                    {static_cast<std::uint32_t>(next), std::nullopt, first.time_ns, std::nullopt});
                continue;
            }
            const bool in_line =
                std::exchange(answers_end, message.sequence + message.bytes) == message.sequence;
            if (!waiting.empty() && !is_interim(http, message, scratch)) {
                if (!in_line && waiting.size() > 1) {
                    pass_over_lost(reading, found, message, waiting);
                }
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
