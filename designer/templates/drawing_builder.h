// Writes a built-in drawing down in a few lines: nodes with their places, links with their addresses.
#pragma once

#include "designer/document/document.h"
#include "designer/document/layout_metrics.h"

namespace fulcrum::designer {

class DrawingBuilder {
public:
    // Names count up from 1 per kind: client1, client2, …
    Id node(NodeKind kind, double x, double y);
    // `count` of them in a row to the right.
    std::vector<Id> nodes(NodeKind kind, std::size_t count, double x, double y, double pitch = node_pitch);
    Id segment(std::string_view subnet, double x, double y, double length);
    // Addresses with length, "10.1.1.2/24"; empty for the end at a segment.
    void link(const Id& a, std::string_view a_address, const Id& b, std::string_view b_address);

    // Each of them to the segment, with the addresses that follow `first` ("10.1.1.10/24").
    void attach(const std::vector<Id>& nodes, const Id& segment, std::string_view first);

    Id group(std::vector<Id> members);
    void floating(const Id& group, const Id& segment, std::string_view address);
    void vrf(const std::string& name);
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
