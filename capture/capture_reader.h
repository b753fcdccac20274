// Reads packets from pcap and pcapng bytes, one after the other, in file order: both byte orders, micro- and
// nanoseconds, several sections, any link type. Nothing is copied; packets and options point into the file's
// bytes.
//
// A damaged file is read up to the damage: next() then fails, for good, with "offset N: why"; damage_offset()
// gives N.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "capture/mapped_file.h"
#include "capture/packet.h"
#include "capture/pcapng_blocks.h"
#include "engine/base/address.h"

namespace fulcrum::capture {

struct CaptureInterface {
    std::string name, description, filter, hardware, os; // empty: not said
    std::vector<std::string> comments;
    std::uint16_t link_type = 0;
    std::uint32_t snaplen_bytes = 0; // 0: no limit
    std::uint32_t section = 0;       // interfaces are counted through all sections of the file
    std::uint8_t resolution = 6;     // as if_tsresol: 10^-n s, or 2^-n s with the top bit set
    std::int64_t offset_s = 0;       // added to every time stamp
    // From the last statistics block.
    std::optional<std::uint64_t> received, dropped, filter_accepted, os_dropped, delivered;
    std::optional<std::int64_t> start_ns, end_ns;
};

struct CaptureSection {
    std::string hardware, os, application;
    std::vector<std::string> comments;
    bool big_endian = false;
};

// An address and what it is called, from a name resolution block.
struct NameRecord {
    IpAddress address;
    std::vector<std::string> names;
};

// A block that carries no packet and is not understood here (secrets, journals, custom blocks). Nothing is
// lost: capture_copy.h writes it into a copy of the file as it is.
struct OtherBlock {
    std::uint32_t type = 0;
    std::uint64_t offset = 0, bytes = 0;
};

struct ReadPacket {
    Packet packet;
    Options options;          // pcapng: comments, flags, …
    std::uint64_t offset = 0; // of the block or record in the file
};

// One file format over bytes that outlive it.
class PacketSource {
public:
    virtual ~PacketSource() = default;
    // False at the end of the file. `into` is as it was when this fails or is false.
    virtual Result<bool> next(ReadPacket& into) = 0;
    // The file has grown: `bytes` begins where the bytes before began, and is longer. next() goes on where it
    // stopped.
    virtual void extend(std::span<const std::uint8_t> bytes) = 0;
    // After next() failed: whether it was because the file ends inside a block or record, so that it may be
    // whole when the file has grown. Not where that would be longer than longest_awaited_bytes.
    virtual bool wants_more() const = 0;
    // These grow while reading.
    const std::vector<CaptureInterface>& interfaces() const { return interfaces_; }
    const std::vector<CaptureSection>& sections() const { return sections_; }
    const std::vector<NameRecord>& names() const { return names_; }
    const std::vector<OtherBlock>& other_blocks() const { return other_blocks_; } // the first max_kept
    std::uint64_t offset() const { return offset_; } // everything before has been read: for progress

    static constexpr std::size_t longest_awaited_bytes =
        64 * 1024 * 1024;                            // a wrong length is no reason to wait
    static constexpr std::size_t max_kept = 100'000; // names, other blocks: a file can hold nothing else

protected:
    std::vector<CaptureInterface> interfaces_;
    std::vector<CaptureSection> sections_;
    std::vector<NameRecord> names_;
    std::vector<OtherBlock> other_blocks_;
    std::uint64_t offset_ = 0;
};

// A packet found again by the offset that its ReadPacket named, in the same bytes.
struct PacketPlace {
    std::span<const std::uint8_t> bytes;
    Options options;
};
// None when no packet of `captured` bytes can be there.
std::optional<PacketPlace> packet_at(std::span<const std::uint8_t> file, std::uint64_t offset,
                                     std::uint32_t captured);

// Fails (bad_input) when the first bytes are of neither format.
Result<std::unique_ptr<PacketSource>> open_source(std::span<const std::uint8_t> bytes);

class CaptureReader {
public:
    static Result<CaptureReader> open(const std::filesystem::path& path); // errors begin with the path

    Result<bool> next(ReadPacket& into);
    const std::vector<CaptureInterface>& interfaces() const { return source_->interfaces(); }

private:
    CaptureReader(MappedFile file, std::unique_ptr<PacketSource> source, std::string name)
        : file_(std::move(file)), source_(std::move(source)), name_(std::move(name)) {}

    MappedFile file_;
    std::unique_ptr<PacketSource> source_;
    std::string name_;
};

} // namespace fulcrum::capture
