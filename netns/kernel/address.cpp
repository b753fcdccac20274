#include "netns/kernel/address.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace fulcrum::netns {

NetlinkMessage add_address(int index, const IpPrefix& address) {
    const bool v4 = address.address.is_v4();
    NetlinkMessage message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
    ifaddrmsg header{};
    header.ifa_family = v4 ? AF_INET : AF_INET6;
    header.ifa_prefixlen = address.length;
    header.ifa_index = static_cast<std::uint32_t>(index);
    header.ifa_flags = v4 ? 0 : IFA_F_NODAD;
    message.header(header);
    message.put_address(IFA_LOCAL, address.address);
    message.put_address(IFA_ADDRESS, address.address);
    if (v4 && address.length < 31) { // RFC 3021: a /31 has no broadcast address
        message.put_address(IFA_BROADCAST, address.broadcast());
    }
    return message;
}

NetlinkMessage remove_address(int index, const IpPrefix& address) {
    NetlinkMessage message(RTM_DELADDR, 0);
    ifaddrmsg header{};
    header.ifa_family = address.address.is_v4() ? AF_INET : AF_INET6;
    header.ifa_prefixlen = address.length;
    header.ifa_index = static_cast<std::uint32_t>(index);
    message.header(header);
    message.put_address(IFA_LOCAL, address.address);
    return message;
}

} // namespace fulcrum::netns
