#include <gtest/gtest.h>

#include "engine/tcp/handshake.h"

using namespace fulcrum;
using namespace fulcrum::tcp;
using namespace std::chrono_literals;

namespace {

const Endpoints ends{0x0a000001, 0x0a000064, 40000, 80, 0};
const Settings settings;
const HandshakeSecrets secrets(HashKey{1, 2});
const Instant start{10h};

Segment syn_with(bool timestamps) {
    Segment syn;
    syn.flags = wire::tcp_flag::syn;
    syn.sequence = Sequence(7777);
    syn.window = 64240;
    syn.options.mss = 1460;
    syn.options.window_scale = 7;
    syn.options.sack_permitted = true;
    if (timestamps) {
        syn.options.timestamps = wire::TcpTimestamps{123456, 0};
    }
    return syn;
}

Segment ack_of(const HandshakeSecrets::Answer& answer) {
    Segment ack;
    ack.flags = wire::tcp_flag::ack;
    ack.sequence = Sequence(7778);
    ack.acknowledgement = answer.handshake.ours + 1;
    ack.window = 502;
    if (answer.handshake.timestamps) {
        ack.options.timestamps = wire::TcpTimestamps{123460, answer.timestamp};
    }
    return ack;
}

} // namespace

TEST(SipHash, EqualsThePapersVector) { // appendix A of the SipHash paper
    const HashKey key{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};
    std::array<std::uint8_t, 15> bytes{};
    for (std::uint8_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = i;
    }
    EXPECT_EQ(sip_hash(key, bytes), 0xa129ca6149be45e5ULL);
}

TEST(SynCookie, CarriesMssScaleAndSackThroughTheClient) { // SPEC M13, RFC 4987
    const auto answer = secrets.make_cookie(ends, syn_with(true), settings, start);
    const auto back = secrets.check_cookie(ends, ack_of(answer), settings, start + 60s);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->mss_bytes, 1460);
    EXPECT_TRUE(back->sack);
    EXPECT_TRUE(back->window_scaling);
    EXPECT_EQ(back->their_shift, 7);
    EXPECT_EQ(back->ours, answer.handshake.ours);
    EXPECT_EQ(back->theirs, Sequence(7777));
}

TEST(SynCookie, WithoutTimestampsThereIsNeitherScaleNorSack) {
    const auto answer = secrets.make_cookie(ends, syn_with(false), settings, start);
    EXPECT_FALSE(syn_ack_for(answer.handshake, settings, 0).options.window_scale);
    const auto back = secrets.check_cookie(ends, ack_of(answer), settings, start);
    ASSERT_TRUE(back);
    EXPECT_FALSE(back->sack || back->window_scaling || back->timestamps);
}

TEST(SynCookie, IsRefusedWhenOldForgedOrForSomebodyElse) {
    const auto answer = secrets.make_cookie(ends, syn_with(true), settings, start);
    EXPECT_FALSE(secrets.check_cookie(ends, ack_of(answer), settings, start + 5min));
    Endpoints other = ends;
    other.their_port ^= 1;
    EXPECT_FALSE(secrets.check_cookie(other, ack_of(answer), settings, start));
    int accepted = 0;
    for (std::uint32_t guess = 0; guess < 200'000; ++guess) {
        Segment ack = ack_of(answer);
        ack.acknowledgement = Sequence(guess * 21473U);
        accepted += secrets.check_cookie(ends, ack, settings, start).has_value() ? 1 : 0;
    }
    EXPECT_LE(accepted, 2) << "about one in 2^24 times the live ticks";
}

TEST(SynCookie, ItsTimestampIsNeverAheadOfTheClock) {
    for (int ms = 0; ms < 300; ++ms) {
        const Instant now = start + std::chrono::milliseconds(ms);
        const auto answer = secrets.make_cookie(ends, syn_with(true), settings, now);
        const auto clock =
            static_cast<std::uint32_t>(
                std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count()) +
            answer.handshake.timestamp_offset;
        EXPECT_LE(static_cast<std::int32_t>(answer.timestamp - clock), 0);
        EXPECT_LE(clock - answer.timestamp, 64U);
    }
}
