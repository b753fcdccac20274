// Packets out of classic pcap bytes (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds, and
// the variant of old patched kernels whose records say an interface (magic number a1b2cd34).
#pragma once

#include "capture/capture_reader.h"

namespace fulcrum::capture {

class PcapSource : public PacketSource {
public:
    static bool is_pcap(std::span<const std::uint8_t> bytes);                    // by the magic number
    static std::size_t record_header_bytes(std::span<const std::uint8_t> bytes); // is_pcap() must hold
    static Result<std::unique_ptr<PcapSource>> open(std::span<const std::uint8_t> bytes);
    Result<bool> next(ReadPacket& into) override;
    void extend(std::span<const std::uint8_t> bytes) override { bytes_ = bytes; }
    bool wants_more() const override { return wants_more_; }

private:
    PcapSource() = default;
    std::span<const std::uint8_t> bytes_;
    std::size_t record_bytes_ = 16;
    ByteOrder order_;
    std::int64_t fraction_ns_ = 1000; // of one unit of the fraction field
    bool wants_more_ = false;
};

} // namespace fulcrum::capture
