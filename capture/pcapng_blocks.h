// The numbers of pcapng (draft-ietf-opsawg-pcapng), and its blocks and options as views of untrusted bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/base/result.h"

namespace fulcrum::capture {

enum class BlockType : std::uint32_t {
    section = 0x0A0D0D0A, // reads the same in both byte orders
    interface = 1,
    packet = 2, // obsolete
    simple_packet = 3,
    name_resolution = 4,
    statistics = 5,
    enhanced_packet = 6,
};

inline constexpr std::uint32_t byte_order_magic = 0x1A2B3C4D;

namespace option {
inline constexpr std::uint16_t end = 0, comment = 1;
inline constexpr std::uint16_t section_hardware = 2, section_os = 3, section_application = 4;
inline constexpr std::uint16_t interface_name = 2, interface_description = 3, interface_mac = 6,
                               interface_resolution = 9, interface_filter = 11, interface_os = 12,
                               interface_offset = 14, interface_hardware = 15;
inline constexpr std::uint16_t packet_flags = 2;
inline constexpr std::uint16_t statistics_start = 2, statistics_end = 3, statistics_received = 4,
                               statistics_dropped = 5, statistics_filter_accepted = 6,
                               statistics_os_dropped = 7, statistics_delivered = 8;
} // namespace option

// Numbers in the byte order of a section. The caller has checked the bounds.
struct ByteOrder {
    bool big = false;
    std::uint16_t load16(const std::uint8_t* p) const;
    std::uint32_t load32(const std::uint8_t* p) const;
    std::uint64_t load64(const std::uint8_t* p) const;
};

// The option list at the end of a block. A list that breaks off ends the iteration with `damaged()`.
class Options {
public:
    Options() = default;
    Options(std::span<const std::uint8_t> bytes, ByteOrder order) : rest_(bytes), order_(order) {}

    struct Option {
        std::uint16_t code = 0;
        std::span<const std::uint8_t> value;
        // Up to a zero, which some writers put behind their texts although the length says where they end.
        std::string_view text() const {
            const std::string_view whole(reinterpret_cast<const char*>(value.data()), value.size());
            return whole.substr(0, whole.find('\0'));
        }
    };
    std::optional<Option> next();
    bool damaged() const { return damaged_; }
    // From the next option on, or from the damage.
    std::span<const std::uint8_t> rest() const { return rest_; }
    ByteOrder order() const { return order_; }
    std::optional<Option> find(std::uint16_t code) const; // the first with that code

private:
    std::span<const std::uint8_t> rest_;
    ByteOrder order_;
    bool damaged_ = false;
};

struct Block {
    std::uint64_t offset = 0; // of its first byte in the file
    BlockType type{};         // may be a value without a name here
    ByteOrder order;
    std::span<const std::uint8_t> body; // between the two lengths
};

// The options of a block; none of those that have none, or are too short for them.
Options options_of(const Block& block);
// Where in the file the first option is that reaches out of its block, or a packet's flags that are no word:
// what was meant cannot be told, neither by it nor by what stands before it. None: all are whole.
std::optional<std::uint64_t> broken_option(const Block& block);

// Goes from block to block over a whole file in memory; a section header changes the byte order.
class BlockIterator {
public:
    explicit BlockIterator(std::span<const std::uint8_t> file) : file_(file) {}

    // None at the end of the file. Fails with "offset N: why", again and again: what came before was good.
    Result<std::optional<Block>> next();
    std::uint64_t offset() const { return offset_; }

    // The file has grown: the same bytes, and more. next() goes on where it stopped.
    void extend(std::span<const std::uint8_t> file) { file_ = file; }
    // How many bytes the block at offset() lacks at least when next() failed because the file ends inside it;
    // 0: it failed for another reason, or did not.
    std::size_t missing_bytes() const { return missing_; }

private:
    std::span<const std::uint8_t> file_;
    std::uint64_t offset_ = 0;
    std::size_t missing_ = 0;
    ByteOrder order_;
    bool in_section_ = false;
};

tl::unexpected<Error> damaged_at(std::uint64_t offset, std::string_view why); // "offset N: why", bad_input
// The N of such an error, with or without phrases in front; none when it names no offset.
std::optional<std::uint64_t> damage_offset(const Error& error);

} // namespace fulcrum::capture
