#include "capture/decode/tls.h"

#include <algorithm>

#include "capture/decode/application.h"
#include "engine/base/byte_order.h"

namespace fulcrum::capture {

std::optional<TlsRecord> TlsWalk::next() {
    const auto rest = payload_.subspan(at_);
    if (!starts_tls(rest)) {
        return std::nullopt;
    }
    TlsRecord record{rest[0], load_be16(rest.data() + 1), load_be16(rest.data() + 3), at_, {}};
    record.content = rest.subspan(5, std::min<std::size_t>(record.length, rest.size() - 5));
    at_ += 5 + record.content.size();
    return record;
}

std::optional<TlsHandshake> TlsHandshakeWalk::next() {
    const auto rest = content_.subspan(at_);
    if (rest.size() < 4) {
        return std::nullopt;
    }
    TlsHandshake handshake{rest[0], load_be32(rest.data()) & 0xffffff, at_, {}};
    const bool known = handshake.type <= 24 && handshake.type != 10 && handshake.length <= 0x20000;
    if (!known || (at_ > 0 && handshake.length > rest.size() - 4)) {
        return std::nullopt; // encrypted
    }
    handshake.body = rest.subspan(4, std::min<std::size_t>(handshake.length, rest.size() - 4));
    at_ += 4 + handshake.body.size();
    return handshake;
}

std::optional<TlsHello> parse_tls_hello(const TlsHandshake& handshake) {
    const auto body = handshake.body;
    const bool client = handshake.type == 1;
    if ((!client && handshake.type != 2) || body.size() < 35) {
        return std::nullopt;
    }
    TlsHello hello;
    hello.version = load_be16(body.data());
    std::size_t at = 34; // version, random
    at += 1 + std::size_t{body[at]};
    // A vector with a length in front of `bytes` bytes: moves behind the length; none when it does not fit.
    const auto vector = [&](std::size_t bytes) -> std::optional<std::size_t> {
        if (at + bytes > body.size()) {
            return std::nullopt;
        }
        const std::size_t length = bytes == 1 ? body[at] : load_be16(body.data() + at);
        at += bytes;
        return at + length <= body.size() ? std::optional(length) : std::nullopt;
    };
    if (client) {
        const auto suites = vector(2);
        if (!suites) {
            return hello;
        }
        hello.cipher_suites = *suites / 2;
        at += *suites;
        const auto compressions = vector(1);
        if (!compressions) {
            return hello;
        }
        at += *compressions;
    } else {
        hello.cipher_suites = 1;
        at += 3;
    }
    const auto extensions = vector(2);
    if (!extensions) {
        return hello;
    }
    const auto end = at + *extensions;
    while (end - at >= 4 && at + 4 <= end) {
        const auto type = load_be16(body.data() + at);
        const std::size_t length = load_be16(body.data() + at + 2);
        at += 4;
        if (length > end - at) {
            break;
        }
        // server_name (RFC 6066 section 3): a list, of which the first host name counts.
        if (type == 0 && client && length >= 5 && body[at + 2] == 0) {
            const std::size_t name = load_be16(body.data() + at + 3);
            if (name <= length - 5) {
                hello.server_name = text_of(body.subspan(at + 5, name));
                hello.server_name_offset = at + 5;
            }
        }
        at += length;
    }
    return hello;
}

} // namespace fulcrum::capture
