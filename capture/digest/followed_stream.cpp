#include "capture/digest/followed_stream.h"

#include <algorithm>
#include <map>

#include "capture/decode/application.h"
#include "engine/base/byte_order.h"
#include "engine/wire/tcp.h"

namespace fulcrum::capture {

namespace {

constexpr std::size_t records_at_once = 65'536; // looked at between two moments at which the loader gets in
constexpr std::size_t most_waiting = 4 * 1024 * 1024; // bytes that came too early, by direction

// What is said next: by which side, which packet brought its first byte, and how much before it is missing.
using Say = std::function<void(bool from_b, std::string_view text, std::uint32_t packet, std::uint64_t lost)>;

// One direction of a TCP stream being put in order. Places are 64 bits wide: sequence numbers counted on from
// the first one, so that streams of more than 4 GB go on.
class OrderedBytes {
public:
    explicit OrderedBytes(bool from_b) : from_b_(from_b) {}

    void take(std::uint32_t sequence, bool syn, Bytes payload, std::uint32_t packet, const Say& say) {
        if (!begun_) {
            next_ = place(sequence) + (syn ? 1 : 0);
            begun_ = true;
        }
        const std::uint64_t begin = place(sequence) + (syn ? 1 : 0);
        if (payload.empty() || begin + payload.size() <= next_) {
            return; // nothing new: seen before
        }
        if (begin > next_) {
            if (waiting_bytes_ + payload.size() <= most_waiting) {
                auto& early = waiting_[begin];
                if (early.bytes.size() < payload.size()) {
                    waiting_bytes_ += payload.size() - early.bytes.size();
                    early = {std::string(text_of(payload)), packet};
                }
            }
            return;
        }
        const auto seen = static_cast<std::size_t>(next_ - begin);
        tell(text_of(payload.subspan(seen)), packet, 0, say);
        catch_up(say);
    }

    // The other end has everything before `acknowledgement`: what is missing there will not come any more.
    void acknowledged(std::uint32_t acknowledgement, const Say& say) {
        if (begun_ && !waiting_.empty() && place(acknowledgement) > next_) {
            while (!waiting_.empty() && waiting_.begin()->first < place(acknowledgement)) {
                skip_to_waiting(say);
            }
        }
    }

    void end(const Say& say) {
        while (!waiting_.empty()) {
            skip_to_waiting(say);
        }
    }

private:
    struct Early {
        std::string bytes;
        std::uint32_t packet = 0;
    };

    // The place nearest to the next expected one that has this sequence number.
    std::uint64_t place(std::uint32_t sequence) const {
        if (!begun_) {
            return (std::uint64_t{1} << 32) + sequence;
        }
        const auto distance = static_cast<std::int32_t>(sequence - static_cast<std::uint32_t>(next_));
        return next_ + static_cast<std::uint64_t>(static_cast<std::int64_t>(distance));
    }

    void tell(std::string_view text, std::uint32_t packet, std::uint64_t lost, const Say& say) {
        next_ += text.size();
        say(from_b_, text, packet, lost);
    }

    void catch_up(const Say& say) {
        while (!waiting_.empty() && waiting_.begin()->first <= next_) {
            const auto [begin, early] = *waiting_.begin();
            waiting_bytes_ -= early.bytes.size();
            waiting_.erase(waiting_.begin());
            if (begin + early.bytes.size() > next_) {
                tell(std::string_view(early.bytes).substr(static_cast<std::size_t>(next_ - begin)),
                     early.packet, 0, say);
            }
        }
    }

    void skip_to_waiting(const Say& say) {
        const auto [begin, early] = *waiting_.begin();
        waiting_bytes_ -= early.bytes.size();
        waiting_.erase(waiting_.begin());
        const std::uint64_t lost = begin - next_;
        next_ = begin;
        tell(early.bytes, early.packet, lost, say);
        catch_up(say);
    }

    bool from_b_;
    bool begun_ = false;
    std::uint64_t next_ = 0;
    std::map<std::uint64_t, Early> waiting_; // by place
    std::size_t waiting_bytes_ = 0;
};

// Fills in everything but what was said, which `say` gets while `found.cut` is not set.
void walk_stream(const CaptureFile& file, bool is_udp, std::uint32_t stream,
                 std::optional<std::uint32_t> interface, FollowedStream& found, const Say& say,
                 const std::atomic<bool>* cancelled) {
    OrderedBytes directions[2] = {OrderedBytes(false), OrderedBytes(true)};
    std::size_t next = 0;
    {
        const CaptureFile::Reading reading(file);
        const auto& talks =
            reading.index().conversations(is_udp ? ConversationKind::udp : ConversationKind::tcp);
        if (stream >= talks.size()) {
            return;
        }
        found.a = talks[stream].a.socket_text();
        found.b = talks[stream].b.socket_text();
        next = talks[stream].first_packet;
    }
    Layers layers;
    std::vector<std::uint8_t> scratch;
    for (const std::size_t end = file.size(); next < end && (cancelled == nullptr || !*cancelled);) {
        const CaptureFile::Reading reading(file);
        for (const std::size_t stop = std::min(end, next + records_at_once); next < stop; ++next) {
            const PacketRecord& record = file.record(next);
            if (record.stream != stream || ((record.flags & PacketRecord::is_udp) != 0) != is_udp) {
                continue;
            }
            if (std::find(found.interfaces.begin(), found.interfaces.end(), record.interface) ==
                found.interfaces.end()) {
                found.interfaces.push_back(record.interface);
                found.interface_names.push_back(reading.interfaces()[record.interface].name);
            }
            if (record.interface != interface.value_or(found.interfaces.front())) {
                continue;
            }
            const bool from_b = (record.flags & PacketRecord::from_b) != 0;
            ++found.packets[from_b ? 1 : 0];
            reading.layers(next, layers, scratch);
            const auto* layer = layers.last(is_udp ? Protocol::udp : Protocol::tcp);
            if (layer == nullptr || found.cut) {
                continue;
            }
            const auto packet = static_cast<std::uint32_t>(next);
            if (is_udp) {
                say(from_b, text_of(layer->payload()), packet, 0);
                continue;
            }
            if (layer->bytes.size() < 20) {
                continue; // cut by the capture
            }
            const std::uint8_t* header = layer->bytes.data();
            const std::uint8_t flags = header[13];
            if ((flags & wire::tcp_flag::ack) != 0) {
                directions[from_b ? 0 : 1].acknowledged(load_be32(header + 8), say);
            }
            directions[from_b ? 1 : 0].take(load_be32(header + 4), (flags & wire::tcp_flag::syn) != 0,
                                            layer->payload(), packet, say);
        }
    }
    for (OrderedBytes& direction : directions) {
        direction.end(say);
    }
    found.interface = interface.value_or(found.interfaces.empty() ? 0 : found.interfaces.front());
}

} // namespace

FollowedStream follow_stream(const CaptureFile& file, bool is_udp, std::uint32_t stream,
                             std::optional<std::uint32_t> interface, std::size_t most_bytes,
                             const std::atomic<bool>* cancelled) {
    FollowedStream found;
    const auto keep = [&](bool from_b, std::string_view text, std::uint32_t packet, std::uint64_t lost) {
        if (found.bytes[0] + found.bytes[1] > most_bytes) {
            found.cut = true;
            return;
        }
        found.bytes[from_b ? 1 : 0] += text.size();
        auto& pieces = found.pieces;
        if (!is_udp && lost == 0 && !pieces.empty() && pieces.back().from_b == from_b) {
            pieces.back().bytes += text;
        } else {
            pieces.push_back({from_b, std::string(text), packet, lost});
        }
    };
    walk_stream(file, is_udp, stream, interface, found, keep, cancelled);
    return found;
}

void tell_stream(const CaptureFile& file, bool is_udp, std::uint32_t stream, std::uint32_t interface,
                 const std::function<bool(bool from_b, std::string_view bytes)>& told,
                 const std::atomic<bool>* cancelled) {
    FollowedStream found;
    const auto pass_on = [&](bool from_b, std::string_view text, std::uint32_t, std::uint64_t) {
        found.cut = found.cut || !told(from_b, text);
    };
    walk_stream(file, is_udp, stream, interface, found, pass_on, cancelled);
}

} // namespace fulcrum::capture
