// DNS messages (RFC 1035): names with compression, questions and records. Untrusted: pointers go backwards
// only and a name ends at 255 bytes, so every message is read in bounded time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace fulcrum::capture {

struct DnsQuestion {
    std::string name; // without the last dot; "<Root>" for the root
    std::uint16_t type = 0, klass = 0;
    std::size_t offset = 0, length = 0; // in the message
};

struct DnsRecord {
    std::string name;
    std::uint16_t type = 0, klass = 0;
    std::uint32_t ttl_s = 0;
    std::span<const std::uint8_t> data;
    std::size_t offset = 0, length = 0;
    std::size_t data_offset = 0;
};

// Goes through a message: all questions, then all records. Stops where it breaks.
class DnsWalk {
public:
    static constexpr std::size_t header_bytes = 12;
    explicit DnsWalk(std::span<const std::uint8_t> message); // at least header_bytes

    std::uint16_t id() const { return id_; }
    std::uint16_t flags() const { return flags_; }
    bool is_response() const { return (flags_ & 0x8000) != 0; }
    std::optional<DnsQuestion> next_question();
    std::optional<DnsRecord> next_record(); // after the questions; answers, authorities, additional ones
    std::uint16_t answers() const { return answers_; }

private:
    std::span<const std::uint8_t> message_;
    std::size_t at_ = header_bytes;
    std::uint16_t id_ = 0, flags_ = 0, answers_ = 0;
    std::uint32_t questions_left_ = 0, records_left_ = 0;
};

// The name at `at`, which is moved behind it. None when it leaves the message.
std::optional<std::string> dns_name(std::span<const std::uint8_t> message, std::size_t& at);

} // namespace fulcrum::capture
