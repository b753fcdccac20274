// Reads packets from pcap and pcapng bytes, one after the other, in file order: both byte orders, micro- and
// nanoseconds, several sections, any link type. Nothing is copied; packets and options point into the file's
// bytes.
//
// A damaged file is read up to the damage: next() then fails, for good, with "offset N: why".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "capture/mapped_file.h"
#include "capture/packet.h"
#include "capture/pcapng_blocks.h"

namespace fulcrum::capture {

struct CaptureInterface {
    std::string name, description, filter, comment; // empty: not said
    std::uint16_t link_type = 0;
    std::uint32_t snaplen_bytes = 0;                // 0: no limit
    std::uint32_t section = 0;                      // interfaces are counted through all sections of the file
    std::optional<std::uint64_t> received, dropped; // from the last statistics block
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
    const std::vector<CaptureInterface>& interfaces() const { return interfaces_; } // grows while reading

protected:
    std::vector<CaptureInterface> interfaces_;
};

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
