#include "app/window/playback/playback_track.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "app/window/qt_text.h"
#include "capture/pcapng_blocks.h"
#include "designer/plan/topology.h"

namespace fulcrum::window {

using namespace designer;
using Kind = TravellingPacket::Kind;

namespace {

// One interface of the capture, as the drawing has it.
struct End {
    std::uint16_t link = 0;
    bool is_a = true;             // the node is at the link's end `a`
    bool far_is_captured = false; // and so is the other end, on the same link
    Mac mac;
};

std::map<std::string, const Interface*> interfaces_by_name(const Network& network) {
    std::map<std::string, const Interface*> found;
    for (const Station& station : network.stations()) {
        for (const Interface* interface : station.interfaces) {
            found[interface_text(*interface)] = interface;
        }
    }
    return found;
}

capture::Direction direction_of(const capture::Options& options) {
    const auto flags = options.find(capture::option::packet_flags);
    return flags && flags->value.size() == 4
               ? static_cast<capture::Direction>(options.order().load32(flags->value.data()) & 3U)
               : capture::Direction::unknown;
}

Kind kind_of(const capture::PacketRecord& record) {
    if (record.stream == capture::no_stream) {
        return Kind::other;
    }
    return (record.flags & capture::PacketRecord::from_b) != 0 ? Kind::answer : Kind::request;
}

// From 1970. A file may say anything; within 146 years times can be added and subtracted.
constexpr std::int64_t farthest_ns = std::numeric_limits<std::int64_t>::max() / 2 - 1'000'000'000;

} // namespace

PlaybackTrack::PlaybackTrack(std::shared_ptr<capture::CaptureFile> file, const Document& drawing)
    : file_(std::move(file)) {
    const Network network(drawing);
    const auto by_name = interfaces_by_name(network);
    std::vector<std::optional<End>> ends;
    {
        std::map<const Link*, int> captured; // ends of each link
        std::map<const Link*, std::uint16_t> number;
        std::vector<const Interface*> known;
        const capture::CaptureFile::Reading reading(*file_);
        for (const capture::CaptureInterface& captured_interface : reading.interfaces()) {
            const auto found = by_name.find(captured_interface.name);
            known.push_back(found == by_name.end() ? nullptr : found->second);
            if (known.back() == nullptr) {
                strangers_ << to_q(captured_interface.name);
            } else {
                ++captured[known.back()->link];
            }
        }
        for (const Interface* interface : known) {
            if (interface == nullptr || links_.size() >= std::numeric_limits<std::uint16_t>::max()) {
                ends.emplace_back();
                continue;
            }
            const auto [at, is_new] =
                number.try_emplace(interface->link, static_cast<std::uint16_t>(links_.size()));
            if (is_new) {
                links_.push_back(interface->link->id);
            }
            ends.push_back(End{at->second, interface->near == &interface->link->a,
                               captured[interface->link] > 1, interface->near->mac.value_or(Mac{})});
        }
    }
    for (std::size_t i = 0; i < file_->size(); ++i) {
        const capture::PacketRecord& record = file_->record(i);
        if (record.interface >= ends.size() || !ends[record.interface] ||
            (record.flags & capture::PacketRecord::no_time) != 0) {
            continue;
        }
        const End& end = *ends[record.interface];
        const capture::PacketPlace place = file_->packet(i);
        capture::Direction direction = direction_of(place.options);
        if (direction == capture::Direction::unknown && place.bytes.size() >= 12) {
            const bool is_own =
                std::equal(end.mac.bytes.begin(), end.mac.bytes.end(), place.bytes.begin() + 6);
            direction = is_own ? capture::Direction::out : capture::Direction::in;
        }
        const bool leaves = direction == capture::Direction::out;
        if (!leaves && end.far_is_captured) {
            continue; // seen as it left the other end
        }
        if (packets_.size() >= most_packets) {
            ++left_out_;
            continue;
        }
        packets_.push_back({std::clamp(record.time_ns, -farthest_ns, farthest_ns),
                            static_cast<std::uint32_t>(i), end.link, leaves == end.is_a, kind_of(record)});
    }
    std::stable_sort(packets_.begin(), packets_.end(),
                     [](const Packet& a, const Packet& b) { return a.time_ns < b.time_ns; });
}

std::size_t PlaybackTrack::count_until(std::int64_t time_ns) const {
    return static_cast<std::size_t>(
        std::upper_bound(packets_.begin(), packets_.end(), time_ns,
                         [](std::int64_t time, const Packet& packet) { return time < packet.time_ns; }) -
        packets_.begin());
}

std::vector<std::uint32_t> PlaybackTrack::histogram(std::size_t bins) const {
    std::vector<std::uint32_t> counts(bins);
    if (bins == 0) {
        return counts;
    }
    const double whole = std::max(1.0, static_cast<double>(end_ns() - begin_ns()));
    for (const Packet& packet : packets_) {
        const double share = static_cast<double>(packet.time_ns - begin_ns()) / whole;
        ++counts[std::min(bins - 1, static_cast<std::size_t>(share * static_cast<double>(bins)))];
    }
    return counts;
}

std::size_t PlaybackTrack::find(std::uint32_t packet) const {
    return static_cast<std::size_t>(std::find_if(packets_.begin(), packets_.end(),
                                                 [&](const Packet& one) { return one.packet == packet; }) -
                                    packets_.begin());
}

} // namespace fulcrum::window
