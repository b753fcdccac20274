// Writes pcapng (draft-ietf-opsawg-pcapng), little-endian, nanoseconds: one section, one interface per tap,
// the packets, and each interface's counters at the end. Also good for streaming: every block is complete
// when it is flushed, and nothing is ever gone back to.
#pragma once

#include <string>
#include <string_view>

#include "capture/packet.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::capture {

inline constexpr std::uint16_t link_type_ethernet = 1; // LINKTYPE_ETHERNET

struct InterfaceInfo {
    std::string name;        // "client1:eth0"
    std::string description; // may be empty
    std::string filter;      // the BPF expression it was captured with; may be empty
    std::uint16_t link_type = link_type_ethernet;
    std::uint32_t snaplen_bytes = 262'144;
};

struct InterfaceStatistics {
    std::int64_t start_ns = 0, end_ns = 0; // since 1970
    std::uint64_t received = 0;            // packets that passed the filter, dropped ones included
    std::uint64_t dropped = 0;
};

// Each appends one whole block to `out`.
void emit_section(std::string& out, std::string_view application);
void emit_interface(std::string& out, const InterfaceInfo& info);
void emit_packet(std::string& out, const Packet& packet, std::string_view comment = {}); // needs time_ns
void emit_statistics(std::string& out, std::uint32_t interface, const InterfaceStatistics& statistics);

// A file or pipe, written in large pieces.
class PcapngFile : public PacketSink {
public:
    // Creates, or takes the place of an old file: readers that have that one open keep it. Fails with the
    // path and the system's reason.
    static Result<PcapngFile> create(const std::string& path);
    explicit PcapngFile(UniqueFd fd, std::string name); // writes the section header with the first flush
    PcapngFile(PcapngFile&&) noexcept = default;
    PcapngFile& operator=(PcapngFile&&) noexcept = default;

    std::uint32_t add_interface(const InterfaceInfo& info); // its index, from 0 up
    Result<> process_packet(const Packet& packet) override;
    void add_statistics(std::uint32_t interface, const InterfaceStatistics& statistics);
    Result<> flush() override; // call it at the end: the destructor has nobody to tell that a write failed
    std::uint64_t bytes() const { return written_ + buffer_.size(); }

private:
    UniqueFd fd_;
    std::string name_;
    std::string buffer_;
    std::uint64_t written_ = 0;
    std::uint32_t interfaces_ = 0;
};

} // namespace fulcrum::capture
