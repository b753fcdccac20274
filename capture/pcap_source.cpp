#include "capture/pcap_source.h"

#include <fmt/format.h>

#include "engine/base/byte_order.h"

namespace fulcrum::capture {
namespace {

constexpr std::size_t header_bytes = 24;
constexpr std::uint32_t magic_micro = 0xa1b2c3d4;
constexpr std::uint32_t magic_nano = 0xa1b23c4d;
constexpr std::uint32_t magic_patched = 0xa1b2cd34; // micro, with 8 more bytes in each record header

bool is_magic(std::uint32_t word) {
    return word == magic_micro || word == magic_nano || word == magic_patched;
}

} // namespace

bool PcapSource::is_pcap(std::span<const std::uint8_t> bytes) {
    if (bytes.size() < 4) {
        return false;
    }
    const auto magic = load_be32(bytes.data());
    const auto swapped = __builtin_bswap32(magic);
    return is_magic(magic) || is_magic(swapped);
}

std::size_t PcapSource::record_header_bytes(std::span<const std::uint8_t> bytes) {
    const auto magic = load_be32(bytes.data());
    return magic == magic_patched || __builtin_bswap32(magic) == magic_patched ? 24 : 16;
}

Result<std::unique_ptr<PcapSource>> PcapSource::open(std::span<const std::uint8_t> bytes) {
    if (bytes.size() < header_bytes) {
        return damaged_at(0, "the file ends inside the pcap header");
    }
    std::unique_ptr<PcapSource> source(new PcapSource);
    const auto magic = load_be32(bytes.data());
    source->order_.big = is_magic(magic);
    source->fraction_ns_ = source->order_.load32(bytes.data()) == magic_nano ? 1 : 1000;
    CaptureInterface interface;
    interface.snaplen_bytes = source->order_.load32(bytes.data() + 16);
    // The upper bits of this word tell about the frame check sequence.
    interface.link_type = static_cast<std::uint16_t>(source->order_.load32(bytes.data() + 20));
    interface.resolution = source->fraction_ns_ == 1 ? 9 : 6;
    source->interfaces_.push_back(std::move(interface));
    source->sections_.push_back({.big_endian = source->order_.big});
    source->record_bytes_ = record_header_bytes(bytes);
    source->bytes_ = bytes;
    source->offset_ = header_bytes;
    return source;
}

Result<bool> PcapSource::next(ReadPacket& into) {
    const auto left = bytes_.size() - offset_;
    if (left == 0) {
        return false;
    }
    if (left < record_bytes_) {
        wants_more_ = true;
        return damaged_at(offset_, "the file ends inside a record header");
    }
    const auto* record = bytes_.data() + offset_;
    const auto captured = order_.load32(record + 8);
    if (captured > left - record_bytes_) {
        wants_more_ = captured <= longest_awaited_bytes;
        return damaged_at(offset_, fmt::format("a packet of {} bytes with {} left in the file", captured,
                                               left - record_bytes_));
    }
    into = {};
    into.packet.time_ns = std::int64_t{order_.load32(record)} * 1'000'000'000 +
                          std::int64_t{order_.load32(record + 4)} * fraction_ns_;
    into.packet.original_bytes = order_.load32(record + 12);
    into.packet.bytes = bytes_.subspan(static_cast<std::size_t>(offset_) + record_bytes_, captured);
    into.offset = offset_;
    offset_ += record_bytes_ + captured;
    return true;
}

} // namespace fulcrum::capture
