// The flows of a proof's own connections, picked from the flow logs while they are written: under load a log
// forgets a connection within seconds.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/cli/demo_path.h"
#include "app/cli/lab_view.h"

namespace fulcrum::cli {

class OwnFlows {
public:
    // Goes past what the logs hold already. SEs without an engine are passed over.
    static Result<OwnFlows> watch(netns::LabClient& lab);

    // Takes what those client sockets have had since. An engine that dies meanwhile tells nothing more.
    void take(std::span<const Socket> clients);
    // As take(), of all client sockets so far, with the counters and states that live flows have now.
    void take_live();

    std::vector<SeFlow> list() const; // the oldest first

private:
    struct Log {
        std::string se;
        engine::EngineClient client;
        std::uint64_t cursor = 0;
    };
    OwnFlows() = default;
    void keep(const std::string& se, std::vector<engine::FlowReport> flows);

    std::vector<Log> logs_;
    std::set<Socket> clients_;
    std::map<std::pair<std::string, std::uint64_t>, engine::FlowReport> flows_; // by SE and flow id
};

} // namespace fulcrum::cli
