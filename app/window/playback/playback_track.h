// A capture laid over a drawing: its packets in the order of time, each on the link and in the direction that
// it was seen going. Interfaces are found by their names, "node:interface", as captures of a lab have them.
//
// On a wire between two nodes a packet is often captured at both ends: then it is taken where it left, so
// that it is not shown twice. On links to a segment both sightings are needed: they are different links.
#pragma once

#include <QStringList>
#include <atomic>
#include <memory>
#include <vector>

#include "capture/index/capture_file.h"
#include "designer/canvas/live_picture.h"
#include "designer/document/document.h"

namespace fulcrum::window {

class PlaybackTrack {
public:
    struct Packet {
        std::int64_t time_ns = 0;
        std::uint32_t packet = 0; // in the file
        std::uint16_t link = 0;   // of links()
        bool from_a = true;
        designer::TravellingPacket::Kind kind = designer::TravellingPacket::Kind::other;
    };
    static constexpr std::size_t most_packets = 5'000'000; // 120 MB; what comes later is left out, and told

    PlaybackTrack() = default;
    // Of a loaded file. `drawing` has its addresses filled in. Takes long for large files.
    PlaybackTrack(std::shared_ptr<capture::CaptureFile> file, const designer::Document& drawing);

    const std::shared_ptr<capture::CaptureFile>& file() const { return file_; }
    const std::vector<designer::Id>& links() const { return links_; }
    std::size_t size() const { return packets_.size(); }
    const Packet& operator[](std::size_t i) const { return packets_[i]; }
    std::size_t left_out() const { return left_out_; }
    const QStringList& strangers() const { return strangers_; } // interfaces that the drawing does not have
    std::int64_t begin_ns() const { return packets_.empty() ? 0 : packets_.front().time_ns; }
    std::int64_t end_ns() const { return packets_.empty() ? 0 : packets_.back().time_ns; }
    // How many packets are not later than that moment.
    std::size_t count_until(std::int64_t time_ns) const;
    // How many packets fall into each of `bins` equal parts of the whole time.
    std::vector<std::uint32_t> histogram(std::size_t bins) const;
    // The track's packet that is this one of the file; size() when it has none.
    std::size_t find(std::uint32_t packet) const;

private:
    std::shared_ptr<capture::CaptureFile> file_;
    std::vector<designer::Id> links_;
    std::vector<Packet> packets_;
    QStringList strangers_;
    std::size_t left_out_ = 0;
};

} // namespace fulcrum::window
