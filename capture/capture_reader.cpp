#include "capture/capture_reader.h"

#include "capture/pcap_source.h"
#include "capture/pcapng_source.h"
#include "engine/base/byte_order.h"

namespace fulcrum::capture {

namespace {

// Of a file that is no capture, when it is plain what happened to it; empty otherwise.
std::string what_else(std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) {
        return ": it is empty";
    }
    if (bytes.size() >= 4 && load_be16(bytes.data()) == 0x1f8b) { // RFC 1952 section 2.3.1
        return ", but compressed by gzip: unpack it first (gunzip)";
    }
    if (bytes.size() >= 4 && load_be32(bytes.data()) == 0x28b52ffd) { // RFC 8878 section 3.1.1
        return ", but compressed by zstd: unpack it first (unzstd)";
    }
    return {};
}

} // namespace

Result<std::unique_ptr<PacketSource>> open_source(std::span<const std::uint8_t> bytes) {
    if (PcapSource::is_pcap(bytes)) {
        auto source = PcapSource::open(bytes);
        if (!source) {
            return tl::unexpected(source.error());
        }
        return std::unique_ptr<PacketSource>(std::move(*source));
    }
    if (bytes.size() >= 4 && load_be32(bytes.data()) == static_cast<std::uint32_t>(BlockType::section)) {
        return std::unique_ptr<PacketSource>(new PcapngSource(bytes));
    }
    return damaged_at(0, "neither pcap nor pcapng" + what_else(bytes));
}

std::optional<PacketPlace> packet_at(std::span<const std::uint8_t> file, std::uint64_t offset,
                                     std::uint32_t captured) {
    const auto take = [&](std::size_t header) -> std::optional<PacketPlace> {
        if (offset > file.size() || file.size() - offset < header ||
            file.size() - offset - header < captured) {
            return std::nullopt;
        }
        return PacketPlace{file.subspan(static_cast<std::size_t>(offset) + header, captured), {}};
    };
    if (PcapSource::is_pcap(file)) {
        return take(PcapSource::record_header_bytes(file));
    }
    // The types of the blocks that hold packets are small: where their one byte stands is the section's byte
    // order.
    if (offset > file.size() || file.size() - offset < 12) {
        return std::nullopt;
    }
    const auto* start = file.data() + offset;
    const ByteOrder order{start[0] == 0};
    const auto type = static_cast<BlockType>(order.load32(start));
    const bool simple = type == BlockType::simple_packet;
    if (!simple && type != BlockType::enhanced_packet && type != BlockType::packet) {
        return std::nullopt;
    }
    auto place = take(simple ? 12 : 28);
    const auto length = order.load32(start + 4);
    if (place && !simple && length <= file.size() - offset) {
        const auto fixed = 28 + ((std::size_t{captured} + 3) & ~std::size_t{3});
        if (length >= fixed + 4) {
            place->options =
                Options(file.subspan(static_cast<std::size_t>(offset) + fixed, length - fixed - 4), order);
        }
    }
    return place;
}

Result<CaptureReader> CaptureReader::open(const std::filesystem::path& path) {
    auto file = MappedFile::open(path);
    if (!file) {
        return tl::unexpected(file.error());
    }
    auto source = open_source(file->bytes());
    if (!source) {
        return fail(source.error(), path.string());
    }
    return CaptureReader(std::move(*file), std::move(*source), path.string());
}

Result<bool> CaptureReader::next(ReadPacket& into) {
    auto got = source_->next(into);
    return got ? got : fail(got.error(), name_);
}

} // namespace fulcrum::capture
