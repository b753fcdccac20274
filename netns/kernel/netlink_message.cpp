#include "netns/kernel/netlink_message.h"

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <new>

namespace fulcrum::netns {

void NetlinkMessage::Free::operator()(nl_msg* message) const {
    nlmsg_free(message);
}

NetlinkMessage::NetlinkMessage(std::uint16_t type, std::uint16_t flags)
    : message_(nlmsg_alloc_simple(type, flags | NLM_F_REQUEST)) {
    if (!message_) {
        throw std::bad_alloc();
    }
}

void NetlinkMessage::put_u8(int attribute, std::uint8_t value) {
    overflowed_ |= nla_put_u8(message_.get(), attribute, value) < 0;
}

void NetlinkMessage::put_u16(int attribute, std::uint16_t value) {
    overflowed_ |= nla_put_u16(message_.get(), attribute, value) < 0;
}

void NetlinkMessage::put_u32(int attribute, std::uint32_t value) {
    overflowed_ |= nla_put_u32(message_.get(), attribute, value) < 0;
}

void NetlinkMessage::put_text(int attribute, std::string_view text) {
    overflowed_ |= nla_put_string(message_.get(), attribute, std::string(text).c_str()) < 0;
}

void NetlinkMessage::put_bytes(int attribute, std::span<const std::uint8_t> bytes) {
    overflowed_ |= nla_put(message_.get(), attribute, static_cast<int>(bytes.size()), bytes.data()) < 0;
}

void NetlinkMessage::put_address(int attribute, const IpAddress& address) {
    if (address.is_v4()) {
        std::uint8_t four[4];
        address.store_v4(four);
        put_bytes(attribute, four);
    } else {
        put_bytes(attribute, address.bytes());
    }
}

void NetlinkMessage::put_mac(int attribute, const Mac& mac) {
    put_bytes(attribute, mac.bytes);
}

NetlinkMessage::Nest NetlinkMessage::nest(int attribute) {
    nlattr* start = nla_nest_start(message_.get(), attribute);
    overflowed_ |= start == nullptr;
    return Nest(message_.get(), start);
}

NetlinkMessage::Nest::~Nest() {
    if (start_ != nullptr) {
        nla_nest_end(message_, start_);
    }
}

void NetlinkMessage::append(const void* bytes, std::size_t size) {
    overflowed_ |= nlmsg_append(message_.get(), const_cast<void*>(bytes), size, NLMSG_ALIGNTO) < 0;
}

std::span<const std::uint8_t> NetlinkMessage::bytes() const {
    const nlmsghdr* header = nlmsg_hdr(message_.get());
    return {reinterpret_cast<const std::uint8_t*>(header), header->nlmsg_len};
}

} // namespace fulcrum::netns
