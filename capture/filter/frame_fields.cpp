// Fields of the packet as a whole, and those that only a lab knows.
#include <array>

#include "capture/filter/field.h"
#include "capture/time_between.h"

namespace fulcrum::capture {
namespace {

using Type = FieldType;

std::string_view node_of(std::string_view interface) {
    const auto colon = interface.rfind(':');
    return colon == std::string_view::npos ? std::string_view{} : interface.substr(0, colon);
}

constexpr Field packet(std::string_view name, FieldType type, void (*of)(const PacketView&, Values&)) {
    return {name, type, 0, nullptr, of};
}

constexpr std::array fields{
    packet("frame", Type::protocol, [](const PacketView& v, Values& out) { out.bytes(v.bytes()); }),
    packet("frame.number", Type::number,
           [](const PacketView& v, Values& out) { out.number(v.number() + 1); }),
    packet("frame.len", Type::number,
           [](const PacketView& v, Values& out) { out.number(v.record().original); }),
    packet("frame.cap_len", Type::number,
           [](const PacketView& v, Values& out) { out.number(v.record().captured); }),
    packet("frame.time_epoch", Type::seconds,
           [](const PacketView& v, Values& out) {
               if ((v.record().flags & PacketRecord::no_time) == 0) {
                   out.number(static_cast<std::uint64_t>(v.record().time_ns));
               }
           }),
    packet("frame.time_relative", Type::seconds,
           [](const PacketView& v, Values& out) {
               if ((v.record().flags & PacketRecord::no_time) == 0) {
                   out.number(static_cast<std::uint64_t>(
                       ns_between(v.reading().file().record(0).time_ns, v.record().time_ns)));
               }
           }),
    packet("frame.interface_id", Type::number,
           [](const PacketView& v, Values& out) { out.number(v.record().interface); }),
    packet("frame.interface_name", Type::text,
           [](const PacketView& v, Values& out) {
               if (!v.interface().name.empty()) {
                   out.bytes(v.interface().name);
               }
           }),
    packet("frame.comment", Type::text,
           [](const PacketView& v, Values& out) {
               for (auto& comment : v.reading().file().comments(v.number())) {
                   out.own(std::move(comment));
               }
           }),
    // Of a lab: interfaces are named "node:interface".
    packet("lab.link", Type::text,
           [](const PacketView& v, Values& out) {
               if (!node_of(v.interface().name).empty()) {
                   out.bytes(v.interface().name);
               }
           }),
    packet("lab.node", Type::text,
           [](const PacketView& v, Values& out) {
               if (const auto node = node_of(v.interface().name); !node.empty()) {
                   out.bytes(node);
               }
           }),
    packet("lab.request", Type::number,
           [](const PacketView& v, Values& out) {
               if (v.notes() != nullptr && v.number() < v.notes()->request.size() &&
                   v.notes()->request[v.number()] != 0) {
                   out.number(v.notes()->request[v.number()]);
               }
           }),
    packet("lab.leg", Type::number,
           [](const PacketView& v, Values& out) {
               if (v.notes() != nullptr && v.number() < v.notes()->leg.size() &&
                   v.notes()->leg[v.number()] != 0) {
                   out.number(v.notes()->leg[v.number()]);
               }
           }),
};

} // namespace

std::span<const Field> frame_fields() {
    return fields;
}

} // namespace fulcrum::capture
