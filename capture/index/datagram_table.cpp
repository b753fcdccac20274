#include "capture/index/datagram_table.h"

#include <algorithm>
#include <cstring>

namespace fulcrum::capture {

std::size_t DatagramTable::KeyHash::operator()(const Key& key) const {
    const auto seed = hash_bytes(key.source.bytes(), (std::size_t{key.id} << 8) | key.protocol);
    return hash_bytes(key.destination.bytes(), seed);
}

bool DatagramTable::is_whole(const Open& open) {
    if (open.total == 0) {
        return false;
    }
    std::vector<std::pair<std::uint32_t, std::uint32_t>> parts;
    for (const auto& piece : open.pieces) {
        parts.emplace_back(piece.offset, piece.offset + piece.length);
    }
    std::sort(parts.begin(), parts.end());
    std::uint32_t reached = 0;
    for (const auto& [begin, end] : parts) {
        if (begin > reached) {
            return false;
        }
        reached = std::max(reached, end);
    }
    return reached >= open.total;
}

bool DatagramTable::add(const Layer& ip, const FragmentFacts& facts, std::uint32_t packet,
                        std::uint64_t file_offset) {
    // A fragment that was cut off in the capture, or reaches too far, cannot be put in.
    const auto length = static_cast<std::uint32_t>(facts.payload.size());
    if (length == 0 || ip.missing != 0 || facts.offset + std::size_t{length} > max_bytes) {
        return false;
    }
    const auto* p = ip.bytes.data();
    const bool v4 = ip.protocol == Protocol::ipv4;
    const Key key{v4 ? IpAddress::v4_bytes(p + 12) : IpAddress::v6_bytes(p + 8),
                  v4 ? IpAddress::v4_bytes(p + 16) : IpAddress::v6_bytes(p + 24), facts.id, facts.protocol};
    auto [at, fresh] = open_.try_emplace(key);
    if (fresh) {
        at->second.serial = next_serial_++;
        ages_.emplace_back(at->second.serial, key);
    }
    auto& open = at->second;
    open.pieces.push_back({file_offset, facts.offset, length, packet});
    if (!facts.more) {
        open.total = facts.offset + length;
    }
    // A datagram has at most 8,192 fragments; more are an attack on whoever sorts them.
    const bool hopeless = open.pieces.size() > max_bytes / 8 + 1;
    if (!hopeless && !is_whole(open)) {
        while (open_.size() > max_open) {
            const auto oldest = open_.find(ages_.front().second);
            if (oldest != open_.end() && oldest->second.serial == ages_.front().first) {
                open_.erase(oldest);
            }
            ages_.pop_front();
        }
        return false;
    }
    auto pieces = std::move(open.pieces);
    open_.erase(at);
    while (!ages_.empty() && ages_.size() > 2 * max_open) {
        ages_.pop_front(); // those that were completed long ago
    }
    if (hopeless) {
        return false;
    }
    whole_[packet] = std::move(pieces);
    return true;
}

const std::vector<DatagramTable::Piece>* DatagramTable::pieces(std::uint32_t packet) const {
    const auto found = whole_.find(packet);
    return found == whole_.end() ? nullptr : &found->second;
}

std::vector<std::uint8_t> DatagramTable::payload(std::uint32_t packet, Bytes file) const {
    std::vector<std::uint8_t> out;
    const auto* found = pieces(packet);
    if (found == nullptr) {
        return out;
    }
    for (const auto& piece : *found) {
        out.resize(std::max<std::size_t>(out.size(), std::size_t{piece.offset} + piece.length));
        std::memcpy(out.data() + piece.offset, file.data() + piece.file_offset, piece.length);
    }
    return out;
}

} // namespace fulcrum::capture
