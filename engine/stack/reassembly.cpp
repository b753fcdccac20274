#include "engine/stack/reassembly.h"

#include <algorithm>
#include <cstring>

#include "engine/wire/checksum.h"
#include "engine/wire/ethernet.h"

namespace fulcrum::stack {

using wire::DropReason;

namespace {

constexpr std::uint8_t ecn_mask = 3;
constexpr std::uint8_t ecn_congested = 3; // CE, RFC 3168 section 5

} // namespace

std::size_t Reassembler::KeyHash::operator()(const Key& key) const {
    return mix_bits(
        ((std::uint64_t{key.source} << 32) | key.destination) ^
        mix_bits((std::uint64_t{key.vrf} << 32) | (std::uint64_t{key.identification} << 8) | key.protocol));
}

Reassembler::Reassembler(const ReassemblyLimits& limits) : limits_(limits), slots_(limits.datagrams) {
    for (std::size_t i = limits.datagrams; i > 0; --i) {
        free_.push_back(static_cast<std::uint32_t>(i - 1));
    }
}

wire::Parsed<std::optional<device::Frame>> Reassembler::add(VrfId vrf, InterfaceId ingress,
                                                            const device::Frame& frame,
                                                            const wire::Ipv4View& ip,
                                                            device::FrameArena& arena, Instant now) {
    const Key key{ip.source_value(), ip.destination_value(), ip.identification(), vrf.value, ip.protocol()};
    const std::span<const std::uint8_t> bytes = ip.payload();
    const Piece piece{ip.fragment_offset(), static_cast<std::uint32_t>(ip.fragment_offset() + bytes.size())};

    const std::uint32_t slot = slot_for(key, now);
    Datagram& datagram = slots_[slot];
    if (datagram.given_up) {
        return wire::drop(DropReason::fragment_overlap);
    }
    if (const auto refused = store(datagram, piece, bytes, !ip.more_fragments())) {
        give_up(datagram);
        return wire::drop(*refused);
    }
    datagram.congested = datagram.congested || (ip.dscp_ecn() & ecn_mask) == ecn_congested;
    if (piece.begin == 0 && datagram.head.empty()) {
        datagram.head.assign(static_cast<const std::uint8_t*>(frame.data), bytes.data());
        datagram.ingress = ingress;
    }
    const bool whole = datagram.total != 0 && datagram.pieces.size() == 1 && datagram.pieces[0].begin == 0 &&
                       datagram.pieces[0].end == datagram.total;
    if (whole) {
        return finish(slot, arena);
    }
    while (bytes_ > limits_.bytes && age_.front() != slot) {
        ++pushed_out_;
        erase(age_.front());
    }
    return std::nullopt;
}

// Keeps the bytes of one fragment. A reason when the datagram cannot be honest, or takes too much.
std::optional<DropReason> Reassembler::store(Datagram& datagram, Piece piece,
                                             std::span<const std::uint8_t> bytes, bool last) {
    if ((datagram.total != 0 && (piece.end > datagram.total || (last && piece.end != datagram.total))) ||
        (last && piece.end < datagram.payload.size())) {
        return DropReason::fragment_overlap; // two ends
    }
    const auto next = std::find_if(datagram.pieces.begin(), datagram.pieces.end(),
                                   [&](const Piece& p) { return p.end > piece.begin; });
    if (next != datagram.pieces.end() && next->begin < piece.end) {
        const bool inside = next->begin <= piece.begin && piece.end <= next->end;
        const bool same =
            inside && std::equal(bytes.begin(), bytes.end(), datagram.payload.begin() + piece.begin);
        return same ? std::nullopt : std::optional(DropReason::fragment_overlap);
    }
    if (++datagram.fragments > limits_.fragments_per_datagram) {
        return DropReason::fragment_limit;
    }
    if (datagram.payload.size() < piece.end) {
        bytes_ += piece.end - datagram.payload.size();
        datagram.payload.resize(piece.end);
    }
    std::memcpy(datagram.payload.data() + piece.begin, bytes.data(), bytes.size());
    if (last) {
        datagram.total = piece.end;
    }
    // Join with the neighbours that it touches.
    auto at = datagram.pieces.insert(next, piece);
    if (at + 1 != datagram.pieces.end() && at->end == (at + 1)->begin) {
        at->end = (at + 1)->end;
        datagram.pieces.erase(at + 1);
    }
    if (at != datagram.pieces.begin() && (at - 1)->end == at->begin) {
        (at - 1)->end = at->end;
        datagram.pieces.erase(at);
    }
    return std::nullopt;
}

wire::Parsed<std::optional<device::Frame>> Reassembler::finish(std::uint32_t slot,
                                                               device::FrameArena& arena) {
    Datagram& datagram = slots_[slot];
    const std::size_t ip_header = datagram.head.size() - wire::ethernet_header_bytes;
    const std::size_t ip_bytes = ip_header + datagram.total;
    if (ip_bytes > 65535) {
        erase(slot);
        return wire::drop(DropReason::ipv4_bad_fragment);
    }
    const auto made = arena.take(static_cast<std::uint32_t>(datagram.head.size() + datagram.total));
    if (!made) {
        erase(slot);
        return wire::drop(DropReason::no_buffer);
    }
    std::memcpy(made->data, datagram.head.data(), datagram.head.size());
    std::memcpy(made->data + datagram.head.size(), datagram.payload.data(), datagram.total);
    std::uint8_t* ip = made->data + wire::ethernet_header_bytes;
    if (datagram.congested) {
        ip[1] |= ecn_congested;
    }
    store_be16(ip + 2, static_cast<std::uint16_t>(ip_bytes));
    store_be16(ip + 6, 0);
    store_be16(ip + 10, 0);
    store_be16(ip + 10, wire::checksum_of({ip, ip_header}));
    erase(slot);
    return *made;
}

void Reassembler::poll(Instant now) {
    constexpr std::size_t quoted_payload = 8; // RFC 792: header and 64 bits of data
    while (!age_.empty() && slots_[age_.front()].deadline <= now) {
        Datagram& datagram = slots_[age_.front()];
        ++timeouts_;
        if (!datagram.head.empty()) {
            TimedOut out{VrfId{datagram.key.vrf}, datagram.ingress, datagram.head};
            const std::size_t quoted = std::min<std::size_t>(quoted_payload, datagram.pieces.front().end);
            out.frame.insert(out.frame.end(), datagram.payload.begin(),
                             datagram.payload.begin() + static_cast<std::ptrdiff_t>(quoted));
            timed_out_.push_back(std::move(out));
        }
        erase(age_.front());
    }
}

std::uint32_t Reassembler::slot_for(const Key& key, Instant now) {
    if (const std::uint32_t* known = index_.find(key)) {
        return *known;
    }
    if (free_.empty()) {
        ++pushed_out_;
        erase(age_.front());
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    slots_[slot].key = key;
    slots_[slot].deadline = now + limits_.timeout;
    index_[key] = slot;
    age_.push_back(slot);
    return slot;
}

// Frees the memory but remembers the datagram, so that the rest of its fragments does not start a new one.
void Reassembler::give_up(Datagram& datagram) {
    bytes_ -= datagram.payload.size();
    datagram.payload = {};
    datagram.pieces = {};
    datagram.head.clear();
    datagram.given_up = true;
}

void Reassembler::erase(std::uint32_t slot) {
    bytes_ -= slots_[slot].payload.size();
    index_.erase(slots_[slot].key);
    slots_[slot] = Datagram{};
    free_.push_back(slot);
    age_.erase(std::find(age_.begin(), age_.end(), slot));
}

} // namespace fulcrum::stack
