// The network of a lab as it stands in the kernel: a network namespace per node, the fabric with its bridges,
// the veth pairs between them, and what is configured inside. Knows nothing of processes.
//
// Calls block for as long as the kernel takes: microseconds, except build(). Used by one thread.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "netns/kernel/net_namespace.h"
#include "netns/lab_client.h"
#include "netns/supervisor/wiring.h"

namespace fulcrum::netns {

class LabNetwork {
public:
    // Called with what is being made; false abandons the work.
    using Progress = std::function<bool(std::size_t done, const std::string& step)>;

    // Makes everything in the calling thread's network namespace (the fabric) and in new ones, for each node
    // in this order: namespace, links, parameters, addresses, routes and rules; returns when every link
    // carries. `plan` outlives the network. The error names the object. What was made goes when the process
    // does.
    static Result<LabNetwork> build(const LabPlan& plan, const Progress& progress);
    static std::size_t steps_of(const LabPlan& plan); // what Progress counts up to

    std::uint64_t inode_of(std::size_t node) const { return nodes_.at(node).space.inode; }
    int net_fd(std::size_t node) const { return nodes_.at(node).space.net.get(); }
    int uts_fd(std::size_t node) const { return nodes_.at(node).space.uts.get(); }
    // The node's mount namespace, made when it is first needed. Notes of what could not be had are added.
    Result<int> mount_fd(std::size_t node, std::vector<std::string>& notes);

    struct Changed {
        std::vector<std::string> failures;      // each names its object
        std::vector<std::string> removed_links; // RelayPlan::what; made anew, perhaps
        std::vector<RelayPlan> relays;          // new ones, which want a process
    };
    // Brings what stands to the plan given to build(), which has become another one since: `before` is what
    // it was. Nodes are numbered as in the new plan from now on. What both plans have alike is not touched;
    // an interface that leads elsewhere is made anew, under its name and index. A node that was switched off
    // stays so. Fails, with nothing touched, when new nodes cannot be had; goes on after any other failure.
    Result<Changed> change(const LabPlan& before);

    // A machine switched off: its interfaces go down and its neighbours lose carrier.
    Result<> switch_off(std::size_t node);
    // Interfaces up, and again everything that the kernel forgot when they went down.
    Result<> switch_on(std::size_t node);
    // Of a wire that was cut at both ends, up restores both.
    Result<> set_link(std::size_t node, const std::string& interface, bool up);

    const std::vector<RelayPlan>& planned_relays() const { return wiring_.relays; }
    // Opens a running link up, so that a process can stand in its middle, and says between which interfaces
    // of the fabric. The node ends keep their names, indexes, MACs, addresses and what the plan says of
    // routes; of a wire the end of a node whose kernel has the addresses is made anew (what listens to the
    // old one, a capture or a program bound to it, does not hear the new one), never that of an engine.
    // Fails, with everything as before, when both ends are engines'. Frames on the link meanwhile are lost.
    Result<RelayPlan> open_up(std::size_t node, const std::string& interface);
    // The way back from open_up().
    Result<> close_again(const RelayPlan& relay);
    Result<bool> carries(std::size_t node, const std::string& interface); // up, and carrier
    int fabric_net_fd() const { return fabric_.net.get(); }
    int fabric_uts_fd() const { return fabric_.uts.get(); }

    Result<std::vector<InterfaceStatus>> interfaces();
    // A stream socket connected to an abstract name in the node.
    Result<UniqueFd> dial(std::size_t node, const std::string& abstract_name) const;
    struct Tap {
        UniqueFd fd;
        int interface_index = 0;
    };
    Result<Tap> open_tap(std::size_t node, const std::string& interface) const;
    Result<UniqueFd> open_socket(std::size_t node) const; // TCP over IPv4

private:
    struct Node {
        NetNamespace space;
        UniqueFd mounts;                // made lazily
        std::vector<bool> down_by_hand; // by interface: set_link(…, false)
        bool off = false;               // switch_off()
    };

    LabNetwork(const LabPlan& plan, NetNamespace fabric) : plan_(&plan), fabric_(std::move(fabric)) {}

    // Changing, see change_network.cpp
    void remove_links(const Wiring& next, Changed& changed);
    Result<std::vector<NetNamespace>> make_new_namespaces(const LabPlan& before) const;
    void renumber(const LabPlan& before, std::vector<NetNamespace> fresh);
    void add_links(const Wiring& before, Changed& changed);
    void configure_changed(const LabPlan& before, const Wiring& old_wiring, Changed& changed);
    Result<> take_settings_back(std::size_t node, const NodePlan& before);
    Result<> rewrite_sysctls(std::size_t node, const NodePlan& before);
    Result<> set_arp_notify(std::size_t node, bool on) const;
    void change_link_states(const LabPlan& before, Changed& changed);
    // Interfaces up that nobody has taken down, and all that the kernel has to know of this node.
    Result<> settle(std::size_t node);

    Result<> make_bridges();
    Result<> make_nodes_and_links(const Progress& progress);
    Result<> make_pairs(std::span<const PairPlan> pairs); // whose nodes are there
    Result<> make_plain_wire(const PairPlan& pair);
    Result<> configure(std::size_t node);
    Result<> write_interface_sysctls(std::size_t node);
    Result<RelayPlan> open_up_port(const PairPlan& pair);
    Result<RelayPlan> open_up_wire(const PairPlan& pair);
    // Brings an interface that was made anew to where the old one was.
    Result<> restore_interface(std::size_t node, const std::string& interface, bool was_up);
    Result<> wait_until_all_carry(const Progress& progress);
    Result<> cut_planned_links();
    // Routes and rules; `lenient`: what cannot be reached because a link is down is left out.
    void add_routes(NetlinkBatch& batch, const NodePlan& plan, bool lenient) const;
    bool any_down(std::size_t node) const;
    struct FarEnd {
        std::size_t node, interface; // by number in the plan
    };
    std::optional<FarEnd> far_end(const std::string& node, const std::string& interface) const; // of a wire

    const LabPlan* plan_;
    NetNamespace fabric_;
    Wiring wiring_;
    std::vector<RelayPlan> opened_; // by open_up(): beside the wiring
    std::vector<Node> nodes_;
};

} // namespace fulcrum::netns
