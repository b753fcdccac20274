#include "netns/kernel/netlink_connection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace fulcrum::netns {

namespace {

// One sendmsg must stay below the socket's send buffer (net.core.wmem_default, 208 KiB unless lowered).
constexpr std::size_t batch_bytes = 64 * 1024;
// Room for one dump datagram: the kernel fills at most 32 KiB at a time.
constexpr std::size_t receive_bytes = 64 * 1024;

// The kernel's explanation of a refusal (NLMSGERR_ATTR_MSG), which needs NETLINK_EXT_ACK.
std::string explanation_of(nlmsghdr* header) {
    if ((header->nlmsg_flags & NLM_F_ACK_TLVS) == 0) {
        return {};
    }
    // With NETLINK_CAP_ACK the echoed request is cut down to its header, so the attributes follow it at once.
    constexpr int fixed = NLMSG_ALIGN(sizeof(nlmsgerr));
    nlattr* table[NLMSGERR_ATTR_MAX + 1] = {};
    if (nlmsg_parse(header, fixed, table, NLMSGERR_ATTR_MAX, nullptr) < 0 ||
        table[NLMSGERR_ATTR_MSG] == nullptr) {
        return {};
    }
    const char* text = static_cast<const char*>(nla_data(table[NLMSGERR_ATTR_MSG]));
    return {text, strnlen(text, static_cast<std::size_t>(nla_len(table[NLMSGERR_ATTR_MSG])))};
}

} // namespace

void NetlinkBatch::add(NetlinkMessage message, std::string what, std::initializer_list<int> tolerated) {
    if (message.overflowed() && overflowed_.empty()) {
        overflowed_ = what;
    }
    const auto bytes = message.bytes();
    const std::size_t begin = bytes_.size();
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
    requests_.push_back({std::move(what), tolerated, begin, bytes_.size()});
}

Result<NetlinkConnection> NetlinkConnection::open() {
    UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!fd) {
        return fail_errno("open a netlink socket");
    }
    sockaddr_nl address{};
    address.nl_family =
        AF_NETLINK; // port 0: the kernel picks one; our pid would clash with our other sockets
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        return fail_errno("bind a netlink socket");
    }
    const int on = 1;
    // Better words and smaller acknowledgements; a kernel without them still works.
    (void)::setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    (void)::setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    return NetlinkConnection(std::move(fd));
}

Result<> NetlinkConnection::transmit(const std::uint8_t* bytes, std::size_t size) {
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    for (;;) {
        if (::sendto(fd_.get(), bytes, size, 0, reinterpret_cast<sockaddr*>(&kernel), sizeof kernel) >= 0) {
            return {};
        }
        if (errno != EINTR) {
            return fail_errno("send to netlink");
        }
    }
}

Result<> NetlinkConnection::execute(const NetlinkBatch& batch) {
    if (!batch.overflowed_.empty()) {
        return fail(fmt::format("{}: too large for one netlink message", batch.overflowed_));
    }
    std::size_t first = 0;
    Result<> outcome;
    while (first < batch.requests_.size()) {
        std::size_t last = first + 1;
        while (last < batch.requests_.size() &&
               batch.requests_[last].end - batch.requests_[first].begin <= batch_bytes) {
            ++last;
        }
        if (auto part = execute_part(batch, first, last); !part) {
            return part;
        }
        first = last;
    }
    return outcome;
}

Result<> NetlinkConnection::execute_part(const NetlinkBatch& batch, std::size_t first, std::size_t last) {
    const std::size_t begin = batch.requests_[first].begin;
    std::vector<std::uint8_t> bytes(batch.bytes_.begin() + static_cast<std::ptrdiff_t>(begin),
                                    batch.bytes_.begin() +
                                        static_cast<std::ptrdiff_t>(batch.requests_[last - 1].end));
    const std::uint32_t first_sequence = sequence_ + 1;
    for (std::size_t i = first; i < last; ++i) {
        auto* header = reinterpret_cast<nlmsghdr*>(bytes.data() + (batch.requests_[i].begin - begin));
        header->nlmsg_seq = ++sequence_;
        if (i + 1 == last) {
            header->nlmsg_flags |= NLM_F_ACK;
        }
    }
    const std::uint32_t last_sequence = sequence_;
    if (auto sent = transmit(bytes.data(), bytes.size()); !sent) {
        return fail(sent.error(), batch.requests_[first].what);
    }

    Result<> outcome;
    std::vector<std::uint8_t> buffer(receive_bytes);
    for (;;) {
        const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            return fail_errno("receive from netlink");
        }
        int left = static_cast<int>(got);
        for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(header, left);
             header = nlmsg_next(header, &left)) {
            if (header->nlmsg_type != NLMSG_ERROR || header->nlmsg_seq < first_sequence ||
                header->nlmsg_seq > last_sequence) {
                continue;
            }
            const auto* report = static_cast<const nlmsgerr*>(nlmsg_data(header));
            const auto& request = batch.requests_[first + (header->nlmsg_seq - first_sequence)];
            const int number = -report->error;
            const bool tolerated = std::find(request.tolerated.begin(), request.tolerated.end(), number) !=
                                   request.tolerated.end();
            if (number != 0 && !tolerated && outcome) {
                const std::string words = explanation_of(header);
                outcome = fail_errno(request.what, number);
                if (!words.empty()) {
                    outcome = fail(fmt::format("{} ({})", outcome.error().message, words));
                }
            }
            if (header->nlmsg_seq == last_sequence) {
                return outcome;
            }
        }
    }
}

Result<> NetlinkConnection::ask(const NetlinkMessage& request, const std::function<void(nlmsghdr*)>& each) {
    return query(request, 0, each);
}

Result<> NetlinkConnection::dump(const NetlinkMessage& request, const std::function<void(nlmsghdr*)>& each) {
    return query(request, NLM_F_DUMP, each);
}

Result<> NetlinkConnection::query(const NetlinkMessage& request, std::uint16_t flags,
                                  const std::function<void(nlmsghdr*)>& each) {
    std::vector<std::uint8_t> bytes(request.bytes().begin(), request.bytes().end());
    auto* first = reinterpret_cast<nlmsghdr*>(bytes.data());
    first->nlmsg_flags |= flags;
    first->nlmsg_seq = ++sequence_;
    if (auto sent = transmit(bytes.data(), bytes.size()); !sent) {
        return sent;
    }
    std::vector<std::uint8_t> buffer(receive_bytes);
    for (;;) {
        const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            return fail_errno("receive from netlink");
        }
        int left = static_cast<int>(got);
        for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(header, left);
             header = nlmsg_next(header, &left)) {
            if (header->nlmsg_seq != sequence_) {
                continue;
            }
            if (header->nlmsg_type == NLMSG_DONE) {
                return {};
            }
            if (header->nlmsg_type == NLMSG_ERROR) {
                return fail_errno("ask netlink", -static_cast<const nlmsgerr*>(nlmsg_data(header))->error);
            }
            each(header);
            if ((flags & NLM_F_DUMP) == 0) {
                return {}; // a single message
            }
        }
    }
}

} // namespace fulcrum::netns
