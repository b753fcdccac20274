#include "capture/pcapng_writer.h"

#include <bit>
#include <cassert>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/pcapng_blocks.h"

namespace fulcrum::capture {
namespace {

constexpr std::size_t flush_at_bytes = 1024 * 1024;
static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

template <class Number>
void append(std::string& out, Number value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_padded(std::string& out, std::string_view bytes) {
    out += bytes;
    out.append((4 - bytes.size() % 4) % 4, '\0');
}

void append_option(std::string& out, std::uint16_t code, std::string_view value) {
    append(out, code);
    append(out, static_cast<std::uint16_t>(value.size()));
    append_padded(out, value);
}

void append_text_option(std::string& out, std::uint16_t code, std::string_view text) {
    if (!text.empty()) {
        append_option(out, code, text.substr(0, 65'535));
    }
}

template <class Number>
void append_number_option(std::string& out, std::uint16_t code, Number value) {
    append_option(out, code, {reinterpret_cast<const char*>(&value), sizeof value});
}

// Times stand as two words, the upper one first, whatever the byte order.
void append_time(std::string& out, std::int64_t ns) {
    const auto value = static_cast<std::uint64_t>(ns);
    append(out, static_cast<std::uint32_t>(value >> 32));
    append(out, static_cast<std::uint32_t>(value));
}

void append_time_option(std::string& out, std::uint16_t code, std::int64_t ns) {
    std::string value;
    append_time(value, ns);
    append_option(out, code, value);
}

void append_end_of_options(std::string& out) {
    append(out, std::uint32_t{0});
}

// The length of a block is known when its body is written: begin notes the place, end fills it in.
std::size_t begin_block(std::string& out, BlockType type) {
    const auto start = out.size();
    append(out, type);
    append(out, std::uint32_t{0});
    return start;
}

void end_block(std::string& out, std::size_t start) {
    const auto length = static_cast<std::uint32_t>(out.size() - start + 4);
    append(out, length);
    out.replace(start + 4, 4, reinterpret_cast<const char*>(&length), 4);
}

} // namespace

void emit_section(std::string& out, std::string_view application) {
    const auto start = begin_block(out, BlockType::section);
    append(out, byte_order_magic);
    append(out, std::uint16_t{1}); // version 1.0
    append(out, std::uint16_t{0});
    append(out, ~std::uint64_t{0}); // section length: not known, which is what allows streaming
    append_text_option(out, option::section_os, "Linux");
    append_text_option(out, option::section_application, application);
    append_end_of_options(out);
    end_block(out, start);
}

void emit_interface(std::string& out, const InterfaceInfo& info) {
    const auto start = begin_block(out, BlockType::interface);
    append(out, info.link_type);
    append(out, std::uint16_t{0});
    append(out, info.snaplen_bytes);
    append_text_option(out, option::interface_name, info.name);
    append_text_option(out, option::interface_description, info.description);
    append_number_option(out, option::interface_resolution, std::uint8_t{9}); // 10^-9 s
    if (!info.filter.empty()) {
        append_option(out, option::interface_filter,
                      std::string(1, '\0') + info.filter.substr(0, 65'534)); // 0: as text
    }
    append_end_of_options(out);
    end_block(out, start);
}

void emit_packet(std::string& out, const Packet& packet, std::string_view comment) {
    assert(packet.time_ns);
    const auto start = begin_block(out, BlockType::enhanced_packet);
    append(out, packet.interface);
    append_time(out, packet.time_ns.value_or(0));
    append(out, static_cast<std::uint32_t>(packet.bytes.size()));
    append(out, packet.original_bytes);
    append_padded(out, {reinterpret_cast<const char*>(packet.bytes.data()), packet.bytes.size()});
    if (packet.flags != 0 || !comment.empty()) {
        append_text_option(out, option::comment, comment);
        if (packet.flags != 0) {
            append_number_option(out, option::packet_flags, packet.flags);
        }
        append_end_of_options(out);
    }
    end_block(out, start);
}

void emit_statistics(std::string& out, std::uint32_t interface, const InterfaceStatistics& statistics) {
    const auto start = begin_block(out, BlockType::statistics);
    append(out, interface);
    append_time(out, statistics.end_ns);
    append_time_option(out, option::statistics_start, statistics.start_ns);
    append_time_option(out, option::statistics_end, statistics.end_ns);
    append_number_option(out, option::statistics_received, statistics.received);
    append_number_option(out, option::statistics_dropped, statistics.dropped);
    append_end_of_options(out);
    end_block(out, start);
}

Result<PcapngFile> PcapngFile::create(const std::string& path) {
    // An old file is put aside rather than cut off: whoever has it open goes on with what it was, and a
    // window that has it mapped would be ended by the kernel if its pages went away. Where that may not be,
    // it is truncated.
    struct stat old {};
    const bool replaces = ::lstat(path.c_str(), &old) == 0 && S_ISREG(old.st_mode);
    if (replaces) {
        ::unlink(path.c_str());
    }
    const mode_t mode = replaces ? old.st_mode & 0777 : 0644;
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!fd || (replaces && ::fchmod(fd.get(), mode) != 0)) { // who may read it stays as it was
        return fail_errno(fmt::format("create {}", path));
    }
    return PcapngFile(std::move(fd), path);
}

PcapngFile::PcapngFile(UniqueFd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {
    buffer_.reserve(flush_at_bytes + 128 * 1024);
    emit_section(buffer_, "Fulcrum");
}

std::uint32_t PcapngFile::add_interface(const InterfaceInfo& info) {
    emit_interface(buffer_, info);
    return interfaces_++;
}

Result<> PcapngFile::process_packet(const Packet& packet) {
    assert(packet.interface < interfaces_);
    emit_packet(buffer_, packet);
    return buffer_.size() >= flush_at_bytes ? flush() : Result<>{};
}

void PcapngFile::add_statistics(std::uint32_t interface, const InterfaceStatistics& statistics) {
    emit_statistics(buffer_, interface, statistics);
}

Result<> PcapngFile::flush() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
        const auto n = ::write(fd_.get(), rest.data(), rest.size());
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            const int cause = errno;
            buffer_.erase(0, buffer_.size() - rest.size());
            return fail_errno(fmt::format("write {}", name_), cause);
        }
        rest.remove_prefix(static_cast<std::size_t>(n));
        written_ += static_cast<std::uint64_t>(n);
    }
    buffer_.clear();
    return {};
}

} // namespace fulcrum::capture
