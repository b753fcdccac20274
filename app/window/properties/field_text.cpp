#include "app/window/properties/field_text.h"

#include <QRegularExpression>

namespace fulcrum::window {

Refusal FieldText::read(const QString& text, std::optional<IpAddress>& into) {
    if (text.isEmpty()) {
        into.reset();
        return std::nullopt;
    }
    const auto parsed = IpAddress::parse(to_std(text));
    if (!parsed) {
        return tr("“%1” is not an IP address; one looks like 10.1.1.2.").arg(text);
    }
    into = parsed;
    return std::nullopt;
}

Refusal FieldText::read(const QString& text, IpAddress& into) {
    std::optional<IpAddress> parsed;
    if (Refusal refusal = read(text, parsed)) {
        return refusal;
    }
    if (!parsed) {
        return tr("An address is needed here.");
    }
    into = *parsed;
    return std::nullopt;
}

Refusal FieldText::read(const QString& text, std::optional<IpPrefix>& into) {
    if (text.isEmpty()) {
        into.reset();
        return std::nullopt;
    }
    const auto parsed = IpPrefix::parse(to_std(text));
    if (!parsed) {
        return tr("“%1” is not an address with a prefix length; one looks like 10.1.1.2/24.").arg(text);
    }
    if (!text.contains('/')) {
        return tr("Add the prefix length, for example %1/24.").arg(text);
    }
    into = parsed;
    return std::nullopt;
}

Refusal FieldText::read(const QString& text, std::optional<Mac>& into) {
    if (text.isEmpty()) {
        into.reset();
        return std::nullopt;
    }
    const auto parsed = Mac::parse(to_std(text));
    if (!parsed) {
        return tr("“%1” is not a MAC address; one looks like 02:00:0a:01:01:02.").arg(text);
    }
    if (parsed->is_multicast() || parsed->is_zero()) {
        return tr("An interface cannot have the MAC address %1.").arg(text);
    }
    into = parsed;
    return std::nullopt;
}

Refusal FieldText::read_port(const QString& text, std::uint16_t& into) {
    if (text.isEmpty()) {
        into = 0;
        return std::nullopt;
    }
    bool good = false;
    const uint port = text.toUInt(&good);
    if (!good || port == 0 || port > 65535) {
        return tr("“%1” is not a port; ports go from 1 to 65535.").arg(text);
    }
    into = static_cast<std::uint16_t>(port);
    return std::nullopt;
}

Refusal FieldText::read(const QString& text, engine::PortRange& into) {
    const engine::PortRange any;
    if (text.isEmpty()) {
        into = any;
        return std::nullopt;
    }
    static const QRegularExpression form(QStringLiteral("^([0-9]{1,5})\\s*[-–]\\s*([0-9]{1,5})$"));
    const QRegularExpressionMatch match = form.match(text);
    const uint first = match.captured(1).toUInt();
    const uint last = match.captured(2).toUInt();
    if (!match.hasMatch() || first < any.first || last > any.last || last < first) {
        return tr("“%1” is not a range of ports; one looks like 30000–30099, within %2–%3.")
            .arg(text)
            .arg(any.first)
            .arg(any.last);
    }
    into = {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)};
    return std::nullopt;
}

QString FieldText::of(engine::PortRange ports) {
    return ports == engine::PortRange() ? QString()
                                        : QStringLiteral("%1–%2").arg(ports.first).arg(ports.last);
}

Refusal FieldText::check_host_name(const QString& name) {
    static const QRegularExpression legal("^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$");
    if (name.isEmpty()) {
        return tr("A name is needed here.");
    }
    if (!legal.match(name).hasMatch()) {
        return tr("This is the host name too: letters, digits and inner hyphens, at most 63.");
    }
    return std::nullopt;
}

} // namespace fulcrum::window
