#include "capture/filter/field.h"

#include <algorithm>
#include <map>

namespace fulcrum::capture {
namespace {

const std::map<std::string_view, const Field*>& by_name() {
    static const auto fields = [] {
        std::map<std::string_view, const Field*> all;
        for (const auto table :
             {frame_fields(), network_fields(), transport_fields(), application_fields()}) {
            for (const auto& field : table) {
                all.emplace(field.name, &field);
            }
        }
        return all;
    }();
    return fields;
}

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

} // namespace

std::string_view name_of(FieldType type) {
    switch (type) {
    case FieldType::number:
        return "a number";
    case FieldType::boolean:
        return "0 or 1";
    case FieldType::seconds:
        return "seconds";
    case FieldType::mac:
        return "a MAC address";
    case FieldType::ipv4:
        return "an IPv4 address or network";
    case FieldType::ipv6:
        return "an IPv6 address or network";
    case FieldType::text:
        return "text";
    case FieldType::bytes:
    case FieldType::protocol:
        return "text in quotes or bytes such as 0a:1b";
    }
    return "";
}

const Field* find_field(std::string_view name) {
    const auto found = by_name().find(name);
    return found == by_name().end() ? nullptr : found->second;
}

std::vector<const Field*> all_fields() {
    std::vector<const Field*> all;
    for (const auto& [name, field] : by_name()) {
        all.push_back(field);
    }
    return all;
}

std::vector<std::string_view> similar_fields(std::string_view name) {
    name = name.substr(0, 60);
    std::vector<std::pair<std::size_t, std::string_view>> ranked;
    for (const auto& [known, field] : by_name()) {
        const bool begins = name.size() > 2 && known.starts_with(name);
        if (const auto far = begins ? 1 : distance(name, known); far <= 1 + name.size() / 4) {
            ranked.emplace_back(far, known);
        }
    }
    std::sort(ranked.begin(), ranked.end());
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < std::min<std::size_t>(3, ranked.size()); ++i) {
        names.push_back(ranked[i].second);
    }
    return names;
}

void collect(const Field& field, const PacketView& view, Values& into) {
    if (field.of_packet != nullptr) {
        return field.of_packet(view, into);
    }
    for (const auto& layer : view.layers()) {
        if ((mask_of(layer.protocol) & field.protocols) == 0) {
            continue;
        }
        if (field.of_layer != nullptr) {
            field.of_layer(view, layer, into);
        } else {
            into.bytes(layer.bytes);
        }
    }
}

} // namespace fulcrum::capture
