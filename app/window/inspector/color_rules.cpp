#include "app/window/inspector/color_rules.h"

#include <QCoreApplication>
#include <QSettings>
#include <algorithm>

#include "app/window/qt_text.h"

namespace fulcrum::window {

namespace {

constexpr auto settings_key = "inspector/color_rules";

QString tr(const char* text) {
    return QCoreApplication::translate("ColorRules", text);
}

} // namespace

QList<ColorRule> ColorRules::defaults() {
    // The order decides: trouble is seen first, a protocol inside another before the one around it.
    return {
        {tr("Commented"), "frame.comment", "#d9a400"},
        {tr("Resets"), "tcp.flags.reset == 1", "#c23a3a", true},
        {tr("TCP trouble"),
         "tcp.analysis.retransmission or tcp.analysis.lost_segment or tcp.analysis.out_of_order or "
         "tcp.analysis.duplicate_ack or tcp.analysis.zero_window or tcp.analysis.window_full or "
         "tcp.analysis.ack_lost_segment",
         "#c23a3a", true},
        {tr("HTTP errors"), "http.response.code >= 400", "#c2622e", true},
        {tr("ICMP errors"), "icmp.type in {3, 4, 5, 11, 12} or icmpv6.type in {1 .. 4}", "#c2622e", true},
        {tr("ARP and neighbours"), "arp or icmpv6.type in {133 .. 137}", "#b08a2e"},
        {tr("Ping"), "icmp or icmpv6", "#b05fb0"},
        {tr("BGP and BFD"), "bgp or bfd", "#3d8f8f"},
        {tr("HTTP"), "http", "#3f9b52"},
        {tr("TLS"), "tls", "#7d63c9"},
        {tr("DNS"), "dns or mdns", "#3c8fc4"},
        {tr("TCP opened and closed"), "tcp.flags.syn == 1 or tcp.flags.fin == 1", "#77808c"},
        {tr("UDP"), "udp", "#4a7fd0"},
    };
}

QList<ColorRule> ColorRules::load() {
    QSettings settings;
    const int count = settings.beginReadArray(settings_key);
    QList<ColorRule> rules;
    for (int i = 0; i < count; ++i) {
        settings.setArrayIndex(i);
        rules.append({settings.value("name").toString(), settings.value("filter").toString(),
                      QColor(settings.value("color").toString()), settings.value("strong").toBool(),
                      settings.value("enabled", true).toBool()});
    }
    settings.endArray();
    return rules.isEmpty() ? defaults() : rules;
}

void ColorRules::save(const QList<ColorRule>& rules) {
    QSettings settings;
    settings.remove(settings_key);
    if (rules == defaults()) {
        return;
    }
    settings.beginWriteArray(settings_key, static_cast<int>(rules.size()));
    for (int i = 0; i < rules.size(); ++i) {
        settings.setArrayIndex(i);
        settings.setValue("name", rules[i].name);
        settings.setValue("filter", rules[i].filter);
        settings.setValue("color", rules[i].color.name());
        settings.setValue("strong", rules[i].strong);
        settings.setValue("enabled", rules[i].enabled);
    }
    settings.endArray();
}

ColorRules::ColorRules(QList<ColorRule> rules) : rules_(std::move(rules)) {
    for (int i = 0; i < rules_.size(); ++i) {
        auto filter = capture::DisplayFilter::compile(to_std(rules_[i].filter));
        if (rules_[i].enabled && filter && !rules_[i].filter.trimmed().isEmpty()) {
            compiled_.push_back({i, std::move(*filter)});
        }
    }
}

bool ColorRules::ask_for_notes() const {
    return std::any_of(compiled_.begin(), compiled_.end(),
                       [](const Compiled& one) { return one.filter.asks_for_notes(); });
}

int ColorRules::rule_of(const capture::CaptureFile::Reading& reading, std::size_t packet,
                        const capture::LabNotes* notes) const {
    for (const Compiled& one : compiled_) {
        if (capture::FilterRun(one.filter, reading, notes).matches(packet)) {
            return one.rule;
        }
    }
    return -1;
}

} // namespace fulcrum::window
