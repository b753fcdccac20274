// Health checks over our own TCP: a full open and close, or one HTTP request and its answer.
#pragma once

#include <memory>
#include <unordered_map>

#include "engine/balance/conversation.h"
#include "engine/http/health_check.h"
#include "engine/proxy/segment_sender.h"
#include "engine/tcp/connection.h"

namespace fulcrum::proxy {

class HealthConversations final : public balance::Conversations {
public:
    // `paths` and `taker` outlive this. `key`: random.
    HealthConversations(balance::FlowPaths& paths, const tcp::HashKey& key, balance::AnswerTaker& taker)
        : paths_(paths), sender_(paths), secrets_(key), buffers_(buffer_limit), taker_(taker) {}

    void ask(const balance::Question& question, Instant now) override;
    void give_up(std::uint16_t port, Instant now) override;
    bool process(const stack::Packet& packet, std::uint16_t port, Instant now) override;

    void poll(Instant now);
    Instant next_deadline() const;

private:
    static constexpr std::size_t buffer_limit = std::size_t{16} << 20;
    struct Conversation {
        Conversation(const balance::Question& q, std::uint16_t mss_bytes);
        balance::Question question;
        tcp::Settings settings;
        tcp::Connection connection;
        balance::FlowHop hop;
        http::HttpCheck check;
        std::unique_ptr<http::CheckJudge> judge; // http
        bool asked = false;
        bool told = false; // the taker knows the result; what follows is good manners
    };
    // Moves one on and sends what there is to send; true when nothing is left of it.
    bool advance(Conversation& c, Instant now);
    void judge(Conversation& c, Instant now);
    void tell(Conversation& c, balance::ProbeResult result, const std::string& detail, Instant now);
    static tcp::Endpoints ends_of(const balance::Question& q) {
        return {q.way.asked, q.source, q.server_port, q.port, q.vrf.value};
    }

    balance::FlowPaths& paths_;
    SegmentSender sender_;
    tcp::HandshakeSecrets secrets_;
    tcp::BufferPool buffers_;
    balance::AnswerTaker& taker_;
    std::unordered_map<std::uint16_t, std::unique_ptr<Conversation>> open_; // by our port
};

} // namespace fulcrum::proxy
