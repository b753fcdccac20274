// The words that people read for the values of the drawing, and the lists that drop-downs offer.
#pragma once

#include <QCoreApplication>

#include "app/window/properties/property_form.h"

namespace fulcrum::window {

class Words {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::Words)
public:
    static QString of(designer::NodeKind kind); // "Service engine"
    static QString of(designer::Mode mode);     // "In-line routed"
    static QString of(designer::HaMode mode);

    static QList<Choice> modes();
    static QList<Choice> attachments();
    static QList<Choice> algorithms();
    static QList<Choice> persistences(bool reads_http); // a cookie needs a service that reads HTTP
    static QList<Choice> health_kinds();
    static QList<Choice> ha_modes();
    static QList<Choice> forwarded_for();
    static QList<Choice> proxy_protocols();
    static QList<Choice> closed_ports();
    static QList<Choice> pool_purposes();
    static QList<Choice> protocols();

    static QList<Choice> zones(const designer::Document& document); // with the global one, value empty

    static QString name_of(const designer::Document& document, const designer::Id& id); // of any entity
    // "client1 – segment2"
    static QString name_of(const designer::Document& document, const designer::Link& link);
};

} // namespace fulcrum::window
