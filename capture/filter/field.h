// The fields that a display filter can ask for: their names are Wireshark's where it has them, and how each
// is taken out of a packet.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "capture/filter/packet_view.h"

namespace fulcrum::capture {

enum class FieldType : std::uint8_t {
    number,
    boolean,
    seconds, // signed nanoseconds, written as decimal seconds
    mac,
    ipv4,
    ipv6,
    text,
    bytes,
    protocol, // a whole layer: there or not; its bytes can be searched
};
std::string_view name_of(FieldType type);

struct Value {
    std::uint64_t number = 0; // number, boolean, seconds (two's complement), ipv4 (host order)
    std::string_view bytes;   // mac, ipv6, text, bytes, protocol
};

// All values of one field in one packet.
class Values {
public:
    void clear() {
        list_.clear();
        texts_.clear();
    }
    void number(std::uint64_t value) { list_.push_back({value, {}}); }
    void bytes(std::string_view value) { list_.push_back({0, value}); }
    void bytes(Bytes value) { bytes({reinterpret_cast<const char*>(value.data()), value.size()}); }
    void own(std::string text) { bytes(texts_.emplace_back(std::move(text))); }
    const std::vector<Value>& list() const { return list_; }

private:
    std::vector<Value> list_;
    std::deque<std::string> texts_;
};

struct Field {
    std::string_view name;
    FieldType type = FieldType::number;
    // Only packets with one of these hold it: told by the index, without looking at the packet. 0: all
    // packets.
    ProtocolMask protocols = 0;
    // Of each layer of those protocols, from the outside in; or of the packet. One of the two. Null both: the
    // protocol itself.
    void (*of_layer)(const PacketView&, const Layer&, Values&) = nullptr;
    void (*of_packet)(const PacketView&, Values&) = nullptr;
    std::uint64_t most = ~std::uint64_t{0}; // greatest number it can hold
};

const Field* find_field(std::string_view name); // null: there is none of that name
std::vector<const Field*> all_fields();         // by name
// Names that are near a wrong one, for an error message; at most three.
std::vector<std::string_view> similar_fields(std::string_view name);

void collect(const Field& field, const PacketView& view, Values& into); // appends

// The tables, by layer. Internal to this folder.
std::span<const Field> frame_fields();
std::span<const Field> network_fields();
std::span<const Field> transport_fields();
std::span<const Field> application_fields();

} // namespace fulcrum::capture
