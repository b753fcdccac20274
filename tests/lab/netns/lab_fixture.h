// Real labs for tests: plans made of few words, commands run in nodes with their output caught, and a look at
// what the host still holds of a lab.
#pragma once

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "netns/lab_client.h"

namespace fulcrum::netns {

inline IpPrefix prefix(const char* text) {
    return IpPrefix::parse(text).value();
}
inline IpAddress address(const char* text) {
    return IpAddress::parse(text).value();
}

// A node with one interface eth0 for each given address; "" gives one without.
NodePlan node(const std::string& name, const std::vector<std::string>& addresses);
// host1 10.0.0.1/24 … in one segment "lan".
LabPlan star(std::size_t hosts);
// a:eth0 10.0.0.1/24 – b:eth0 10.0.0.2/24
LabPlan pair();

struct Output {
    int status = -1; // as exec() gives it
    std::string out, err;
};

class LabTest : public ::testing::Test {
protected:
    void SetUp() override;    // skips, with the reason, where this machine makes no labs
    void TearDown() override; // takes down what was launched

    LaunchOptions options(const std::string& name = "") const;
    // Launches under a name of this test's own and connects; fails the test when that fails.
    LabClient up(LabPlan plan);
    Output run(const std::string& lab, const std::string& node, const std::vector<std::string>& argv) const;
    // The shell's word for it.
    Output sh(const std::string& node, const std::string& script) const {
        return run(lab_, node, {"sh", "-c", script});
    }
    bool pings(const std::string& node, const std::string& target) const; // one echo within a second

    std::string lab_; // the one last launched
    std::vector<std::string> labs_;
};

std::string supervisor_path();
std::string unique_lab_name();

// Inode of the user namespace of a process; 0: it has ended.
std::uint64_t user_namespace_of(int pid);
// Processes (zombies excepted) of the host that live in a user namespace.
std::size_t processes_in(std::uint64_t user_namespace);
// What the host shows of labs in general: interfaces and mounts.
struct HostView {
    std::size_t interfaces = 0, mounts = 0;
    bool operator==(const HostView&) const = default;
};
HostView host_view();
bool name_is_taken(const std::string& lab); // its socket is in /proc/net/unix
// Polls for up to five seconds.
bool eventually(const std::function<bool()>& condition);

} // namespace fulcrum::netns
