#include "capture/decode/dns.h"

#include "engine/base/byte_order.h"

namespace fulcrum::capture {

std::optional<std::string> dns_name(std::span<const std::uint8_t> message, std::size_t& at) {
    constexpr std::size_t longest = 255;
    std::string name;
    auto from = at;
    bool jumped = false;
    while (true) {
        if (from >= message.size()) {
            return std::nullopt;
        }
        const std::size_t length = message[from];
        if (length == 0) {
            if (!jumped) {
                at = from + 1;
            }
            return name.empty() ? "<Root>" : name;
        }
        if ((length & 0xc0) == 0xc0) {
            if (from + 1 >= message.size()) {
                return std::nullopt;
            }
            const std::size_t target = (length & 0x3f) << 8 | message[from + 1];
            if (!jumped) {
                at = from + 2;
            }
            if (target >= from) {
                return std::nullopt; // forwards or in a circle
            }
            jumped = true;
            from = target;
            continue;
        }
        if (length > 63 || length > message.size() - from - 1 || name.size() + length > longest) {
            return std::nullopt;
        }
        if (!name.empty()) {
            name += '.';
        }
        name.append(reinterpret_cast<const char*>(message.data() + from + 1), length);
        from += 1 + length;
    }
}

DnsWalk::DnsWalk(std::span<const std::uint8_t> message) : message_(message) {
    const auto* p = message.data();
    id_ = load_be16(p);
    flags_ = load_be16(p + 2);
    questions_left_ = load_be16(p + 4);
    answers_ = load_be16(p + 6);
    records_left_ = std::uint32_t{answers_} + load_be16(p + 8) + load_be16(p + 10);
}

std::optional<DnsQuestion> DnsWalk::next_question() {
    if (questions_left_ == 0) {
        return std::nullopt;
    }
    --questions_left_;
    DnsQuestion question;
    question.offset = at_;
    auto name = dns_name(message_, at_);
    if (!name || message_.size() - at_ < 4) {
        questions_left_ = records_left_ = 0;
        return std::nullopt;
    }
    question.name = std::move(*name);
    question.type = load_be16(message_.data() + at_);
    question.klass = load_be16(message_.data() + at_ + 2);
    at_ += 4;
    question.length = at_ - question.offset;
    return question;
}

std::optional<DnsRecord> DnsWalk::next_record() {
    while (questions_left_ > 0 && next_question()) {
    }
    if (records_left_ == 0) {
        return std::nullopt;
    }
    --records_left_;
    DnsRecord record;
    record.offset = at_;
    auto name = dns_name(message_, at_);
    if (!name || message_.size() - at_ < 10) {
        records_left_ = 0;
        return std::nullopt;
    }
    const auto* p = message_.data() + at_;
    record.name = std::move(*name);
    record.type = load_be16(p);
    record.klass = load_be16(p + 2);
    record.ttl_s = load_be32(p + 4);
    const std::size_t length = load_be16(p + 8);
    at_ += 10;
    if (length > message_.size() - at_) {
        records_left_ = 0;
        return std::nullopt;
    }
    record.data_offset = at_;
    record.data = message_.subspan(at_, length);
    at_ += length;
    record.length = at_ - record.offset;
    return record;
}

} // namespace fulcrum::capture
