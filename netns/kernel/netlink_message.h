// One rtnetlink request being written: a fixed header, then attributes, possibly nested (RFC 3549,
// rtnetlink(7)). Built with libnl's message functions; sent by NetlinkConnection.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "engine/base/address.h"

struct nl_msg;
struct nlattr;

namespace fulcrum::netns {

class NetlinkMessage {
public:
    // `flags` as in nlmsghdr without NLM_F_REQUEST, which every message has.
    NetlinkMessage(std::uint16_t type, std::uint16_t flags);

    // The fixed part (ifinfomsg, ifaddrmsg, rtmsg, …). First of all, and again inside VETH_INFO_PEER.
    template <class Header>
    void header(const Header& fixed) {
        append(&fixed, sizeof fixed);
    }

    void put_u8(int attribute, std::uint8_t value);
    void put_u16(int attribute, std::uint16_t value);
    void put_u32(int attribute, std::uint32_t value);
    void put_text(int attribute, std::string_view text); // with the closing NUL
    void put_bytes(int attribute, std::span<const std::uint8_t> bytes);
    void put_address(int attribute, const IpAddress& address); // 4 or 16 bytes
    void put_mac(int attribute, const Mac& mac);

    // Open until the returned value is destroyed.
    class Nest {
    public:
        Nest(nl_msg* message, nlattr* start) : message_(message), start_(start) {}
        Nest(const Nest&) = delete;
        Nest& operator=(const Nest&) = delete;
        ~Nest();

    private:
        nl_msg* message_;
        nlattr* start_;
    };
    [[nodiscard]] Nest nest(int attribute);

    // Appends raw bytes inside the open nest (struct rtnexthop of a multipath route, whose length counts what
    // follows).
    void append(const void* bytes, std::size_t size);

    bool overflowed() const { return overflowed_; } // more was put than a message holds (one page)
    std::span<const std::uint8_t> bytes() const;

private:
    struct Free {
        void operator()(nl_msg* message) const;
    };
    std::unique_ptr<nl_msg, Free> message_;
    bool overflowed_ = false;
};

} // namespace fulcrum::netns
