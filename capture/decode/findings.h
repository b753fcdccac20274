// What TCP analysis found about a segment (the bits of tcp_finding, packet_record.h), in words.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fulcrum::capture {

struct Finding {
    std::string_view words, field; // field: of display filters
    bool bad = false;              // a sign of trouble, not of life
};

std::vector<Finding> findings_of(std::uint16_t bits);

} // namespace fulcrum::capture
