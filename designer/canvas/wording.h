// What the canvas says in words, translatable (context "Canvas").
#pragma once

#include <QCoreApplication>
#include <QString>
#include <QStringList>

#include "designer/document/document.h"

namespace fulcrum::designer {

class Words {
    Q_DECLARE_TR_FUNCTIONS(Canvas)
};

QString display_name(const std::string& name, const Id& id); // the id where the name was left out
QString mode_text(Mode mode);     // "full proxy", "in-line", "L2 DSR", "L3 DSR · IP-in-IP", "L3 DSR · GRE"
QString ha_text(HaMode mode);     // "active / standby", …
QString kind_text(NodeKind kind); // "Service engine", …
// What makes a link differ from a plain wire: "MTU 9000", "20 ms · loss 1 %".
QStringList remarks_of(const Link& link);
QString ports_text(const std::vector<PortRule>& rules); // "80", "53/udp", "80 tcp+udp"
QString rate_text(double bps);                          // "850 kbit/s", "1.2 Gbit/s"

} // namespace fulcrum::designer
