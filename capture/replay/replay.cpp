#include "capture/replay/replay.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "capture/replay/offload.h"
#include "capture/time_between.h"
#include "engine/base/byte_order.h"

namespace fulcrum::capture {
namespace {

std::int64_t now_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Sleeps until shortly before, then watches the clock: a sleeper wakes up 50 µs late and more.
void wait_until(std::int64_t deadline_ns, const std::atomic<bool>* cancelled) {
    constexpr std::int64_t watch_ns = 200'000, nap_ns = 100'000'000;
    while (true) {
        const auto left = deadline_ns - now_ns();
        if (left <= 0 || (cancelled != nullptr && *cancelled)) {
            return;
        }
        if (left > watch_ns) {
            const auto until = std::min(deadline_ns - watch_ns, now_ns() + nap_ns);
            const timespec wake{static_cast<time_t>(until / 1'000'000'000),
                                static_cast<long>(until % 1'000'000'000)};
            ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, nullptr);
        }
    }
}

struct Output {
    std::string name;
    UniqueFd fd;
    sockaddr_ll address{};
    std::uint32_t mtu_bytes = 1500;
};

Result<Output> prepare(ReplayOutput given, bool straight) {
    Output out{std::move(given.name), std::move(given.fd), {}, 1500};
    const auto failed = [&](std::string_view what) {
        return fail_errno(fmt::format("replay onto {}: {}", out.name, what));
    };
    ifreq request{};
    request.ifr_ifindex = given.interface_index;
    if (::ioctl(out.fd.get(), SIOCGIFNAME, &request) != 0 ||
        ::ioctl(out.fd.get(), SIOCGIFMTU, &request) != 0) {
        return failed("ask for its MTU");
    }
    out.mtu_bytes = static_cast<std::uint32_t>(request.ifr_mtu);
    const int on = 1;
    if (::setsockopt(out.fd.get(), SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) != 0) {
        return failed("PACKET_VNET_HDR");
    }
    if (straight) { // to the device, past the queue and past taps on this end; devices without it are as good
        ::setsockopt(out.fd.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
    }
    const int buffer = 8 << 20;
    ::setsockopt(out.fd.get(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    out.address.sll_family = AF_PACKET;
    out.address.sll_ifindex = given.interface_index;
    out.address.sll_halen = 6;
    return out;
}

// A frame as it is handed to the kernel: the mapped file's own bytes, or a copy where something had to
// change.
struct Prepared {
    wire::VnetMeta meta;
    Bytes bytes;
    std::uint32_t output = 0, packet = 0;
    std::string_view wrong = {}; // why it cannot be sent; empty: it can
};

class Run {
public:
    Run(const CaptureFile& file, const std::vector<ReplayPacket>& packets, const ReplayOptions& options)
        : file_(file), packets_(packets), options_(options) {}

    Result<ReplayReport> run(std::vector<ReplayOutput> outputs) {
        for (auto& given : outputs) {
            auto output = prepare(std::move(given), options_.pace == ReplayOptions::Pace::top);
            if (!output) {
                return tl::unexpected(output.error());
            }
            outputs_.push_back(std::move(*output));
        }
        report_.by_output.resize(outputs_.size());
        if (!packets_.empty()) {
            report_.recorded_seconds =
                static_cast<double>(ns_between(time_of(0), time_of(packets_.size() - 1))) / 1e9;
            options_.pace == ReplayOptions::Pace::top ? at_top_speed() : in_time();
        }
        report_.cancelled = cancelled();
        return report_;
    }

private:
    static constexpr std::size_t ahead = 64; // frames that are prepared before they are due, and sent at once

    bool cancelled() const { return options_.cancelled != nullptr && *options_.cancelled; }
    std::int64_t time_of(std::size_t n) const { return file_.record(packets_[n].packet).time_ns; }

    Prepared prepare_frame(std::size_t n, std::vector<std::uint8_t>& copy) const {
        Prepared frame;
        frame.packet = packets_[n].packet;
        frame.output = packets_[n].output;
        frame.bytes = file_.packet(frame.packet).bytes;
        if (!options_.addresses.empty()) {
            copy.assign(frame.bytes.begin(), frame.bytes.end());
            options_.addresses.apply(link_type::ethernet, copy);
            frame.bytes = copy;
        }
        if (frame.bytes.size() < 14) {
            frame.wrong = "the capture did not keep an Ethernet header of it";
            return frame;
        }
        const auto plan = plan_offload(frame.bytes, outputs_[frame.output].mtu_bytes);
        if (!plan) {
            frame.wrong = "larger than the link takes, and no TCP or UDP that the kernel could cut";
            return frame;
        }
        frame.meta = plan->meta;
        if (frame.meta.checksum_is_partial()) {
            const auto at = std::size_t{frame.meta.csum_start} + frame.meta.csum_offset;
            if (load_be16(frame.bytes.data() + at) != plan->partial_checksum) {
                if (copy.empty()) {
                    copy.assign(frame.bytes.begin(), frame.bytes.end());
                    frame.bytes = copy;
                }
                store_be16(copy.data() + at, plan->partial_checksum);
            }
        }
        return frame;
    }

    void refuse(const Prepared& frame, std::string_view why) {
        if (report_.refused++ == 0) {
            report_.first_refusal = fmt::format("packet {}, {} bytes, onto {}: {}", frame.packet + 1,
                                                frame.bytes.size(), outputs_[frame.output].name, why);
        }
    }
    void count(const Prepared& frame) {
        ++report_.packets;
        report_.bytes += frame.bytes.size();
        report_.offloaded += frame.meta.is_gso() ? 1 : 0;
        report_.cut += frame.bytes.size() < file_.record(frame.packet).original ? 1 : 0;
        ++report_.by_output[frame.output];
    }

    // Sends frames[from .. to), all of one output, as few calls as possible.
    void send(std::span<const Prepared> frames) {
        std::array<iovec, 2 * ahead> pieces;
        std::array<mmsghdr, ahead> messages;
        auto& output = outputs_[frames.front().output];
        for (std::size_t i = 0; i < frames.size(); ++i) {
            pieces[2 * i] = {const_cast<wire::VnetMeta*>(&frames[i].meta), sizeof(wire::VnetMeta)};
            pieces[2 * i + 1] = {const_cast<std::uint8_t*>(frames[i].bytes.data()), frames[i].bytes.size()};
            messages[i] = {};
            messages[i].msg_hdr.msg_name = &output.address;
            messages[i].msg_hdr.msg_namelen = sizeof output.address;
            messages[i].msg_hdr.msg_iov = &pieces[2 * i];
            messages[i].msg_hdr.msg_iovlen = 2;
        }
        std::size_t done = 0;
        int tries = 0;
        while (done < frames.size()) {
            const int sent =
                ::sendmmsg(output.fd.get(), &messages[done], static_cast<unsigned>(frames.size() - done), 0);
            if (sent > 0) {
                for (int i = 0; i < sent; ++i) {
                    count(frames[done++]);
                }
                tries = 0;
            } else if (errno == EINTR || ((errno == ENOBUFS || errno == EAGAIN) && ++tries < 1000)) {
                continue; // the device is full: it empties in microseconds
            } else {
                refuse(frames[done++], std::strerror(errno));
            }
        }
    }

    void at_top_speed() {
        std::vector<std::vector<std::uint8_t>> copies(ahead);
        std::vector<Prepared> batch;
        const auto begun = now_ns();
        for (std::size_t loop = 0; loop < options_.loops && !cancelled(); ++loop) {
            for (std::size_t n = 0; n < packets_.size() && !cancelled();) {
                batch.clear();
                for (; n < packets_.size() && batch.size() < ahead; ++n) {
                    if (!batch.empty() && packets_[n].output != batch.front().output) {
                        break;
                    }
                    copies[batch.size()].clear();
                    auto frame = prepare_frame(n, copies[batch.size()]);
                    if (frame.wrong.empty()) {
                        batch.push_back(frame);
                    } else {
                        refuse(frame, frame.wrong);
                    }
                }
                if (!batch.empty()) {
                    send(batch);
                }
            }
        }
        report_.seconds = static_cast<double>(now_ns() - begun) / 1e9;
    }

    void in_time() {
        std::vector<std::uint8_t> copy;
        std::vector<std::int64_t> late, since;
        late.reserve(packets_.size());
        since.reserve(packets_.size());
        constexpr std::int64_t lead_ns = 1'000'000;
        const auto begin = now_ns() + lead_ns;
        std::int64_t last = begin;
        for (std::size_t n = 0; n < packets_.size(); ++n) {
            const double offset =
                options_.pace == ReplayOptions::Pace::constant
                    ? static_cast<double>(n) * 1e9 / options_.packets_per_second
                    : static_cast<double>(ns_between(time_of(0), time_of(n))) / options_.speed;
            // Files may hold packets out of order, and gaps of years: never backwards, and cancellable.
            const auto deadline = begin + static_cast<std::int64_t>(
                                              std::clamp(offset, 0.0, 9.0e18 - static_cast<double>(begin)));
            copy.clear();
            const auto frame = prepare_frame(n, copy);
            wait_until(deadline, options_.cancelled);
            if (cancelled()) {
                break;
            }
            const auto at = now_ns();
            if (frame.wrong.empty()) {
                send({&frame, 1});
            } else {
                refuse(frame, frame.wrong);
            }
            last = at;
            late.push_back(at - deadline);
            since.push_back(deadline - begin);
        }
        report_.seconds = static_cast<double>(last - begin) / 1e9;
        judge(late, since);
    }

    void judge(std::vector<std::int64_t>& late, const std::vector<std::int64_t>& since) {
        if (late.empty()) {
            return;
        }
        double mean_t = 0, mean_l = 0;
        for (std::size_t i = 0; i < late.size(); ++i) {
            mean_t += static_cast<double>(since[i]) / static_cast<double>(late.size());
            mean_l += static_cast<double>(late[i]) / static_cast<double>(late.size());
        }
        double covariance = 0, variance = 0;
        for (std::size_t i = 0; i < late.size(); ++i) {
            const double t = static_cast<double>(since[i]) - mean_t;
            covariance += t * (static_cast<double>(late[i]) - mean_l);
            variance += t * t;
        }
        report_.drift_ns_per_s = variance > 0 ? static_cast<std::int64_t>(covariance / variance * 1e9) : 0;
        std::sort(late.begin(), late.end());
        report_.median_ns = late[late.size() / 2];
        report_.p99_ns = late[std::min(late.size() - 1, late.size() * 99 / 100)];
        report_.worst_ns = late.back();
    }

    const CaptureFile& file_;
    const std::vector<ReplayPacket>& packets_;
    const ReplayOptions& options_;
    std::vector<Output> outputs_;
    ReplayReport report_;
};

} // namespace

Result<ReplayReport> replay_packets(const CaptureFile& file, const std::vector<ReplayPacket>& packets,
                                    std::vector<ReplayOutput> outputs, const ReplayOptions& options) {
    return Run(file, packets, options).run(std::move(outputs));
}

} // namespace fulcrum::capture
