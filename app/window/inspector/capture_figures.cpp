#include "app/window/inspector/capture_figures.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <set>

#include "app/window/qt_text.h"
#include "capture/decode/application.h"
#include "capture/digest/http_exchanges.h"

namespace fulcrum::window {

namespace {

Percentiles percentiles_of(std::vector<double> values) {
    if (values.empty()) {
        return {};
    }
    std::sort(values.begin(), values.end());
    const auto at = [&](double percent) { // the smallest that so many percent do not exceed
        const double rank = std::ceil(percent / 100 * static_cast<double>(values.size()));
        return values[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
    };
    return {at(50), at(90), at(99)};
}

capture::Bytes bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

AskedRequest read_request(const capture::HttpExchange& exchange,
                          const capture::CaptureFile::Reading& reading) {
    const auto& http = reading.index().http();
    const capture::HttpMessage& message = http.messages()[exchange.request];
    AskedRequest asked;
    asked.interface = to_q(reading.interfaces()[message.interface].name);
    asked.packet = message.last_packet;
    std::string scratch;
    if (const auto head = http.head(message, scratch); capture::starts_http(bytes_of(head))) {
        const auto start = capture::http_start(head);
        asked.text = QStringLiteral("%1 %2%3").arg(
            to_q(start.method), to_q(capture::http_field(head, "host").value_or("")), to_q(start.uri));
    }
    if (exchange.response) {
        const capture::HttpMessage& response = http.messages()[*exchange.response];
        const auto head = http.head(response, scratch);
        asked.status = capture::starts_http(bytes_of(head)) ? capture::http_start(head).code : 0;
        asked.answer_bytes = response.bytes;
    }
    if (exchange.waited_ns) {
        asked.waited_ms = static_cast<double>(*exchange.waited_ns) / 1e6;
    }
    return asked;
}

void add_packets(const capture::CaptureFile& file, CaptureFigures& into) {
    std::optional<std::int64_t> first, last;
    for (std::size_t i = 0; i < file.size(); ++i) {
        const capture::PacketRecord& record = file.record(i);
        into.bytes += record.original;
        if ((record.flags & capture::PacketRecord::no_time) == 0) {
            first = std::min(first.value_or(record.time_ns), record.time_ns);
            last = std::max(last.value_or(record.time_ns), record.time_ns);
        }
    }
    into.packets = static_cast<double>(file.size());
    into.duration_s = first ? static_cast<double>(*last - *first) / 1e9 : 0;
}

void add_connections(const capture::CaptureFile::Reading& reading, CaptureFigures& into) {
    for (const auto& interface : reading.interfaces()) {
        into.drops += static_cast<double>(interface.dropped.value_or(0));
    }
    const auto& streams = reading.index().tcp();
    const auto& talks = reading.index().conversations(capture::ConversationKind::tcp);
    std::vector<double> handshakes;
    for (std::size_t i = 0; i < talks.size(); ++i) {
        if (!talks[i].has_frames()) {
            continue; // only quoted by ICMP errors
        }
        const capture::TcpStream& stream = streams[i];
        into.resets += capture::state_of(stream) == capture::StreamState::reset ? 1 : 0;
        into.retransmissions += stream.retransmissions;
        into.tcp_connections += 1;
        if (stream.round_trip_ns > 0) {
            handshakes.push_back(static_cast<double>(stream.round_trip_ns) / 1e6);
        }
    }
    into.handshake_ms = percentiles_of(std::move(handshakes));
    const auto& datagrams = reading.index().conversations(capture::ConversationKind::udp);
    for (std::size_t i = 0; i < datagrams.size(); ++i) {
        into.udp_conversations += datagrams[i].has_frames() ? 1 : 0;
    }
}

} // namespace

CaptureFigures figures_of(const capture::CaptureFile& file, const std::atomic<bool>* cancelled) {
    CaptureFigures figures;
    add_packets(file, figures);
    const auto exchanges = capture::find_exchanges(file, cancelled);
    const capture::CaptureFile::Reading reading(file);
    add_connections(reading, figures);
    std::vector<double> waited;
    for (const capture::HttpExchange& exchange : exchanges) {
        AskedRequest asked = read_request(exchange, reading);
        ++figures.statuses[asked.status];
        if (asked.waited_ms) {
            waited.push_back(*asked.waited_ms);
        }
        figures.requests.push_back(std::move(asked));
    }
    figures.answer_ms = percentiles_of(std::move(waited));
    return figures;
}

bool RequestPair::differs() const {
    return left == nullptr || right == nullptr || left->status != right->status ||
           left->answer_bytes != right->answer_bytes;
}

std::vector<RequestPair> pair_requests(const CaptureFigures& left, const CaptureFigures& right) {
    std::set<QString> left_names, common;
    for (const AskedRequest& asked : left.requests) {
        left_names.insert(asked.interface);
    }
    for (const AskedRequest& asked : right.requests) {
        if (left_names.contains(asked.interface)) {
            common.insert(asked.interface);
        }
    }
    const auto key = [&](const AskedRequest& asked) {
        return std::pair(common.empty() ? QString() : asked.interface, asked.text);
    };
    std::map<std::pair<QString, QString>, std::deque<const AskedRequest*>> waiting;
    for (const AskedRequest& asked : right.requests) {
        waiting[key(asked)].push_back(&asked);
    }
    std::vector<RequestPair> pairs;
    std::set<const AskedRequest*> taken;
    for (const AskedRequest& asked : left.requests) {
        auto& partners = waiting[key(asked)];
        pairs.push_back({&asked, partners.empty() ? nullptr : partners.front()});
        if (!partners.empty()) {
            taken.insert(partners.front());
            partners.pop_front();
        }
    }
    for (const AskedRequest& asked : right.requests) {
        if (!taken.contains(&asked)) {
            pairs.push_back({nullptr, &asked});
        }
    }
    return pairs;
}

} // namespace fulcrum::window
