// Packets out of pcapng bytes. See capture_reader.h for the contract.
#pragma once

#include "capture/capture_reader.h"

namespace fulcrum::capture {

class PcapngSource : public PacketSource {
public:
    explicit PcapngSource(std::span<const std::uint8_t> bytes) : blocks_(bytes) {}
    Result<bool> next(ReadPacket& into) override;
    void extend(std::span<const std::uint8_t> bytes) override { blocks_.extend(bytes); }
    bool wants_more() const override {
        return blocks_.missing_bytes() != 0 && blocks_.missing_bytes() <= longest_awaited_bytes;
    }

private:
    // What turning a time stamp into nanoseconds needs (if_tsresol, if_tsoffset).
    struct Clock {
        std::uint8_t resolution = 6;
        std::int64_t offset_s = 0;
        std::int64_t nanoseconds(std::uint64_t ticks) const;
    };

    Result<> process_section(const Block& block);
    Result<> process_names(const Block& block);
    Result<> process_interface(const Block& block);
    Result<> process_statistics(const Block& block);
    Result<> process_enhanced(const Block& block, ReadPacket& into) const;
    Result<> process_obsolete(const Block& block, ReadPacket& into) const;
    Result<> process_simple(const Block& block, ReadPacket& into) const;
    Result<std::uint32_t> global_index(const Block& block, std::uint32_t in_section) const;

    BlockIterator blocks_;
    std::optional<std::uint64_t> broken_; // where the options of the last packet break: reading ends there
    std::vector<Clock> clocks_;           // one per interface
    std::size_t section_begins_ = 0;      // index of the section's first interface
};

} // namespace fulcrum::capture
