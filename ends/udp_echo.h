// The UDP half of the built-in server: each datagram comes back with the server's name and a space in front
// ("server1 hello"), cut at what one datagram can carry.
//
// The answer leaves from the very address the datagram came to (IP_PKTINFO): in DSR that is the VIP on
// loopback, and routing alone would pick another. A datagram from one of our own ports is not answered: two
// servers would otherwise answer each other for ever.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::ends {

class UdpEcho {
public:
    static Result<UdpEcho> open(const std::string& server, std::uint16_t port,
                                const std::vector<std::uint16_t>& own_ports);

    int fd() const { return fd_.get(); }
    void process_readable(); // answers what is there, at most a few batches, so that TCP gets its turn

private:
    UdpEcho() = default;
    bool process_batch();

    UniqueFd fd_;
    std::string greeting_; // name and space
    std::vector<std::uint16_t> own_ports_;
    struct Batch;
    std::shared_ptr<Batch> batch_;
};

} // namespace fulcrum::ends
