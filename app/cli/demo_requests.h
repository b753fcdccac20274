// The requests of a demo: sent inside client nodes by fulcrum-load, told as what each server saw.
#pragma once

#include <string>
#include <vector>

#include "designer/document/document.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {

// One client asking one VIP and port.
struct DemoTarget {
    std::string client; // node
    std::string service;
    designer::Mode mode{};
    designer::Protocol protocol{};
    IpAddress vip;
    std::uint16_t port = 80;
    bool proxy_header = false; // the service's clients have to open with one
    std::string url() const; // "http://10.1.1.100/", "udp://10.1.1.100:80"
};

struct DemoAnswer {
    std::string server;      // the name it gave; empty: some other program answered
    std::string peer, local; // as the server saw them; UDP does not say
    std::string sent_from;   // the client's own address and port
    int status = 0;          // UDP: 0
    double ms = 0;
};

struct DemoExchange {
    DemoTarget target;
    std::vector<DemoAnswer> answers;
    std::vector<std::string> unanswered; // the client's own address and port of requests that failed
    std::vector<std::pair<std::string, std::uint64_t>> errors; // kind and count
};

// Every client to every VIP and port of the drawing (with its addresses filled in) that the routes lead it
// to.
std::vector<DemoTarget> demo_targets(const designer::Document& drawing);

Result<DemoExchange> send_requests(netns::LabClient& lab, const DemoTarget& target, std::size_t count);

} // namespace fulcrum::cli
