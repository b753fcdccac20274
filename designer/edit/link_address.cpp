#include "designer/edit/link_address.h"

namespace fulcrum::designer {

void give_address(LinkEnd& end, NodeKind kind, SegmentAddresses& addresses) {
    if (const auto address = addresses.take(host_role_of(kind))) {
        end.address = IpPrefix{*address, addresses.subnet()->length};
        end.auto_address = true;
    }
}

void give_direct_addresses(Link& link, NodeKind a, NodeKind b, const std::optional<IpPrefix>& network) {
    if (!network) {
        return;
    }
    const auto habit = [](NodeKind kind) -> std::uint32_t {
        switch (kind) {
        case NodeKind::router:
            return 1;
        case NodeKind::server:
            return 11;
        default:
            return 101;
        }
    };
    const std::uint32_t host_a = habit(a);
    const std::uint32_t host_b = habit(b) == host_a ? host_a + 1 : habit(b);
    const auto give = [&](LinkEnd& end, std::uint32_t host) {
        end.address = IpPrefix{*network->nth(host), network->length};
        end.auto_address = true;
    };
    give(link.a, host_a);
    give(link.b, host_b);
}

} // namespace fulcrum::designer
