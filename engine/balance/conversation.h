// Health checks that need a whole TCP connection (SPEC M6: tcp full open, http). The prober keeps the time
// and the verdicts; whoever has a TCP holds the conversations.
#pragma once

#include <cstdint>
#include <string>

#include "engine/balance/health_tracker.h"
#include "engine/balance/server_way.h"
#include "engine/base/clock.h"
#include "engine/stack/ip_stack.h"

namespace fulcrum::balance {

struct Question {
    std::uint16_t port = 0; // our own: what the conversation is known by
    stack::VrfId vrf;
    std::uint32_t source = 0; // host order
    ServerWay way;
    std::uint16_t server_port = 0;
    engine::ProxyProtocol proxy = engine::ProxyProtocol::off; // what opens the service's connections
    const engine::HealthConfig* check = nullptr; // tcp or http; lives until the conversation is over
};

class AnswerTaker {
public:
    virtual ~AnswerTaker() = default;
    // `detail`: what was wrong, e.g. "status 500"; empty when the result says it all.
    virtual void conversation_over(std::uint16_t port, ProbeResult result, const std::string& detail,
                                   Instant now) = 0;
};

class Conversations {
public:
    virtual ~Conversations() = default;
    virtual void ask(const Question& question, Instant now) = 0;
    virtual void give_up(std::uint16_t port, Instant now) = 0; // nobody waits for the answer any more
    // A segment from a server to `port`; true when it was for a conversation.
    virtual bool process(const stack::Packet& packet, std::uint16_t port, Instant now) = 0;
};

} // namespace fulcrum::balance
