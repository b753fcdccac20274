// A capture filter (pcap-filter(7)) as the program that the kernel runs on every packet of a socket.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace fulcrum::capture {

class BpfFilter {
public:
    // An empty text takes every packet; packets are cut to `snaplen_bytes`. Fails (bad_input) with libpcap's
    // reason. Ethernet only.
    static Result<BpfFilter> compile(const std::string& text, std::uint32_t snaplen_bytes);

    Result<> attach(int socket) const;
    const std::string& text() const { return text_; }

private:
    struct Instruction { // as struct sock_filter (linux/filter.h)
        std::uint16_t code = 0;
        std::uint8_t jump_true = 0, jump_false = 0;
        std::uint32_t value = 0;
    };
    std::string text_;
    std::vector<Instruction> program_;
};

} // namespace fulcrum::capture
