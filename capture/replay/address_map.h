// Addresses of a capture as those of another network: MAC and IP addresses are replaced wherever headers hold
// them, and checksums follow (RFC 1624), whether they are complete or left to offload.
#pragma once

#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "capture/decode/layers.h"
#include "engine/base/address.h"
#include "engine/base/result.h"

namespace fulcrum::capture {

class AddressMap {
public:
    // "10.0.0.1=10.1.1.1", "02:00:00:00:00:01=02:00:00:00:00:09": one family on both sides.
    Result<> add(std::string_view text);
    bool empty() const { return macs_.empty() && ips_.empty(); }

    // Changes a frame in place. Tunnels are followed inwards; addresses in payloads are left alone.
    void apply(std::uint16_t link_type, std::span<std::uint8_t> frame) const;

private:
    void replace_mac(std::uint8_t* at) const;
    std::map<Mac, Mac> macs_;
    std::map<IpAddress, IpAddress> ips_;
};

} // namespace fulcrum::capture
