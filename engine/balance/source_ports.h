// Source ports towards servers: per source address, server address and server port each port once (SPEC M12:
// 64k × source addresses × server endpoints). Which ports are taken is known to whoever owns the connections;
// this only walks the range fairly and says when it is exhausted.
#pragma once

#include <cstdint>
#include <optional>
#include <random>

#include "engine/balance/flow_key.h"
#include "engine/control/config.h"
#include "engine/stack/flat_map.h"

namespace fulcrum::balance {

class SourcePorts {
public:
    explicit SourcePorts(std::uint64_t seed) : dice_(seed) {}
    void set_range(engine::PortRange range) { range_ = range; }

    // A port for which is_free(port) holds; none when all are taken. One call looks at all of them at most, a
    // typical one at a single one. `out`: the key of what the server sends, its destination port open.
    template <class IsFree>
    std::optional<std::uint16_t> take(const FlowKey& out, IsFree&& is_free) {
        Use& use = uses_[key_of(out)];
        const std::uint32_t size = range_.count();
        if (use.taken >= size) {
            return std::nullopt;
        }
        if (!use.started) {
            use.started = true;
            use.next = static_cast<std::uint32_t>(dice_()); // RFC 6056: not where everybody starts
        }
        for (std::uint32_t i = 0; i < size; ++i) {
            const auto port = static_cast<std::uint16_t>(range_.first + use.next++ % size);
            if (is_free(port)) {
                ++use.taken;
                return port;
            }
        }
        return std::nullopt;
    }
    void give_back(const FlowKey& out) {
        if (Use* use = uses_.find(key_of(out)); use != nullptr && use->taken > 0) {
            --use->taken;
        }
    }

private:
    struct Key {
        std::uint32_t source = 0, server = 0;
        std::uint16_t port = 0, vrf = 0;
        std::uint8_t protocol = 0;
        bool operator==(const Key&) const = default;
    };
    static Key key_of(const FlowKey& out) {
        return {out.destination, out.source, out.source_port, out.vrf, out.protocol};
    }
    struct Hash {
        std::size_t operator()(const Key& k) const {
            return stack::mix_bits((std::uint64_t{k.source} << 32) ^ k.server ^
                                   (std::uint64_t{k.port} << 48)) ^
                   stack::mix_bits((std::uint64_t{k.vrf} << 8) | k.protocol);
        }
    };
    struct Use {
        std::uint32_t taken = 0, next = 0;
        bool started = false;
    };
    engine::PortRange range_;
    std::mt19937_64 dice_;
    stack::FlatMap<Key, Use, Hash> uses_;
};

} // namespace fulcrum::balance
