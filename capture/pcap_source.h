// Packets out of classic pcap bytes (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds.
#pragma once

#include "capture/capture_reader.h"

namespace fulcrum::capture {

class PcapSource : public PacketSource {
public:
    static bool is_pcap(std::span<const std::uint8_t> bytes); // by the magic number
    static Result<std::unique_ptr<PcapSource>> open(std::span<const std::uint8_t> bytes);
    Result<bool> next(ReadPacket& into) override;

private:
    PcapSource() = default;
    std::span<const std::uint8_t> bytes_;
    std::uint64_t offset_ = 0;
    ByteOrder order_;
    std::int64_t fraction_ns_ = 1000; // of one unit of the fraction field
};

} // namespace fulcrum::capture
