// Writes a built-in drawing down in a few lines: nodes with their places, links with their addresses.
#pragma once

#include "designer/document/document.h"

namespace fulcrum::designer {

class DrawingBuilder {
public:
    explicit DrawingBuilder(std::string name, std::string description);

    // Names count up from 1 per kind: client1, client2, …
    Id node(NodeKind kind, double x, double y);
    Id segment(std::string_view subnet, double x, double y, double length);
    // Addresses with length, "10.1.1.2/24"; empty for the end at a segment.
    void link(const Id& a, std::string_view a_address, const Id& b, std::string_view b_address);

    Id group(std::vector<Id> members);
    Id pool(const std::vector<Id>& servers, const std::vector<HealthCheck>& health);
    Id service(std::string_view vip, Mode mode, std::vector<PortRule> ports, const Id& group, const Id& pool,
               double x, double y);

    Document& document() { return document_; } // for what is rare
    Document take() { return std::move(document_); }

private:
    Document document_;
    std::size_t counts_[5] = {};
};

} // namespace fulcrum::designer
