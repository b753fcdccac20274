#include "capture/capture_reader.h"

#include "capture/pcap_source.h"
#include "capture/pcapng_source.h"
#include "engine/base/byte_order.h"

namespace fulcrum::capture {

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
    return damaged_at(0, "neither pcap nor pcapng");
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
