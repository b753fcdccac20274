// The commands that work on packets of the past: a capture file, or what a lab sends in some seconds.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace fulcrum::capture {
class DisplayFilter;
}

namespace fulcrum::cli {

// Declares them; `exit` gets the code of the one that was given. packet_command_line.cpp
void add_packet_commands(CLI::App& app, int& exit);

// inspect_command.cpp
struct InspectArguments {
    std::string capture, filter;
    bool count = false, tree = false, json = false;
    bool follow = false;   // not with `count` and `json`
    std::size_t limit = 0; // rows; 0: all
};
int inspect(const InspectArguments& arguments);

// inspect_follow.cpp: with InspectArguments::follow
int inspect_following(const InspectArguments& arguments, const capture::DisplayFilter& filter);

// capture_flows.cpp: the conversations of a capture file
int flows_of_capture(const std::string& capture, std::size_t limit, bool json);

// ladder_command.cpp
struct LadderArguments {
    std::vector<std::string> sources; // one lab, or captures
    std::string flows;                // what `fulcrum flows LAB --json` printed; empty: none
    double seconds = 5;               // of a lab
    std::size_t limit = 20;           // told in words; JSON holds all
    bool connections = false;         // told in words: also those in which nothing was said
    bool json = false;
};
int ladder(const LadderArguments& arguments);

// replay_command.cpp
struct ReplayArguments {
    std::string capture, lab, link, filter;
    std::string client, vip;       // requests: who sends them, and to whom, "ADDRESS[:PORT]"
    std::vector<std::string> maps; // "old=new": addresses
    double speed = 1, packets_per_second = 0;
    bool top_speed = false, json = false;
    bool requests = false, compare = false;
};
int replay(const ReplayArguments& arguments);

// replay_requests.cpp: with ReplayArguments::requests
int replay_requests(const ReplayArguments& arguments);

} // namespace fulcrum::cli
