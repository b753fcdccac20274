#include "engine/proxy/health_conversations.h"

#include <algorithm>

#include "engine/http/proxy_protocol.h"
#include "engine/proxy/arrived_segment.h"

namespace fulcrum::proxy {

using balance::ProbeResult;
using engine::HealthKind;

namespace {
constexpr std::uint32_t header_bytes = 40;
constexpr std::uint32_t read_bytes = 65536;
} // namespace

HealthConversations::Conversation::Conversation(const balance::Question& q, std::uint16_t mss_bytes)
    : question(q), settings{.mss_bytes = mss_bytes,
                            .receive_limit_max = 256U << 10,
                            .time_wait = Duration{0}},
      connection(settings), check(http::make_http_check(*q.check)) {
    if (q.check->kind == HealthKind::http) {
        judge = std::make_unique<http::CheckJudge>(check);
    }
}

void HealthConversations::ask(const balance::Question& question, Instant now) {
    const std::uint32_t server = question.way.server;
    const auto hop = paths_.stack().route(question.vrf, IpAddress::v4(server));
    const stack::InterfaceSettings* interface = hop ? paths_.stack().interface(hop->egress) : nullptr;
    const std::uint32_t link = interface == nullptr ? 1500 : interface->mtu_bytes;
    const std::uint32_t mtu = paths_.path_mtu_bytes(question.vrf, server, link, now) -
                              balance::tunnel_overhead_bytes(question.way.tunnel);
    auto& slot = open_[question.port];
    slot = std::make_unique<Conversation>(question,
                                          static_cast<std::uint16_t>(std::max(mtu, 68U) - header_bytes));
    const tcp::Endpoints ends = ends_of(question);
    slot->connection.open_active(secrets_.initial_sequence(ends, now), secrets_.timestamp_offset(ends), now);
    advance(*slot, now);
}

void HealthConversations::give_up(std::uint16_t port, Instant now) {
    const auto found = open_.find(port);
    if (found == open_.end()) {
        return;
    }
    found->second->told = true;
    found->second->connection.abort(now);
    advance(*found->second, now);
    open_.erase(found);
}

bool HealthConversations::process(const stack::Packet& packet, std::uint16_t port, Instant now) {
    const auto found = open_.find(port);
    if (found == open_.end()) {
        return false;
    }
    const balance::Question& question = found->second->question;
    if (question.way.asked != packet.ip.source_value() || question.source != packet.ip.destination_value() ||
        question.server_port != load_be16(packet.ip.payload().data()) || question.vrf != packet.vrf) {
        return false;
    }
    auto segment = arrived_segment(packet, buffers_, paths_.stack().drops());
    if (segment) {
        found->second->connection.process_segment(std::move(*segment), now);
        if (advance(*found->second, now)) {
            open_.erase(found);
        }
    }
    return true;
}

bool HealthConversations::advance(Conversation& c, Instant now) {
    tcp::Connection& connection = c.connection;
    if (!c.asked && connection.is_open()) {
        c.asked = true;
        if (c.question.proxy != engine::ProxyProtocol::off) { // the check speaks for itself: LOCAL or UNKNOWN
            const bool v1 = c.question.proxy == engine::ProxyProtocol::v1;
            const auto header =
                http::emit_proxy_header(v1 ? http::ProxyVersion::v1 : http::ProxyVersion::v2, std::nullopt);
            connection.push(buffers_.copy(header.span()));
        }
        if (c.judge == nullptr) { // it answers: that is all there is to know
            tell(c, ProbeResult::answered, {}, now);
        } else {
            const std::string request = http::emit_check_request(c.check, IpAddress::v4(c.question.way.asked),
                                                                 c.question.server_port);
            connection.push(
                buffers_.copy({reinterpret_cast<const std::uint8_t*>(request.data()), request.size()}));
        }
    }
    if (c.judge != nullptr && c.asked && !c.told) {
        judge(c, now);
    }
    while (c.told && connection.readable() > 0) {
        connection.read(read_bytes);
    }
    if (connection.is_over() && !c.told) {
        const bool refused =
            connection.end() == tcp::End::refused || connection.end() == tcp::End::reset_by_peer;
        tell(c, refused ? ProbeResult::refused : ProbeResult::lost, {}, now);
    }
    if (c.told && connection.is_open()) {
        connection.close();
    }
    sender_.aim(ends_of(c.question), c.question.way, c.hop, now);
    connection.flush(sender_, now);
    return c.told && (connection.is_over() || connection.state() == tcp::State::time_wait);
}

void HealthConversations::judge(Conversation& c, Instant now) {
    using Verdict = http::CheckJudge::Verdict;
    Verdict verdict = c.judge->verdict();
    while (c.connection.readable() > 0 && verdict == Verdict::pending) {
        verdict = c.judge->feed(c.connection.read(read_bytes).bytes());
    }
    if (verdict == Verdict::pending && c.connection.peer_finished()) {
        verdict = c.judge->finished();
    }
    if (verdict != Verdict::pending) {
        tell(c, verdict == Verdict::good ? ProbeResult::answered : ProbeResult::wrong_answer,
             c.judge->reason(), now);
    }
}

void HealthConversations::tell(Conversation& c, ProbeResult result, const std::string& detail, Instant now) {
    c.told = true;
    taker_.conversation_over(c.question.port, result, detail, now);
}

void HealthConversations::poll(Instant now) {
    for (auto it = open_.begin(); it != open_.end();) {
        Conversation& c = *it->second;
        bool over = false;
        if (now >= c.connection.next_deadline()) {
            c.connection.process_deadline(now);
            over = advance(c, now);
        }
        it = over ? open_.erase(it) : std::next(it);
    }
}

Instant HealthConversations::next_deadline() const {
    Instant next = Instant::max();
    for (const auto& [port, conversation] : open_) {
        next = std::min(next, conversation->connection.next_deadline());
    }
    return next;
}

} // namespace fulcrum::proxy
