#include "netns/kernel/offload.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "engine/base/unique_fd.h"

namespace fulcrum::netns {

Result<> disable_offload(const std::string& interface) {
    UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd) {
        return fail_errno("open a socket");
    }
    struct Feature {
        std::uint32_t command;
        const char* name;
    };
    // TSO before checksums: it depends on them and would be dropped with a kernel message otherwise.
    for (const Feature feature :
         {Feature{ETHTOOL_STSO, "TSO"}, Feature{ETHTOOL_SGSO, "GSO"}, Feature{ETHTOOL_SGRO, "GRO"},
          Feature{ETHTOOL_STXCSUM, "transmit checksums"}}) {
        ethtool_value value{feature.command, 0};
        ifreq request{};
        std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
        request.ifr_data = reinterpret_cast<char*>(&value);
        if (::ioctl(fd.get(), SIOCETHTOOL, &request) != 0 && errno != EOPNOTSUPP) {
            return fail_errno(fmt::format("switch off {} on {}", feature.name, interface));
        }
    }
    return {};
}

} // namespace fulcrum::netns
