// One request across all hops: where it was seen, in which legs, and what each hop rewrote (SPEC P3).
//
// A sighting is a message (an HTTP request or response, the SYN of a connection that carries none, or a UDP
// datagram) at one interface. A leg is the sightings that are the same segments: same addresses, ports,
// sequence numbers and bytes, whatever happened to MAC addresses, TTL and tunnels around them. Legs are
// joined to requests by evidence; what the evidence is, and how far it carries, is part of the result.
// `certain` is kept for evidence that cannot be of another request.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "capture/index/capture_file.h"
#include "capture/packet.h"

namespace fulcrum::capture {

struct Socket {
    IpAddress address;
    std::uint16_t port = 0;
    auto operator<=>(const Socket&) const = default;
    std::string text() const; // "10.1.1.2:80", "[fe80::1]:80"
};

// A line of a balancer's flow log: a client's connection and the one to a server that worked for it. Where
// requests are balanced (layer 7) there is a line for each time that a server's connection was lent to a
// client's: started_ns is the client's connection's, last_ns is when that server's part was over. Times of
// the same clock as the captures'; 0: open.
struct FlowFact {
    Socket client, vip, source, server; // source: what the server sees as its peer
    std::string service, server_name, balancer, why;
    std::int64_t started_ns = 0, last_ns = 0;
    bool is_udp = false;
    std::string vrf = {}; // networks of one balancer may have the same addresses
};

struct LadderFile {
    const CaptureFile* file = nullptr; // loaded
    std::string label;                 // put before interface names when there are several files
};

struct LadderOptions {
    std::vector<FlowFact> flows; // may be empty
    // Fields of HTTP heads (small letters) that joins must not look at, besides those that proxies write.
    std::vector<std::string> ignored_fields;
    // How far clocks of different files may be apart. In one file packets of different taps are in order.
    std::int64_t clock_slack_ns = 500'000'000;
    std::size_t max_requests = 1'000'000;
    // Of one direction between two sockets at one interface; more of them are a stream of data, not requests.
    std::uint32_t max_datagrams = 1000;
    const std::atomic<bool>* cancelled = nullptr;
};

struct Sighting {
    std::size_t file = 0;
    std::uint32_t packet = 0; // index in its file
    std::string interface;    // "se1:eth0"
    std::string node;         // "se1"; empty when interfaces have other names
    Direction direction = Direction::unknown;
    std::int64_t time_ns = 0;
    Mac source_mac, destination_mac;
    Socket source, destination;
    std::uint8_t ttl = 0;
    std::uint32_t sequence = 0;
    std::string tunnel;                 // "GRE 10.1.1.2 → 10.1.2.10"; empty: none
    std::vector<std::string> rewritten; // against the sighting before: "TTL 64 → 63"
};

struct LadderLeg {
    Socket source, destination;
    std::vector<Sighting> request, answer;   // in the order of the way
    std::int64_t began_ns = 0, ended_ns = 0; // ended: the answer's last packet; 0: no answer was seen
};

enum class Confidence : std::uint8_t { certain, likely, possible };
std::string_view name_of(Confidence confidence);

struct LadderJoin {
    std::size_t from = 0, to = 0; // legs
    Confidence confidence = Confidence::possible;
    std::vector<std::string> evidence;
    std::vector<std::string>
        rewritten; // by who stands between: addresses, ports, sequence numbers, head fields
};

struct LadderRequest {
    std::string method, target, host; // of HTTP; of a DNS question "DNS" and its name; else empty
    int status = 0;                   // 0: none was seen
    bool is_http = true;
    bool is_udp = false;
    bool carries_data = true; // of a connection: its ends said something, as those of a health probe do not
    std::vector<LadderLeg> legs;                 // from the client on
    std::vector<LadderJoin> joins;               // each leg but the first is the `to` of one
    std::string balancer, server, why;           // from the flow log
    Confidence confidence = Confidence::certain; // of the weakest join; without joins it says nothing
};

struct Ladder {
    std::vector<LadderRequest> requests; // in the order of time
    std::size_t left_out = 0;            // beyond max_requests or max_datagrams
};

Ladder make_ladder(const std::vector<LadderFile>& files, const LadderOptions& options);

// lab.request and lab.leg for filters over one of the files: requests count from 1 as in the ladder.
struct LabNotes;
void write_notes(const Ladder& ladder, const std::vector<LadderFile>& files, std::size_t file,
                 LabNotes& into);

} // namespace fulcrum::capture
