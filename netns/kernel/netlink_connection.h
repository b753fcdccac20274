// A route netlink socket. It belongs for life to the network namespace of the thread that opened it, so
// whoever holds one can change that namespace from any other.
//
// Requests go out in batches: many messages in one sendmsg. The kernel works through them before sendmsg
// returns, reports each failure by its sequence number, and confirms only the last, so a batch of a thousand
// costs two system calls and no thousand acknowledgements.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"
#include "netns/kernel/netlink_message.h"

struct nlmsghdr;

namespace fulcrum::netns {

// Requests in order, each with the phrase that names it when it fails ("route 10.0.0.0/8").
class NetlinkBatch {
public:
    // A failure with an errno in `tolerated` counts as success (EEXIST for something that may be there
    // already).
    void add(NetlinkMessage message, std::string what, std::initializer_list<int> tolerated = {});
    bool empty() const { return requests_.empty(); }
    std::size_t size() const { return requests_.size(); }

private:
    friend class NetlinkConnection;
    struct Request {
        std::string what;
        std::vector<int> tolerated;
        std::size_t begin, end; // in bytes_
    };
    std::vector<Request> requests_;
    std::vector<std::uint8_t> bytes_;
    std::string overflowed_; // what did not fit into a message
};

class NetlinkConnection {
public:
    // In the calling thread's network namespace.
    static Result<NetlinkConnection> open();

    // Fails with the first refused request: "<what>: <cause> (<the kernel's own words>)". Requests after a
    // refused one in the same batch have been carried out all the same.
    Result<> execute(const NetlinkBatch& batch);

    // Sends a request for one object and hands the reply to `each`.
    Result<> ask(const NetlinkMessage& request, const std::function<void(nlmsghdr*)>& each);
    // Sends a dump request and hands each reply message to `each`.
    Result<> dump(const NetlinkMessage& request, const std::function<void(nlmsghdr*)>& each);

    int fd() const { return fd_.get(); }

private:
    explicit NetlinkConnection(UniqueFd fd) : fd_(std::move(fd)) {}
    Result<> transmit(const std::uint8_t* bytes, std::size_t size);
    Result<> query(const NetlinkMessage& request, std::uint16_t flags,
                   const std::function<void(nlmsghdr*)>& each);
    Result<> execute_part(const NetlinkBatch& batch, std::size_t first, std::size_t last);

    UniqueFd fd_;
    std::uint32_t sequence_ = 0;
};

} // namespace fulcrum::netns
