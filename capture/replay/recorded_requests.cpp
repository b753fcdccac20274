#include "capture/replay/recorded_requests.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "capture/digest/http_exchanges.h"
#include "engine/base/byte_order.h"

namespace fulcrum::capture {
namespace {

// A stream as one interface saw it.
using Place = std::pair<std::uint32_t, std::uint32_t>; // stream, interface

class Collector {
public:
    explicit Collector(const CaptureFile& file, const std::vector<HttpExchange>& exchanges)
        : file_(file), reading_(file) {
        const auto& messages = reading_.index().http().messages();
        for (const HttpExchange& exchange : exchanges) {
            const auto& request = messages[exchange.request];
            exchanges_[{request.stream, request.interface}].push_back(&exchange);
        }
    }

    void collect(const LadderRequest& request, RecordedRequests& out) {
        if (!request.is_http || request.legs.empty() || request.legs.front().request.empty()) {
            return;
        }
        const Sighting& seen = request.legs.front().request.front();
        const auto& record = file_.record(seen.packet);
        const Place place{record.stream, record.interface};
        const auto& messages = reading_.index().http().messages();
        const auto& there = exchanges_[place];
        // One after the other on a connection: those that ended before need not be looked at again.
        const auto first =
            std::partition_point(there.begin(), there.end(), [&](const HttpExchange* exchange) {
                return messages[exchange->request].last_packet < seen.packet;
            });
        const auto at = std::find_if(first, there.end(), [&](const HttpExchange* exchange) {
            const auto& message = messages[exchange->request];
            return message.first_packet <= seen.packet && seen.packet <= message.last_packet &&
                   !taken_.contains(exchange->request);
        });
        auto bytes = at == there.end() ? std::nullopt : bytes_of(messages[(*at)->request]);
        if (!bytes) {
            ++out.incomplete;
            return;
        }
        taken_.insert((*at)->request);
        RecordedRequest one;
        one.time_ns = (*at)->began_ns;
        one.connection =
            connections_.try_emplace(place, static_cast<std::uint32_t>(connections_.size())).first->second;
        one.node = seen.node;
        one.server = seen.destination;
        one.method = request.method;
        one.target = request.target;
        one.bytes = std::move(*bytes);
        if ((*at)->response) {
            if (auto answer = bytes_of(messages[*(*at)->response])) {
                one.answer = std::move(*answer);
                one.latency_ns = (*at)->waited_ns.value_or(0);
            }
        }
        out.requests.push_back(std::move(one));
    }

private:
    // Its segments put together by their sequence numbers; nothing when a byte is missing.
    std::optional<std::string> bytes_of(const HttpMessage& message) {
        if (!message.complete || message.bytes > longest_recorded_message) {
            return std::nullopt;
        }
        std::string bytes(message.bytes, '\0');
        std::vector<bool> there(message.bytes, false);
        std::size_t missing = message.bytes;
        for (std::uint32_t i = message.first_packet; i <= message.last_packet && missing > 0; ++i) {
            const auto& record = file_.record(i);
            const bool from_b = (record.flags & PacketRecord::from_b) != 0;
            if (record.stream != message.stream || record.interface != message.interface ||
                from_b != message.from_b) {
                continue;
            }
            reading_.layers(i, layers_, scratch_);
            const auto* tcp = layers_.last(Protocol::tcp);
            if (tcp == nullptr || tcp->bytes.size() < 20) {
                continue;
            }
            const auto payload = tcp->payload();
            const auto begin = static_cast<std::int32_t>(load_be32(tcp->bytes.data() + 4) - message.sequence);
            for (std::size_t n = 0; n < payload.size(); ++n) {
                const auto at = std::int64_t{begin} + static_cast<std::int64_t>(n);
                if (at >= 0 && at < std::int64_t{message.bytes} && !there[static_cast<std::size_t>(at)]) {
                    there[static_cast<std::size_t>(at)] = true;
                    bytes[static_cast<std::size_t>(at)] = static_cast<char>(payload[n]);
                    --missing;
                }
            }
        }
        return missing == 0 ? std::optional(std::move(bytes)) : std::nullopt;
    }

    const CaptureFile& file_;
    CaptureFile::Reading reading_;
    std::map<Place, std::vector<const HttpExchange*>> exchanges_;
    std::map<Place, std::uint32_t> connections_;
    std::set<std::uint32_t> taken_;
    Layers layers_;
    std::vector<std::uint8_t> scratch_;
};

} // namespace

RecordedRequests recorded_requests(const CaptureFile& file) {
    const auto ladder = make_ladder({{&file, ""}}, {});
    const auto exchanges = find_exchanges(file);
    RecordedRequests out;
    Collector collector(file, exchanges);
    for (const LadderRequest& request : ladder.requests) {
        collector.collect(request, out);
    }
    std::stable_sort(out.requests.begin(), out.requests.end(),
                     [](const auto& a, const auto& b) { return a.time_ns < b.time_ns; });
    return out;
}

} // namespace fulcrum::capture
