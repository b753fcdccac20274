#include "designer/canvas/wording.h"

#include <algorithm>
#include <cmath>

namespace fulcrum::designer {

namespace {

QString percent(double share) {
    return QStringLiteral("%1 %").arg(share * 100, 0, 'g', 3);
}

QString describe(const Impairment& impairment) {
    QStringList parts;
    if (impairment.rate_bps != 0) {
        parts << rate_text(static_cast<double>(impairment.rate_bps));
    }
    if (impairment.delay.count() != 0 || impairment.jitter.count() != 0) {
        parts << (impairment.jitter.count() == 0
                      ? Words::tr("%1 ms").arg(impairment.delay.count())
                      : Words::tr("%1 ± %2 ms").arg(impairment.delay.count()).arg(impairment.jitter.count()));
    }
    if (impairment.loss > 0) {
        parts << Words::tr("loss %1").arg(percent(impairment.loss));
    }
    if (impairment.duplicate > 0) {
        parts << Words::tr("twice %1").arg(percent(impairment.duplicate));
    }
    if (impairment.reorder > 0) {
        parts << Words::tr("reorder %1").arg(percent(impairment.reorder));
    }
    return parts.join(QStringLiteral(" · "));
}

} // namespace

QString display_name(const std::string& name, const Id& id) {
    return QString::fromStdString(name.empty() ? id : name);
}

QStringList remarks_of(const Link& link) {
    QStringList remarks;
    if (link.mtu_bytes != 1500) {
        remarks << Words::tr("MTU %1").arg(link.mtu_bytes);
    }
    const QString there = describe(link.a_to_b), back = describe(link.b_to_a);
    if (there == back) {
        if (!there.isEmpty()) {
            remarks << there;
        }
        return remarks;
    }
    if (!there.isEmpty()) {
        remarks << Words::tr("from %1: %2").arg(QString::fromStdString(link.a.node), there);
    }
    if (!back.isEmpty()) {
        remarks << Words::tr("from %1: %2").arg(QString::fromStdString(link.b.node), back);
    }
    return remarks;
}

QString ports_text(const std::vector<PortRule>& rules) {
    QStringList parts;
    for (const PortRule& rule : rules) {
        const auto same_port = [&](Protocol protocol) {
            return std::any_of(rules.begin(), rules.end(), [&](const PortRule& other) {
                return other.port == rule.port && other.protocol == protocol;
            });
        };
        const QString number = QString::number(rule.port);
        const bool both = same_port(Protocol::tcp) && same_port(Protocol::udp);
        const QString part = both                             ? number + QStringLiteral(" tcp+udp")
                             : rule.protocol == Protocol::udp ? number + QStringLiteral("/udp")
                                                              : number;
        if (!parts.contains(part)) {
            parts << part;
        }
    }
    return parts.join(QStringLiteral(", "));
}

QString rate_text(double bps) {
    const auto number = [](double value) { return QString::number(value, 'f', value < 9.95 ? 1 : 0); };
    if (bps >= 999.5e6) {
        return Words::tr("%1 Gbit/s").arg(number(bps / 1e9));
    }
    if (bps >= 999.5e3) {
        return Words::tr("%1 Mbit/s").arg(number(bps / 1e6));
    }
    if (bps >= 999.5) {
        return Words::tr("%1 kbit/s").arg(number(bps / 1e3));
    }
    return Words::tr("%1 bit/s").arg(std::lround(bps));
}

QString kind_text(NodeKind kind) {
    switch (kind) {
    case NodeKind::client:
        return Words::tr("Client");
    case NodeKind::server:
        return Words::tr("Server");
    case NodeKind::se:
        return Words::tr("Service engine");
    case NodeKind::router:
        return Words::tr("Router");
    case NodeKind::segment:
        return Words::tr("Segment");
    }
    return {};
}

QString mode_text(Mode mode) {
    switch (mode) {
    case Mode::full_proxy:
        return Words::tr("full proxy");
    case Mode::in_line:
        return Words::tr("in-line");
    case Mode::l2_dsr:
        return Words::tr("L2 DSR");
    case Mode::l3_dsr_ipip:
        return Words::tr("L3 DSR · IP-in-IP");
    case Mode::l3_dsr_gre:
        return Words::tr("L3 DSR · GRE");
    }
    return {};
}

QString ha_text(HaMode mode) {
    switch (mode) {
    case HaMode::active_active:
        return Words::tr("active / active");
    case HaMode::active_standby:
        return Words::tr("active / standby");
    case HaMode::n_plus_m:
        return Words::tr("N + M");
    }
    return {};
}

} // namespace fulcrum::designer
