// Typed text in and out of property fields: addresses, prefixes, MACs, names. A reader returns why the text
// is no such thing; empty text means "none" where the target is optional.
#pragma once

#include <QCoreApplication>

#include "app/window/properties/table_field.h"
#include "app/window/qt_text.h"
#include "engine/base/address.h"
#include "engine/control/config.h"

namespace fulcrum::window {

class FieldText {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::FieldText)
public:
    static Refusal read(const QString& text, std::optional<IpAddress>& into);
    static Refusal read(const QString& text, std::optional<IpPrefix>& into); // the length must be written
    static Refusal read(const QString& text, std::optional<Mac>& into);
    static Refusal read(const QString& text, IpAddress& into);          // must not be empty
    static Refusal read_port(const QString& text, std::uint16_t& into); // empty: 0
    static Refusal read(const QString& text, engine::PortRange& into);  // empty: the default
    static Refusal check_host_name(const QString& name); // RFC 1123 section 2.1, at most 63 characters

    static QString of(const std::optional<IpAddress>& value) {
        return value ? to_q(value->text()) : QString();
    }
    static QString of(const std::optional<IpPrefix>& value) {
        return value ? to_q(value->text()) : QString();
    }
    static QString of(const std::optional<Mac>& value) { return value ? to_q(value->text()) : QString(); }
    static QString of(engine::PortRange ports); // "30000–30099"; the default: empty
    static QString of_port(std::uint16_t port) { return port == 0 ? QString() : QString::number(port); }
};

} // namespace fulcrum::window
