// The same message wherever it was seen: what legs are made of. Internal to this folder.
#pragma once

#include "capture/ladder/ladder.h"

namespace fulcrum::capture {

// One message on its way: a leg's request or answer.
struct Transit {
    Socket source, destination;
    std::uint32_t sequence = 0, acknowledgement = 0, bytes = 0; // sequence of a datagram: see `repeated`
    bool response = false, is_http = false, is_udp = false;
    // Of a datagram: the same bytes went between the same sockets more than once. Nothing tells them apart
    // but their order.
    bool repeated = false;
    std::optional<std::uint16_t> dns_id;
    bool carries_data = true;  // of a connection: its ends said something, as those of a health probe do not
    std::uint64_t exact = 0;   // of the bytes of the head
    std::uint64_t content = 0; // of what proxies do not change
    std::string head;
    std::vector<Sighting> sightings;
    std::int64_t began_ns = 0, ended_ns = 0; // first and last packet at the sighting that was first
    std::optional<Socket> proxied_for;       // PROXY header at the beginning of its stream
    // Bytes of the stream before it, a PROXY header not counted; only when the stream's beginning was
    // captured.
    std::optional<std::uint32_t> position;
    std::optional<std::size_t> answer; // index of the response's transit
    // Its answer acknowledges this request and nothing after it, and no other answer does: it is not the
    // answer to a later request whose own was not captured.
    bool answer_is_exact = false;
};

// Every message of all files, in the order of time, requests with their answers. `left_out` counts datagrams
// beyond LadderOptions::max_datagrams.
std::vector<Transit> find_transits(const std::vector<LadderFile>& files, const LadderOptions& options,
                                   std::size_t& left_out);

std::size_t hash_text(std::string_view text, std::size_t seed = 0);

} // namespace fulcrum::capture
