// The ways in which a server can learn who the client is (SPEC M11), told side by side: what each does, where
// the server finds the address, what it costs; and how a drawing looks when a service works that way.
#pragma once

#include <QCoreApplication>
#include <array>

#include "designer/document/document.h"
#include "engine/base/result.h"

namespace fulcrum::window {

enum class AddressWay {
    none,          // plain full proxy: the server sees the engine
    forwarded_for, // full proxy that reads HTTP and writes X-Forwarded-For
    proxy_header,  // full proxy with a PROXY header
    in_line,       // routed, only the destination changes
    direct_return, // DSR
};
inline constexpr std::array all_address_ways{AddressWay::none, AddressWay::forwarded_for,
                                             AddressWay::proxy_header, AddressWay::in_line,
                                             AddressWay::direct_return};

class AddressWays {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::AddressWays)
public:
    static QString title(AddressWay way);
    static QString how(AddressWay way);   // what the SE does
    static QString where(AddressWay way); // where a server finds the client's address
    static QString price(AddressWay way); // what it asks of servers and network

    // How the service works as it is drawn.
    static AddressWay way_of(const designer::Service& service);
    // The drawing with this service alone, working that way, ready to be launched. Fails with the first
    // reason why such a lab would be refused.
    static Result<designer::Document> drawing_for(const designer::Document& document,
                                                  const designer::Id& service, AddressWay way);
};

} // namespace fulcrum::window
