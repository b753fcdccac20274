// A small capture as a lab of a drawing would make it, for tests that need no lab.
#pragma once

#include <QString>
#include <cstdint>
#include <string>
#include <vector>

// One UDP packet at one link end.
struct SeenPacket {
    std::string interface; // "client1:eth0"
    bool leaves = false;
    std::int64_t time_us = 0;
    std::string source, destination; // IPv4
    std::uint16_t source_port = 0, destination_port = 0;
};

// Writes a pcapng file: one interface for each name, in the order of their first packets.
void write_capture(const QString& path, const std::vector<SeenPacket>& packets);
