// What was seen of each request against what the plan promises: one line per expectation.
#pragma once

#include <string>
#include <vector>

#include "app/cli/demo_requests.h"
#include "app/cli/lab_view.h"
#include "app/cli/prove_ways.h"

namespace fulcrum::cli {

struct Expectation {
    std::string service, client, server; // client and server may be empty: of the whole service
    std::string text;                    // "answer: TTL"
    std::string expected, seen;
    bool ok = false;
    bool could_not_see = false; // the capture lost packets: neither holds nor does not
};

// Requests of one client to one service port, and when they were on the wire.
struct ProofRun {
    const ProofTarget* target = nullptr;
    std::vector<DemoAnswer> answers;
    std::vector<Socket> clients;  // its own sockets at the client: others may ask the same at the same time
    bool packets_missing = false; // the capture lost some
    std::size_t sent = 0;
    std::int64_t began_ns = 0, ended_ns = 0; // CLOCK_REALTIME
    std::string error;                       // why they could not be sent
};

// An address that only the active SE may answer for, and who asked for it by ARP.
struct ArpQuestion {
    const designer::Carried* carried = nullptr;
    IpAddress address; // the VIP, a floating or a SNAT address
    const designer::Interface* asker = nullptr;
    std::string error; // why it could not be asked
    bool packets_missing = false;
};

struct Evidence {
    std::vector<ProofRun> runs; // in the order of services, ports and clients
    std::vector<ArpQuestion> questions;
    std::vector<std::string> tap_names; // "node:interface"
    std::vector<SeFlow> flows;
    std::vector<ServiceTotals> services;
    std::vector<ProofPacket> packets;
    std::vector<ArpAnswer> arp_answers;
};

// The packets may be moved out of the evidence.
std::vector<Expectation> judge(Evidence evidence, const designer::Network& network,
                               const designer::ServiceMap& services, const designer::Routing& routing);

// "vip1", with its port when it has several: "vip1 80/tcp".
std::string service_label(const designer::Carried& carried, const designer::PortRule& rule);

// How many requests reach every server of the pool up to three times; the first part reaches each once.
struct RequestCounts {
    std::size_t first = 0, rest = 0;
};
RequestCounts request_counts(const designer::Carried& carried);

// A server whose turn has to come has answered none of the requests. False when that cannot be told.
bool missed_a_turn(const ProofRun& run);

} // namespace fulcrum::cli
