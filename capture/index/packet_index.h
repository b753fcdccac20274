// Packets in, index out: a record per packet, conversations, TCP analysis and reassembled datagrams.
#pragma once

#include <array>
#include <vector>

#include "capture/capture_reader.h"
#include "capture/decode/layers.h"
#include "capture/index/conversation_table.h"
#include "capture/index/datagram_table.h"
#include "capture/index/framed_tracker.h"
#include "capture/index/http_tracker.h"
#include "capture/index/packet_record.h"
#include "capture/index/stable_vector.h"
#include "capture/index/tcp_analysis.h"

namespace fulcrum::capture {

class PacketIndex {
public:
    // `file`: the bytes that packets lie in.
    explicit PacketIndex(Bytes file) : file_(file), http_(file) {}
    void extend(Bytes file); // that has grown: the same bytes, in the same place, and more

    // False when the index is full: four billion packets, or 64 million streams.
    bool add(const ReadPacket& read, std::uint16_t link_type);

    std::size_t size() const { return records_.size(); }
    const PacketRecord& operator[](std::size_t i) const { return records_[i]; }
    const ConversationTable& conversations(ConversationKind kind) const {
        return conversations_[static_cast<std::size_t>(kind)];
    }
    const TcpAnalysis& tcp() const { return tcp_; }
    const DatagramTable& datagrams() const { return datagrams_; }
    const HttpTracker& http() const { return http_; }
    const FramedTracker& framed() const { return framed_; }
    std::size_t memory_bytes() const;

private:
    struct Adding; // the packet that is being added
    void add_ip(const Adding& now, const Layer& layer);
    bool add_tcp(const Adding& now, const Layer& layer, PacketRecord& record);
    void follow_messages(const Adding& now, const Layer& layer, const TcpSegment& segment,
                         PacketRecord& record);
    void follow_framed(const Adding& now, const Layer& layer, const TcpSegment& segment, bool& split,
                       PacketRecord& record);
    bool add_udp(const Adding& now, const Layer& layer, PacketRecord& record);
    ConversationTable& table(ConversationKind kind) { return conversations_[static_cast<std::size_t>(kind)]; }

    Bytes file_;
    StableVector<PacketRecord, 65536, 65536> records_;
    std::array<ConversationTable, conversation_kinds> conversations_;
    TcpAnalysis tcp_;
    DatagramTable datagrams_;
    HttpTracker http_;
    FramedTracker framed_;
    Layers layers_;                     // scratch
    std::vector<std::uint8_t> payload_; // scratch: a reassembled datagram
};

} // namespace fulcrum::capture
